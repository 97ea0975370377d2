"""The matrix exponential by a Taylor polynomial of degree 8 in three products, differentiated by hand.

exp(A) = T8(A / 2^s)^(2^s), where T8 needs three products (Bader, Blanes & Casas 2019). The backward pass runs through
the same products, two for each, instead of the exponential of a matrix of twice the size that autograd of
`torch.linalg.matrix_exp` takes.
"""

import math
from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


class Scheme(NamedTuple):
    """A polynomial y0 + A + y2 A² + (x3 A² + A4)(x4 + x5 A + x6 A² + x7 A4) with A4 = A² (x1 A + x2 A²)."""

    x1: float
    x2: float
    x3: float
    x4: float
    x5: float
    x6: float
    x7: float
    y2: float


def _taylor() -> Scheme:
    root, x3 = math.sqrt(177), 2 / 3
    return Scheme(
        x3 * (1 + root) / 88,
        x3 * (1 + root) / 352,
        x3,
        (-271 + 29 * root) / (315 * x3),
        11 * (-1 + root) / (1260 * x3),
        11 * (-9 + root) / (5040 * x3),
        (89 - root) / (5040 * x3**2),
        (857 - 58 * root) / 630,
    )


TAYLOR = _taylor()
# As Taylor's, save that the term of degree 8 is that with which the polynomial is e at 1, the largest eigenvalue of a
# matrix whose columns sum to 1: there the neglected terms weigh most. Solved for in 40 digits.
EXACT_AT_ONE = Scheme(
    0.10108951163895001, 0.02838905521596189, 2 / 3, 0.56952428059313035, 0.16364060291247418, 0.013434092678027942,
    0.03456865082894423, 0.12031714627124643,
)  # fmt: skip
# Norms up to which what is neglected, about norm^9 / 9! of exp(norm), is lost in the rounding of a few products.
_REACH = {torch.float32: 1.1, torch.float64: 0.08}


def squarings(norm: float, dtype: torch.dtype) -> int:
    """How often to halve a matrix of this norm so that the polynomial is as exact as the type allows."""
    return max(0, math.ceil(math.log2(norm / _REACH.get(dtype, 1.1)))) if norm > 0 else 0


def expm8(matrix: Float[Tensor, "networks n n"], squarings: int) -> Float[Tensor, "networks n n"]:
    """The exponential of every matrix. Differentiable once."""
    return _Expm8.apply(matrix, squarings)


def taken(
    matrix: Float[Tensor, "networks n n"], squarings: int, scheme: Scheme = TAYLOR
) -> tuple[Float[Tensor, "networks n n"], tuple[Float[Tensor, "networks n n"], ...]]:
    """The exponential, and what `pulled_back` needs."""
    x1, x2, x3, x4, x5, x6, x7, y2 = scheme
    one = matrix * 2.0**-squarings if squarings else matrix
    two = torch.bmm(one, one)
    inner = torch.add(two, one, alpha=x1 / x2).mul_(x2)
    four = torch.bmm(two, inner)
    left = torch.add(four, two, alpha=x3)
    right = four.mul_(x7).add_(two, alpha=x6).add_(one, alpha=x5)
    right.diagonal(dim1=-2, dim2=-1).add_(x4)
    power = torch.bmm(left, right).add_(one).add_(two, alpha=y2)
    power.diagonal(dim1=-2, dim2=-1).add_(1)
    powers = []
    for _ in range(squarings):
        powers.append(power)
        power = torch.bmm(power, power)
    return power, (one, two, inner, left, right, *powers)


def pulled_back(
    to_power: Float[Tensor, "networks n n"],
    kept: tuple[Float[Tensor, "networks n n"], ...],
    scheme: Scheme = TAYLOR,
) -> Float[Tensor, "networks n n"]:
    """The gradient with respect to the matrix, from that with respect to its exponential."""
    x1, x2, x3, _, x5, x6, x7, y2 = scheme
    one, two, inner, left, right, *powers = kept
    for power in reversed(powers):
        to_power = torch.bmm(to_power, power.mT).baddbmm_(power.mT, to_power)
    to_left, to_right = torch.bmm(to_power, right.mT), torch.bmm(left.mT, to_power)
    to_four = torch.add(to_left, to_right, alpha=x7)
    to_two = torch.bmm(to_four, inner.mT).add_(to_power, alpha=y2).add_(to_left, alpha=x3).add_(to_right, alpha=x6)
    to_inner = torch.bmm(two.mT, to_four, out=to_left)
    to_two.add_(to_inner, alpha=x2)
    to_one = torch.add(to_power, to_right, alpha=x5, out=to_four).add_(to_inner, alpha=x1)
    to_one.baddbmm_(to_two, one.mT).baddbmm_(one.mT, to_two)
    return to_one.mul_(2.0 ** -len(powers)) if powers else to_one


class _Expm8(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, matrix: Tensor, squarings: int) -> Tensor:
        power, kept = taken(matrix, squarings)
        ctx.save_for_backward(*kept)
        return power

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_power: Tensor) -> tuple[Tensor, None]:
        return pulled_back(to_power, ctx.saved_tensors), None
