"""How fast every unit of a population relaxes: given once, or learned within bounds."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from engine.component import Invalid

NEAREST = 1e-7  # to a bound, as a share of the range, that a saved time constant may come


@dataclass(frozen=True, eq=False)
class Learned:
    """Bounds of learned time constants, and the parameter of each unit: units with the same number share theirs."""

    shortest_ms: float
    longest_ms: float
    shared: Int[Tensor, " units"]


class TimeConstants(nn.Module):
    """The leak a = dt / tau of every unit. A learned one is a parameter z of the network (or of a group in it),

        a = a_min + (a_max - a_min) sigmoid(z),    a_min = dt / tau_max,    a_max = dt / tau_min,

    which never leaves its bounds, whatever the optimiser does.
    """

    def __init__(
        self, tau_ms: Float[Tensor, " units"], dt_ms: float, networks: int = 1, learned: Learned | None = None
    ):
        """`tau_ms` in float64: the given ones, from which learned ones start."""
        super().__init__()
        self.dt_ms, leak = dt_ms, dt_ms / tau_ms
        self._uniform = float(leak[0]) if bool((leak == leak[0]).all()) else None
        self.register_buffer("fixed", leak[None, None], persistent=False)
        self.free: nn.Parameter | None = None
        if learned is not None:
            self.register_buffer("low", leak.new_tensor(dt_ms / learned.longest_ms), persistent=False)
            self.register_buffer("high", leak.new_tensor(dt_ms / learned.shortest_ms), persistent=False)
            self.register_buffer("shared", learned.shared, persistent=False)
            self.free = nn.Parameter(self._freed(leak.expand(networks, -1)))

    @property
    def is_learned(self) -> bool:
        return self.free is not None

    def leak(self) -> float | Float[Tensor, "networks 1 units"]:
        """One number where all units are alike and nothing is learned; one network stands for all where it is fixed."""
        if self.free is None:
            return self.fixed if self._uniform is None else self._uniform
        return torch.lerp(self.low, self.high, self.free.sigmoid())[:, None, self.shared]

    @torch.no_grad()
    def tau_ms(self) -> Float[Tensor, "networks units"]:
        """The time constants as they are now."""
        leak = self.leak()
        return self.dt_ms / (leak[:, 0] if isinstance(leak, Tensor) else self.fixed[:, 0])

    @torch.no_grad()
    def load(self, tau_ms: Float[Tensor, "networks units"]) -> None:
        """Take over learned time constants. Invalid if they are out of bounds or differ where they are shared."""
        assert self.free is not None
        leak = self.dt_ms / tau_ms.to(self.free)
        if not bool(((leak >= self.low * (1 - 1e-5)) & (leak <= self.high * (1 + 1e-5))).all()):
            raise Invalid("Some of the saved time constants are outside of the bounds of this network.")
        free = self._freed(leak)
        if not torch.allclose(free[:, self.shared], self._freed(leak, per_unit=True), atol=1e-3, rtol=1e-3):
            raise Invalid("Saved time constants differ between units that share one in this network.")
        self.free.copy_(free)

    def _freed(self, leak: Float[Tensor, "networks units"], per_unit: bool = False) -> Tensor:
        share = ((leak - self.low) / (self.high - self.low)).clamp(NEAREST, 1 - NEAREST)
        first = [int((self.shared == k).nonzero()[0]) for k in range(int(self.shared.max()) + 1)]
        return torch.logit(share if per_unit else share[:, first]).clone()
