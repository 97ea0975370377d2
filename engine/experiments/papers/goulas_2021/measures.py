"""What is measured of trained networks: how fast they learn, what lures do to them, and how much they remember."""

from collections.abc import Iterator
from functools import partial

import torch
from jaxtyping import Bool
from torch import Tensor

from engine.analysis.learning_speed import epochs_to
from engine.analysis.memory_curve import memory_curve
from engine.analysis.spectrum import eigenvalues
from engine.experiments.papers.paper import Outcome, Reading
from engine.randomness import torch_stream
from engine.tasks.task import Trials

TEST_TRIALS = 2000
EPOCHS, ERROR, RADIUS, BROKEN = (
    "epochs to 99 %", "least held-out error (MSE)", "spectral radius of the start", "absent synapses that are not 0",
)  # fmt: skip
BEST, FIRST, LEAST = "best held-out accuracy", "first held-out loss (nats)", "least held-out loss (nats)"
CAPACITY = "memory capacity"


def on_trials(kind: str) -> str:
    """The measure of accuracy on matching, non-matching, lure and other trials."""
    return f"accuracy on {kind} trials"


def recalls(of: Outcome, kind: str, strategies: tuple[str, ...], seed: int) -> Iterator[Reading]:
    """Epochs to 99 % of the drop, least held-out error, spectral radius of the start, broken masks; by strategy."""
    losses, start = of.history.evaluation_loss[1:], of.first.lawful_weights()["W_rec"]
    needed, broken = epochs_to(losses), of.network.violations().tolist()
    for k, strategy in enumerate(strategies):
        tell = partial(Reading, network=seed, variant=f"{kind}, {strategy}")
        yield tell(EPOCHS, float(needed[k]))
        yield tell(ERROR, float(losses[:, k].min()))
        yield tell(RADIUS, float(abs(eigenvalues(start[k].detach())[0])))
        yield tell(BROKEN, float(broken[k]))
        for epoch in range(0, len(losses), 10):
            yield tell("held-out error (MSE)", float(losses[epoch, k]), at=epoch + 1)


def compares(of: Outcome, kind: str, strategies: tuple[str, ...], seed: int) -> Iterator[Reading]:
    """n-back: loss and accuracy over training, and accuracy on trials of every kind, half of the non-matches lures."""
    task = of.experiment.task.with_value("lures", 0.5)
    trials = task.trials(TEST_TRIALS, of.experiment.dt_ms, torch_stream(of.experiment.seeds.trials, "papers"))
    with torch.no_grad():
        correct = task.correct(of.network(trials.inputs).outputs, trials).float()
    history = of.history
    for k, strategy in enumerate(strategies):
        tell = partial(Reading, network=seed, variant=f"{kind}, {strategy}")
        yield tell(FIRST, float(history.evaluation_loss[0, k]))
        yield tell(LEAST, float(history.evaluation_loss[1:, k].min()))
        yield tell(BEST, float(history.accuracy[1:, k].max()))
        yield tell("last held-out accuracy", float(history.accuracy[-1, k]))
        yield tell(EPOCHS, float(epochs_to(history.evaluation_loss[1:])[k]))
        for name, which in kinds_of(trials).items():
            yield tell(on_trials(name), float(correct[k, which].mean()))


def kinds_of(trials: Trials) -> dict[str, Bool[Tensor, " trials"]]:
    """Which trials match, have a lure, or show a new probe."""
    match, lure = trials.conditions["match"] == 1, trials.conditions["lure"] == 1
    return {"matching": match, "lure": lure, "no-lure": ~lure, "new-probe": ~match & ~lure}


def remembers(of: Outcome, kind: str, strategies: tuple[str, ...], seed: int) -> Iterator[Reading]:
    """The memory curve of fresh trials, and its sum."""
    trials = of.experiment.task.trials(50, of.experiment.dt_ms, torch_stream(of.experiment.seeds.trials, "papers"))
    with torch.no_grad():
        curves = memory_curve(of.network(trials.inputs).outputs, trials)
    for k, strategy in enumerate(strategies):
        tell = partial(Reading, network=seed, variant=f"{kind}, {strategy}")
        yield tell(CAPACITY, float(curves[k].sum()))
        yield tell("units", float(of.network.connectome.n))
        for lag in range(0, curves.shape[1], 2):
            yield tell("squared correlation at a lag", float(curves[k, lag]), at=lag + 1)
