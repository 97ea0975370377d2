"""Steps: what is done to a connectome after it was wired. `AnyStep` is the one list of the family."""

from typing import Annotated

from pydantic import Field

from engine.connectomes.steps.add_connections import AddConnections
from engine.connectomes.steps.assign_areas import AssignAreas, UnitsOfArea
from engine.connectomes.steps.block_shuffle import BlockShuffle
from engine.connectomes.steps.cell_types import CellType, CellTypes
from engine.connectomes.steps.degree_preserving import DegreePreserving
from engine.connectomes.steps.distance_preserving import DistancePreserving
from engine.connectomes.steps.flip_signs import FlipSigns
from engine.connectomes.steps.full_shuffle import FullShuffle
from engine.connectomes.steps.keep_units import KeepUnits
from engine.connectomes.steps.lesion import Lesion
from engine.connectomes.steps.minimum_degree import MinimumDegree
from engine.connectomes.steps.random_matched import RandomMatched
from engine.connectomes.steps.remove_connections import RemoveConnections
from engine.connectomes.steps.remove_self_connections import RemoveSelfConnections
from engine.connectomes.steps.remove_units import RemoveUnits
from engine.connectomes.steps.rename import NewName, Rename
from engine.connectomes.steps.reversed import Reversed
from engine.connectomes.steps.scale_block import ScaleBlock
from engine.connectomes.steps.set_block_weights import SetBlockWeights
from engine.connectomes.steps.set_density import SetDensity
from engine.connectomes.steps.sign_shuffle import SignShuffle
from engine.connectomes.steps.step import Step
from engine.connectomes.steps.type_densities import TypeDensities
from engine.connectomes.steps.weight_shuffle import WeightShuffle

NULL_MODELS = (
    WeightShuffle, FullShuffle, DegreePreserving, BlockShuffle, DistancePreserving, SignShuffle, Reversed,
    RandomMatched,
)  # fmt: skip
EDITS = (
    SetDensity, ScaleBlock, SetBlockWeights, AddConnections, RemoveConnections, RemoveSelfConnections, MinimumDegree,
    RemoveUnits, KeepUnits, Lesion, FlipSigns, CellTypes, TypeDensities, AssignAreas, Rename,
)  # fmt: skip
STEPS = (*NULL_MODELS, *EDITS)
AnyNull = (
    WeightShuffle | FullShuffle | DegreePreserving | BlockShuffle | DistancePreserving | SignShuffle | Reversed
    | RandomMatched
)  # fmt: skip
AnyEdit = (
    SetDensity | ScaleBlock | SetBlockWeights | AddConnections | RemoveConnections | RemoveSelfConnections
    | MinimumDegree | RemoveUnits | KeepUnits | Lesion | FlipSigns | CellTypes | TypeDensities | AssignAreas | Rename
)  # fmt: skip
AnyStep = Annotated[AnyNull | AnyEdit, Field(discriminator="kind")]

__all__ = [
    "EDITS", "NULL_MODELS", "STEPS", "AddConnections", "AnyEdit", "AnyNull", "AnyStep", "AssignAreas", "BlockShuffle",
    "CellType", "CellTypes", "DegreePreserving", "DistancePreserving", "FlipSigns", "FullShuffle", "KeepUnits",
    "Lesion", "MinimumDegree", "NewName", "RandomMatched", "RemoveConnections", "RemoveSelfConnections", "RemoveUnits",
    "Rename", "Reversed", "ScaleBlock", "SetBlockWeights", "SetDensity", "SignShuffle", "Step", "TypeDensities",
    "UnitsOfArea", "WeightShuffle",
]  # fmt: skip
