"""Tasks: the one list from which form, sweep, link, command line, documentation and test battery follow."""

from typing import Annotated

from pydantic import Field

from engine.tasks.go_nogo import GoNogo
from engine.tasks.perceptual_decision import PerceptualDecision

TASKS = (PerceptualDecision, GoNogo)
AnyTask = Annotated[PerceptualDecision | GoNogo, Field(discriminator="kind")]
