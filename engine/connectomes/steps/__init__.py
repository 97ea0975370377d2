"""Steps: what is done to a connectome after it was wired. `AnyStep` is the one list of the family."""

from typing import Annotated

from pydantic import Field

from engine.connectomes.steps.block_shuffle import BlockShuffle
from engine.connectomes.steps.degree_preserving import DegreePreserving
from engine.connectomes.steps.distance_preserving import DistancePreserving
from engine.connectomes.steps.full_shuffle import FullShuffle
from engine.connectomes.steps.random_matched import RandomMatched
from engine.connectomes.steps.reversed import Reversed
from engine.connectomes.steps.sign_shuffle import SignShuffle
from engine.connectomes.steps.step import Step
from engine.connectomes.steps.weight_shuffle import WeightShuffle

NULL_MODELS = (
    WeightShuffle, FullShuffle, DegreePreserving, BlockShuffle, DistancePreserving, SignShuffle, Reversed,
    RandomMatched,
)  # fmt: skip
AnyNull = (
    WeightShuffle
    | FullShuffle
    | DegreePreserving
    | BlockShuffle
    | DistancePreserving
    | SignShuffle
    | Reversed
    | RandomMatched
)
AnyStep = Annotated[AnyNull, Field(discriminator="kind")]

__all__ = ["NULL_MODELS", "AnyNull", "AnyStep", "Step"]
