"""What training lowers: the task's loss and the objectives beside it. `AnyObjective` is the one list of the family."""

from typing import Annotated

from pydantic import Field

from engine.training.objectives.communicability_cost import CommunicabilityCost
from engine.training.objectives.earth_mover import EarthMover
from engine.training.objectives.entropy import Entropy
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.firing_rate import FiringRate
from engine.training.objectives.hebbian import Hebbian
from engine.training.objectives.metabolic_cost import MetabolicCost
from engine.training.objectives.objective import Objective
from engine.training.objectives.orthogonality import Orthogonality
from engine.training.objectives.participation_ratio import ParticipationRatio
from engine.training.objectives.population_kl import PopulationKL
from engine.training.objectives.rate_spread import RateSpread
from engine.training.objectives.spatially_embedded import SpatiallyEmbedded
from engine.training.objectives.state_prediction import StatePrediction
from engine.training.objectives.task_loss import TaskLoss
from engine.training.objectives.weight_norm import WeightNorm
from engine.training.objectives.wiring_cost import WiringCost

OBJECTIVES = (
    WeightNorm, FiringRate, RateSpread, MetabolicCost, StatePrediction, Entropy, Hebbian, PopulationKL,
    ParticipationRatio, Orthogonality, WiringCost, CommunicabilityCost, SpatiallyEmbedded, EarthMover,
)  # fmt: skip
AnyObjective = Annotated[
    WeightNorm | FiringRate | RateSpread | MetabolicCost | StatePrediction | Entropy | Hebbian | PopulationKL
    | ParticipationRatio | Orthogonality | WiringCost | CommunicabilityCost | SpatiallyEmbedded | EarthMover,
    Field(discriminator="kind"),
]  # fmt: skip

__all__ = ["OBJECTIVES", "AnyObjective", "Evidence", "Objective", "TaskLoss"]
