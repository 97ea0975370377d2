"""Memory curve: how well each output of a network says what was heard so long ago, and the sum, its capacity."""

import torch
from jaxtyping import Float
from torch import Tensor

from engine.tasks.task import Trials


def memory_curve(
    outputs: Float[Tensor, "*networks trials steps lags"], trials: Trials
) -> Float[Tensor, "*networks lags"]:
    """Squared correlation of every output with what it owes, over all scored steps of all trials; 0 if it is constant.

    Its sum over lags is the memory capacity, which no linear network of N units exceeds at N.

    source: Jaeger (2001) GMD Report 152.
    """
    said = outputs[..., trials.scored, :].double()
    owed = trials.targets[trials.scored].double()
    said, owed = said - said.mean(-2, keepdim=True), owed - owed.mean(-2, keepdim=True)
    scale = said.square().sum(-2) * owed.square().sum(-2)
    return torch.where(scale > 0, (said * owed).sum(-2).square() / scale, 0.0)
