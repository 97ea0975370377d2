"""Tasks: the one list from which form, sweep, link, command line, documentation and test battery follow."""

from typing import Annotated

from pydantic import Field

from engine.tasks.anti_response import AntiResponse
from engine.tasks.context_decision import ContextDecision
from engine.tasks.delayed_match import DelayedMatch
from engine.tasks.flip_flop import FlipFlop
from engine.tasks.go_nogo import GoNogo
from engine.tasks.interval_production import IntervalProduction
from engine.tasks.match_category import MatchCategory
from engine.tasks.memory_response import MemoryResponse
from engine.tasks.multisensory import Multisensory
from engine.tasks.paired_association import PairedAssociation
from engine.tasks.parametric_memory import ParametricMemory
from engine.tasks.perceptual_decision import PerceptualDecision
from engine.tasks.pulse_accumulation import PulseAccumulation
from engine.tasks.ready_set_go import ReadySetGo
from engine.tasks.ring_integration import RingIntegration
from engine.tasks.xor_over_time import XorOverTime

TASKS = (
    PerceptualDecision,
    ContextDecision,
    DelayedMatch,
    FlipFlop,
    RingIntegration,
    GoNogo,
    MatchCategory,
    PairedAssociation,
    ParametricMemory,
    XorOverTime,
    MemoryResponse,
    AntiResponse,
    Multisensory,
    PulseAccumulation,
    ReadySetGo,
    IntervalProduction,
)
AnyTask = Annotated[
    PerceptualDecision
    | ContextDecision
    | DelayedMatch
    | FlipFlop
    | RingIntegration
    | GoNogo
    | MatchCategory
    | PairedAssociation
    | ParametricMemory
    | XorOverTime
    | MemoryResponse
    | AntiResponse
    | Multisensory
    | PulseAccumulation
    | ReadySetGo
    | IntervalProduction,
    Field(discriminator="kind"),
]
