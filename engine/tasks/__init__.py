"""Tasks: the one list from which form, sweep, link, command line, documentation and test battery follow."""

from typing import Annotated

from pydantic import Field

from engine.tasks.anti_response import AntiResponse
from engine.tasks.array_task import ArrayTask
from engine.tasks.context_decision import ContextDecision
from engine.tasks.delayed_match import DelayedMatch
from engine.tasks.flip_flop import FlipFlop
from engine.tasks.go_nogo import GoNogo
from engine.tasks.image_rows import ImageRows
from engine.tasks.interval_production import IntervalProduction
from engine.tasks.lorenz import Lorenz
from engine.tasks.mackey_glass import MackeyGlass
from engine.tasks.match_category import MatchCategory
from engine.tasks.memory_capacity import MemoryCapacity
from engine.tasks.memory_response import MemoryResponse
from engine.tasks.multisensory import Multisensory
from engine.tasks.n_back import NBack
from engine.tasks.narma import Narma
from engine.tasks.neurogym import NeuroGym
from engine.tasks.one_choice_inference import OneChoiceInference
from engine.tasks.own_task import OwnTask
from engine.tasks.paired_association import PairedAssociation
from engine.tasks.parametric_memory import ParametricMemory
from engine.tasks.path_integration import PathIntegration
from engine.tasks.perceptual_decision import PerceptualDecision
from engine.tasks.population_activity import PopulationActivity
from engine.tasks.pulse_accumulation import PulseAccumulation
from engine.tasks.reaction_decision import ReactionDecision
from engine.tasks.ready_set_go import ReadySetGo
from engine.tasks.recorded_activity import RecordedActivity
from engine.tasks.ring_integration import RingIntegration
from engine.tasks.sequence_recall import SequenceRecall
from engine.tasks.several import Part, Several
from engine.tasks.sine_prediction import SinePrediction
from engine.tasks.twenty_rules import TwentyRules
from engine.tasks.wave_prediction import WavePrediction
from engine.tasks.xor_over_time import XorOverTime

TASKS = (
    PerceptualDecision,
    ReactionDecision,
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
    OneChoiceInference,
    SequenceRecall,
    NBack,
    MemoryCapacity,
    ImageRows,
    SinePrediction,
    WavePrediction,
    PathIntegration,
    PopulationActivity,
    RecordedActivity,
    TwentyRules,
    MackeyGlass,
    Lorenz,
    Narma,
    Several,
)
_Single = (
    PerceptualDecision
    | ReactionDecision
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
    | IntervalProduction
    | OneChoiceInference
    | SequenceRecall
    | NBack
    | MemoryCapacity
    | ImageRows
    | SinePrediction
    | WavePrediction
    | PathIntegration
    | PopulationActivity
    | RecordedActivity
    | TwentyRules
    | MackeyGlass
    | Lorenz
    | Narma
)
SingleTask = Annotated[_Single, Field(discriminator="kind")]
Part.model_rebuild(_types_namespace={"SingleTask": SingleTask})
Several.model_rebuild()
EXTERNAL_TASKS = (ArrayTask, OwnTask, NeuroGym)  # need a file or a package of the user's
AnyTask = Annotated[_Single | Several | ArrayTask | OwnTask | NeuroGym, Field(discriminator="kind")]
