"""The task's own loss: cross-entropy for classes, mean squared error for values, at scored steps only."""

from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cross_entropy

from engine.tasks.task import Trials


def task_loss(outputs: Float[Tensor, "networks trials steps outputs"], trials: Trials) -> Float[Tensor, " networks"]:
    """Mean loss of every network over all scored steps (nats per step, or squared output units)."""
    scored = outputs[:, trials.scored]
    wanted = trials.targets[trials.scored]
    if not wanted.is_floating_point():
        return cross_entropy(scored.transpose(1, 2), wanted.expand(len(scored), -1), reduction="none").mean(-1)
    return (scored - wanted).square().mean((-2, -1))
