"""Steps: what is done to a connectome after it was wired. `AnyStep` is the one list of the family."""

from engine.connectomes.steps.reversed import Reversed
from engine.connectomes.steps.step import Step

AnyStep = Reversed

__all__ = ["AnyStep", "Reversed", "Step"]
