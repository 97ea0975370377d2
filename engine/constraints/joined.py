"""Laws of a population whose networks obey different ones."""

from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from engine.component import Invalid
from engine.constraints.law import Law
from engine.constraints.projection import FaultyLateProjection


def joined(laws: Sequence[Law], address: str) -> Law:
    """One law for a population, of which network k obeys the k-th.

    Laws of one kind become a single one with limits per network, which costs no more than a shared one. Raises Invalid,
    at this address, for the faulty late projection beside another kind, since it acts on all parameters at once.
    """
    if all(law is laws[0] for law in laws):
        return laws[0]
    kinds: dict[tuple, list[int]] = {}
    for k, law in enumerate(laws):
        kinds.setdefault((type(law), law.further), []).append(k)
    whole = torch.broadcast_shapes(*(of.shape for law in laws for of in (law.low, law.high, _plasticity(law))))
    alike = [_alike([laws[k] for k in rows], whole) for rows in kinds.values()]
    if len(alike) == 1:
        return alike[0]
    if any(isinstance(law, FaultyLateProjection) for law in alike):
        said = "The late projection as published acts on all networks at once"
        raise Invalid(f"{said}; choose another method under constraints, or the same laws for all networks.", address)
    return Joined(alike, list(kinds.values()))


class Joined(Law):
    """Some networks obey one law, the others laws of other kinds."""

    parts: nn.ModuleList

    def __init__(self, parts: Sequence[Law], rows: Sequence[list[int]]):
        """Law by law, with the networks that obey it; the limits of a law have the population axis."""
        order = torch.tensor([k for mine in rows for k in mine]).argsort()
        plastic = any(part.plasticity is not None for part in parts)
        plasticity = torch.cat([_plasticity(part) for part in parts])[order] if plastic else None
        super().__init__(*(torch.cat([getattr(p, side) for p in parts])[order] for side in ("low", "high")), plasticity)
        self.order, self.rows = order, [torch.tensor(mine) for mine in rows]
        self.parts = nn.ModuleList(parts)

    def allowing(self, allowed: UInt8[Tensor, "networks *weights"]) -> "Joined":
        """The same laws, but with these signs."""
        parts = [part.allowing(allowed[mine]) for part, mine in zip(self.parts, self.rows, strict=True)]  # type: ignore[operator]
        return Joined(parts, [mine.tolist() for mine in self.rows])

    def forward(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights that the dynamics read, each network's under its law."""
        return self._each(lambda law, mine: law(mine), free)

    def lawful(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """The weights that are shown and saved."""
        return self._each(lambda law, mine: law.lawful(mine), free)

    def free(self, weights: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """Free parameters of which `lawful` makes these weights."""
        return self._each(lambda law, mine: law.free(mine), weights)

    def audited(self, free: Float[Tensor, "networks *weights"]) -> Float[Tensor, "networks *weights"]:
        """What the ledger counts."""
        return self._each(lambda law, mine: law.audited(mine), free)

    @torch.no_grad()
    def after_step(self, free: Float[Tensor, "networks *weights"]) -> None:
        """Every law is restored in the networks that obey it."""
        for law, mine in zip(self.parts, self.rows, strict=True):
            theirs = free[mine]
            law.after_step(theirs)  # type: ignore[operator]
            free[mine] = theirs

    def _each(self, work: Callable[[Law, Tensor], Tensor], whole: Tensor) -> Tensor:
        made = [work(law, whole[mine]) for law, mine in zip(self.parts, self.rows, strict=True)]  # type: ignore[arg-type]
        return torch.cat(made)[self.order]


def _alike(laws: Sequence[Law], shape: torch.Size) -> Law:
    """Laws of one kind as one with limits per network."""
    plastic = any(law.plasticity is not None for law in laws)
    plasticity = torch.stack([_plasticity(law).expand(shape) for law in laws]) if plastic else None
    limits = (torch.stack([getattr(law, side).expand(shape) for law in laws]) for side in ("low", "high"))
    return type(laws[0])(*limits, plasticity, *laws[0].further)


def _plasticity(law: Law) -> Tensor:
    return torch.ones_like(law.low) if law.plasticity is None else law.plasticity
