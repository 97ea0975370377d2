"""Templates: lists of stages to begin with, made of the steps and the optimiser that the training has."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.training.prune import Prune
from engine.training.schedule import Cosine
from engine.training.stage import AnyStage, ReadoutStage, Stage
from engine.training.training import Training

ROUNDS = 5


@dataclass(frozen=True)
class Template:
    """A named list of stages."""

    title: str
    about: str
    stages: Callable[[Training], tuple[AnyStage, ...]]


def _sparse(training: Training) -> tuple[AnyStage, ...]:
    steps, optimiser = training.steps, training.optimiser
    return (
        Stage(name="dense", steps=steps, optimiser=optimiser, schedule=training.schedule),
        Stage(name="prune", steps=max(1, steps // 4), optimiser=optimiser, prune=(Prune(density=0.5),)),
        Stage(name="fine-tune", steps=max(1, steps // 2), optimiser=optimiser, schedule=Cosine()),
    )


def _reservoir(_: Training) -> tuple[AnyStage, ...]:
    return (ReadoutStage(name="readout"),)


def _rounds(training: Training) -> tuple[AnyStage, ...]:
    steps, optimiser = training.steps, training.optimiser
    every = max(1, steps // ROUNDS)
    rounds = (Prune(density=0.1, rounds=ROUNDS, every=every),)
    return (
        Stage(name="dense", steps=steps, optimiser=optimiser, schedule=training.schedule),
        Stage(name="rounds", steps=max(steps, ROUNDS * every), optimiser=optimiser, prune=rounds),
    )


TEMPLATES = (
    Template(
        "Dense → prune → fine-tune",
        "Learn with all connections, keep the stronger half of them, and go on with a falling learning rate.",
        _sparse,
    ),
    Template(
        "Reservoir: readout by ridge",
        "Nothing inside the network learns; the readout is solved for in closed form, in one step.",
        _reservoir,
    ),
    Template(
        "Pruning rounds",
        f"Learn, then lose connections in {ROUNDS} rounds down to a tenth, with learning between them.",
        _rounds,
    ),
)
