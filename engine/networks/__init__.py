"""Networks: units under a dynamics, connected by weights under their laws."""

from typing import Annotated

from pydantic import Field

from engine.networks.activity import Activity
from engine.networks.elman import Elman
from engine.networks.from_run import FromRun
from engine.networks.initial_weights import FromConnectome, InitialWeights, Normal, Orthogonal, Uniform
from engine.networks.initial_weights_function import FromFunction
from engine.networks.initial_weights_ranked import Bounded, RankMatched
from engine.networks.leaky_rate import LeakyRate
from engine.networks.network import Network
from engine.networks.threads import set_threads
from engine.networks.unit_group import UnitGroup

AnyDynamics = Annotated[LeakyRate | Elman, Field(discriminator="kind")]
AnyWeights = Annotated[
    FromConnectome | RankMatched | FromFunction | Uniform | Normal | Orthogonal | Bounded | FromRun,
    Field(discriminator="kind"),
]

__all__ = [
    "Activity",
    "AnyDynamics",
    "AnyWeights",
    "Bounded",
    "Elman",
    "FromConnectome",
    "FromFunction",
    "FromRun",
    "InitialWeights",
    "LeakyRate",
    "Network",
    "Normal",
    "Orthogonal",
    "RankMatched",
    "Uniform",
    "UnitGroup",
    "set_threads",
]
