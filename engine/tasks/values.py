"""Scores of outputs that are values: the share of the variance explained, or the share of steps near enough."""

import torch
from jaxtyping import Float
from torch import Tensor

from engine.tasks.task import Trials


def explained(
    outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials, about: Float[Tensor, " outputs"] | float
) -> Float[Tensor, "*networks trials"]:
    """Variance explained, 1 - squared error / squared distance of the targets from `about`, and no less than 0.

    Both are summed over the scored steps and all outputs of a trial; who says `about` throughout scores 0.
    """
    scored = trials.scored[..., None]
    error = ((outputs - trials.targets).square() * scored).sum((-2, -1))
    spread = ((trials.targets - about).square() * scored).sum((-2, -1))
    return (1 - error / spread).clamp(0, 1).nan_to_num(0.0)


def near_enough(
    outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials, tolerance: float
) -> Float[Tensor, "*networks trials"]:
    """Share of the scored steps at which the outputs lie within `tolerance` of the targets (Euclidean distance)."""
    distance = torch.linalg.vector_norm(outputs - trials.targets, dim=-1)
    right = (distance <= tolerance + 1e-6).to(outputs.dtype)  # NaN is not near
    return (right * trials.scored).sum(-1) / trials.scored.sum(-1)


def shown_for(values: Float[Tensor, "trials items *channels"], steps: int) -> Float[Tensor, "trials time *channels"]:
    """Values held for equally many steps, one after the other."""
    return values.repeat_interleave(steps, 1)


def explained_over_time(
    outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
) -> Float[Tensor, "*networks trials"]:
    """Variance explained about the mean of each trial's own targets, and no less than 0: a constant explains none."""
    scored = trials.scored[..., None]
    mean = (trials.targets * scored).sum(1, keepdim=True) / scored.sum(1, keepdim=True)
    error = ((outputs - trials.targets).square() * scored).sum((-2, -1))
    spread = ((trials.targets - mean).square() * scored).sum((-2, -1)).clamp(min=1e-12)
    return (1 - error / spread).clamp(0, 1).nan_to_num(0.0)
