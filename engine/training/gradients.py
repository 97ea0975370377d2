"""Gradients of a population: each network's has its own length."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def gradient_norm(parameters: list[Tensor]) -> Float[Tensor, " networks"]:
    """Euclidean norm of every network's gradient over all its parameters."""
    squares = [p.grad.flatten(1).square().sum(-1) for p in parameters if p.grad is not None]
    return torch.stack(squares).sum(0).sqrt()


def scale_gradients(
    parameters: list[Tensor],
    norm: Float[Tensor, " networks"],
    clip_norm: float | None,
    silenced: Bool[Tensor, " networks"],
) -> None:
    """Shorten every network's gradient to `clip_norm` in place and set that of silenced networks to 0."""
    scale = torch.ones_like(norm) if clip_norm is None else (clip_norm / norm).clamp(max=1)
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.mul_(scale.reshape(-1, *[1] * (parameter.dim() - 1)))
            parameter.grad[silenced] = 0
