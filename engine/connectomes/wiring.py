"""A wiring is a rule or a file that yields a connectome."""

from abc import abstractmethod
from typing import Annotated

import numpy as np
from pydantic import Field

from engine.component import Component, Invalid
from engine.connectomes.assembly import isolated
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps import AnyStep

MOST_UNITS = 10_000  # a dense matrix of doubles of this size takes 800 MB


class Wiring(Component):
    """Base of the wiring family. Subclasses are final, one per file."""

    steps: Annotated[
        tuple[AnyStep, ...],
        Field(max_length=200, description="What is done to the connectome afterwards, in this order."),
    ] = ()

    @abstractmethod
    def wired(self, rng: np.random.Generator) -> Connectome:
        """The connectome before the steps; the same state of `rng` gives the same one. Raises Invalid."""

    def wire(self, rng: np.random.Generator) -> Connectome:
        """The connectome; the same state of `rng` gives the same one. Raises Invalid with the address.

        Every step has a stream of its own, so that a change to one leaves the chance of all others as it was.
        """
        connectome = wired = self.wired(rng)
        for index, (step, own) in enumerate(zip(self.steps, rng.spawn(len(self.steps)), strict=True)):
            try:
                connectome = step.change(connectome, own)
            except Invalid as fault:
                raise Invalid(f"Step {index + 1} ({step.title}): {fault}", f"wiring.steps.{index}") from None
        return connectome if connectome is wired else _told_anew(wired, connectome)


def _told_anew(wired: Connectome, changed: Connectome) -> Connectome:
    """The changed connectome with the remark on units without connections as it is now."""
    kept = tuple(remark for remark in changed.remarks if remark not in isolated(wired))
    return changed.but(remarks=(*kept, *isolated(changed)))


def require_units(n: int, address: str) -> None:
    """Raises Invalid if a dense matrix of `n` units is out of the question."""
    if n > MOST_UNITS:
        raise Invalid(
            f"{n} units are more than the {MOST_UNITS} that a dense connectome may have; ask for fewer.", address
        )
