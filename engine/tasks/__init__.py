"""Tasks: the one list from which form, sweep, link, command line, documentation and test battery follow."""

from typing import Annotated

from pydantic import Field

from engine.tasks.context_decision import ContextDecision
from engine.tasks.delayed_match import DelayedMatch
from engine.tasks.flip_flop import FlipFlop
from engine.tasks.go_nogo import GoNogo
from engine.tasks.perceptual_decision import PerceptualDecision
from engine.tasks.ring_integration import RingIntegration

TASKS = (PerceptualDecision, ContextDecision, DelayedMatch, FlipFlop, RingIntegration, GoNogo)
AnyTask = Annotated[
    PerceptualDecision | ContextDecision | DelayedMatch | FlipFlop | RingIntegration | GoNogo,
    Field(discriminator="kind"),
]
