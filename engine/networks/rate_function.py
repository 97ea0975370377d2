"""The rate function of a whole network: r = f(g x), where nonlinearity f and gain g may differ from unit to unit."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from engine.component import Invalid
from engine.networks.activations import RATES, RATES_INTO, SLOPES_INTO, STATES, UNRECTIFIED, Activation

Into = Callable[[Tensor, Tensor], object]
BackThrough = Callable[[Tensor, Tensor, Tensor], object]


class RateFunction(nn.Module):
    """From the states of all units to their rates, and from these to the slopes dr/dx.

    Units that stand side by side are reached as a slice, others by their indices; a network whose units are all alike
    with a gain of 1 pays for neither.
    """

    gain: Tensor | None

    def __init__(self, activations: Sequence[Activation], gains: Sequence[float]):
        """One nonlinearity and one gain > 0 for each unit."""
        super().__init__()
        is_plain = all(gain == 1 for gain in gains)
        self.register_buffer("gain", None if is_plain else torch.tensor(gains, dtype=torch.float64), persistent=False)
        self.kinds: tuple[Activation, ...] = tuple(dict.fromkeys(activations))
        self._slices: dict[Activation, slice] = {}
        for kind in self.kinds:
            units = [i for i, activation in enumerate(activations) if activation == kind]
            if units[-1] - units[0] + 1 == len(units):
                self._slices[kind] = slice(units[0], units[-1] + 1)
            self.register_buffer(f"units_{kind}", torch.tensor(units), persistent=False)

    @property
    def into(self) -> Into:
        """Writes the rates of states to a second tensor."""
        return RATES_INTO[self.kinds[0]] if self.gain is None and len(self.kinds) == 1 else self._rates_into

    @property
    def slopes_into(self) -> Into:
        """Writes the slopes at rates to a second tensor."""
        return SLOPES_INTO[self.kinds[0]] if self.gain is None and len(self.kinds) == 1 else self._slopes_into

    @property
    def back_through(self) -> BackThrough:
        """Multiplies a gradient by the slopes at rates, in place; the third tensor is room for the slopes."""
        return _relu_back if self.gain is None and self.kinds == ("relu",) else partial(_back, self.slopes_into)

    def forward(self, states: Float[Tensor, "*any units"]) -> Float[Tensor, "*any units"]:
        """The rates, differentiable."""
        return self._by_kind(RATES, states)

    def unrectified(self, states: Float[Tensor, "*any units"]) -> Float[Tensor, "*any units"]:
        """What the rates were before those below 0 became 0, differentiable."""
        return self._by_kind(UNRECTIFIED, states)

    def _by_kind(self, functions: Mapping[str, Callable[[Tensor], Tensor]], states: Tensor) -> Tensor:
        drives = states if self.gain is None else states * self.gain
        if len(self.kinds) == 1:
            return functions[self.kinds[0]](drives)
        parts = [functions[kind](drives[..., self._units(kind)]) for kind in self.kinds]
        order = torch.cat([self._units(kind) for kind in self.kinds]).argsort()
        return torch.cat(parts, -1)[..., order]

    def states(self, rates: Float[Tensor, "*any units"]) -> Float[Tensor, "*any units"]:
        """States that have these rates; a rate that no state has is taken for the nearest one."""
        found = rates.clone()
        for kind in self.kinds:
            found[..., self._units(kind)] = STATES[kind](rates[..., self._units(kind)])
        return found if self.gain is None else found / self.gain

    def _rates_into(self, states: Tensor, rates: Tensor) -> None:
        self._each(RATES_INTO, states if self.gain is None else torch.mul(states, self.gain, out=rates), rates)

    def _slopes_into(self, rates: Tensor, slopes: Tensor) -> None:
        self._each(SLOPES_INTO, rates, slopes)
        if self.gain is not None:
            slopes.mul_(self.gain)

    def _each(self, functions: dict[str, Into], source: Tensor, target: Tensor) -> None:
        """Each kind's function, on the columns of its units."""
        for kind in self.kinds:
            if (columns := self._slices.get(kind)) is not None:
                functions[kind](source[..., columns], target[..., columns])
            else:
                part = source.index_select(-1, self._units(kind))
                functions[kind](part, part)
                target.index_copy_(-1, self._units(kind), part)

    def _units(self, kind: Activation) -> Tensor:
        return getattr(self, f"units_{kind}")


def _back(slopes_into: Into, gradient: Tensor, rates: Tensor, slopes: Tensor) -> None:
    slopes_into(rates, slopes)
    gradient.mul_(slopes)


def _relu_back(gradient: Tensor, rates: Tensor, slopes: Tensor) -> None:
    """In one pass, without a slope."""
    torch.ops.aten.threshold_backward.grad_input(gradient, rates, 0, grad_input=gradient)


def states_of(
    rates: Float[Tensor, "trials known"], states: Float[Tensor, "networks trials units"], function: RateFunction
) -> Float[Tensor, "networks trials units"]:
    """These states, but for those of the first units, which have the given rates. Invalid if there are fewer units."""
    known, units = rates.shape[1], states.shape[-1]
    if known > units:
        said = f"{known} units were recorded, but the network has {units}"
        raise Invalid(f"{said}; observe fewer, or build a larger network.", "task.observed")
    held = function.states(torch.nn.functional.pad(rates.to(states), (0, units - known)))[:, :known]
    return torch.cat([held.expand(len(states), -1, -1), states[..., known:]], -1)
