"""Stages: parts of a training, each with its own steps, optimiser, laws, what it prunes and what it leaves alone."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.component import Component, Typical
from engine.training.objectives import AnyObjective
from engine.training.optimiser import Adam, AnyOptimiser
from engine.training.prune import Prune
from engine.training.schedule import AnySchedule, Constant

FROZEN = {
    "W_in": "free_W_in",
    "W_rec": "free_W_rec",
    "W_out": "free_W_out",
    "bias": "bias",
    "bias_out": "bias_out",
    "tau_ms": "time_constants.free",
    "initial_state": "initial_state",
    "W_gate": "free_W_gate",
}  # what may be frozen, and the parameter of the network that holds it

Freeze = Annotated[
    tuple[str, ...],
    Field(
        max_length=20,
        description="What does not learn: W_in, W_rec, W_out, bias, bias_out, tau_ms, initial_state, "
        "W_gate. A reservoir freezes W_in, W_rec and bias",
    ),
]
Keep = Annotated[
    Literal["last", "best"],
    Field(description="End with the last weights, or go back to those of the evaluation with the lowest loss."),
]
Name = Annotated[str, Field(max_length=60, description="What it is called; empty is its number.")]
Laws = Annotated[
    Literal["as_set", "off", "projection", "magnitude"],
    Field(description="Dale's law while it lasts: as set under constraints, off, or kept by this method."),
]
Mask = Annotated[
    Literal["as_set", "on", "off"],
    Field(description="The connection mask while it lasts: as set under constraints, kept, or open to every pair."),
]


class Stage(Component):
    """Gradient descent for some steps, after weights were pruned if that is asked.

    Where laws change, weights that the new ones forbid move to the nearest lawful value. Pruned synapses stay absent in
    all later stages.
    """

    title: ClassVar[str] = "Gradient descent"
    kind: Annotated[Literal["gradient"], Field(description="Learns by backpropagation through time.")] = "gradient"

    name: Name = ""
    steps: Annotated[int, Field(ge=1, le=10_000_000, description="At most so many steps."), Typical(100, 5000)] = 300
    optimiser: Annotated[AnyOptimiser, Field(description="How a gradient becomes a step.")] = Adam()
    moments: Annotated[
        Literal["reset", "keep"],
        Field(
            description="Running means of gradients: the optimiser starts anew, or with those that the stage before "
            "left (both must have the same optimiser)."
        ),
    ] = "reset"
    schedule: Annotated[AnySchedule, Field(description="How the learning rate changes.")] = Constant()
    batch: Annotated[
        int | None,
        Field(ge=1, le=65536, description="Trials per step; empty is that of the training."),
        Typical(16, 256),
    ] = None
    lowers: Annotated[
        Literal["as_set", "own"],
        Field(description="Besides the loss of the task: the objectives of the training, or the stage's own below."),
    ] = "as_set"
    objectives: Annotated[
        tuple[AnyObjective, ...], Field(max_length=30, description="Its own objectives, in place of the others.")
    ] = ()
    freeze: Freeze = ()
    dales_law: Laws = "as_set"
    connection_mask: Mask = "as_set"
    prune: Annotated[tuple[Prune, ...], Field(max_length=50, description="What is pruned, in order.")] = ()
    target_accuracy: Annotated[
        float | None,
        Field(gt=0, le=1, description="The stage ends when every network reaches this held-out accuracy (0.9: 90 %)."),
        Typical(0.5, 1),
    ] = None
    patience: Annotated[
        int | None,
        Field(ge=1, description="The stage ends after this many evaluations without a lower held-out loss."),
        Typical(5, 50),
    ] = None
    keep: Keep = "last"


class ReadoutStage(Component):
    """The readout is solved for in closed form by ridge regression; all other weights stay (echo state networks).

    Rates r of fresh trials, drawn once, at scored steps after the warm-up, n in all: W_out and, if it is learned, the
    readout bias minimise the mean of |W_out r + b - y|^2 + regularisation |W_out|^2, where y is the target, or 1 for
    the right class and 0 for others. Every network is solved on its own. It counts as one step.
    """

    title: ClassVar[str] = "Readout by ridge regression"
    source: ClassVar[str] = "Jaeger (2001) GMD Report 148; Lukoševičius (2012) in Neural Networks: Tricks of the Trade"
    kind: Annotated[Literal["readout"], Field(description="Solves for the readout in closed form.")] = "readout"

    name: Name = ""
    trials: Annotated[int, Field(ge=1, le=100_000, description="Trials that it is fitted to."), Typical(100, 2000)] = (
        500
    )
    regularisation: Annotated[
        float,
        Field(ge=0, description="Cost of squared readout weights; 0 is the pseudo-inverse."),
        Typical(1e-8, 1, log=True),
    ] = 1e-4
    warm_up_ms: Annotated[
        float, Field(ge=0, description="Beginning of every trial that is not fitted."), Typical(0, 2000)
    ] = 0.0  # fmt: skip
    dales_law: Laws = "as_set"
    connection_mask: Mask = "as_set"
    prune: Annotated[tuple[Prune, ...], Field(max_length=50, description="What is pruned before, in order.")] = ()

    @property
    def steps(self) -> int:
        """It counts as one."""
        return 1


AnyStage = Annotated[Stage | ReadoutStage, Field(discriminator="kind")]
