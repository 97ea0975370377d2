"""The matrix exponential by a Taylor polynomial of degree 8 in three products, differentiated by hand.

exp(A) = T8(A / 2^s)^(2^s), where T8 needs three products (Bader, Blanes & Casas 2019). The backward pass runs through
the same products, two for each, instead of the exponential of a matrix of twice the size that autograd of
`torch.linalg.matrix_exp` takes.
"""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

_ROOT = math.sqrt(177)
_X3 = 2 / 3
_X1, _X2 = _X3 * (1 + _ROOT) / 88, _X3 * (1 + _ROOT) / 352
_X4, _X5 = (-271 + 29 * _ROOT) / (315 * _X3), 11 * (-1 + _ROOT) / (1260 * _X3)
_X6, _X7 = 11 * (-9 + _ROOT) / (5040 * _X3), (89 - _ROOT) / (5040 * _X3**2)
_Y2 = (857 - 58 * _ROOT) / 630
# Norms up to which the first neglected term, norm^9 / 9!, is below the rounding of the type.
_REACH = {torch.float32: 0.7, torch.float64: 0.07}


def squarings(norm: float, dtype: torch.dtype) -> int:
    """How often to halve a matrix of this norm so that the polynomial is as exact as the type allows."""
    return max(0, math.ceil(math.log2(norm / _REACH.get(dtype, 0.7)))) if norm > 0 else 0


def expm8(matrix: Float[Tensor, "networks n n"], squarings: int) -> Float[Tensor, "networks n n"]:
    """The exponential of every matrix. Differentiable once."""
    return _Expm8.apply(matrix, squarings)


class _Expm8(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, matrix: Tensor, squarings: int) -> Tensor:
        one = matrix * 2.0**-squarings
        two = one @ one
        inner = torch.add(two, one, alpha=_X1 / _X2).mul_(_X2)
        four = two @ inner
        left = torch.add(four, two, alpha=_X3)
        right = four.mul_(_X7).add_(two, alpha=_X6).add_(one, alpha=_X5)
        right.diagonal(dim1=-2, dim2=-1).add_(_X4)
        power = torch.baddbmm(one, left, right).add_(two, alpha=_Y2)
        power.diagonal(dim1=-2, dim2=-1).add_(1)
        powers = []
        for _ in range(squarings):
            powers.append(power)
            power = power @ power
        ctx.save_for_backward(one, two, inner, left, right, *powers)
        return power

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_power: Tensor) -> tuple[Tensor, None]:
        one, two, inner, left, right, *powers = ctx.saved_tensors
        for power in reversed(powers):
            to_power = torch.baddbmm(to_power @ power.mT, power.mT, to_power)
        to_left, to_right = to_power @ right.mT, left.mT @ to_power
        to_four = torch.add(to_left, to_right, alpha=_X7)
        to_inner = two.mT @ to_four
        to_two = torch.baddbmm(to_power, to_four, inner.mT, beta=_Y2)
        to_two.add_(to_left, alpha=_X3).add_(to_right, alpha=_X6).add_(to_inner, alpha=_X2)
        to_one = torch.add(to_power, to_right, alpha=_X5).add_(to_inner, alpha=_X1)
        to_one.baddbmm_(to_two, one.mT).baddbmm_(one.mT, to_two)
        return to_one.mul_(2.0 ** -len(powers)), None
