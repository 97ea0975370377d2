"""Directions on a circle, as a ring of tuned units shows them and as a population vector reads them."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

WIDTH = math.pi / 8  # standard deviation of the tuning (Yang et al. 2019)


def preferred(units: int) -> Float[Tensor, " units"]:
    """Preferred directions (rad) of a ring of units, evenly spread."""
    return torch.arange(units) * (2 * math.pi / units)


def bump(angle: Float[Tensor, "*shape"], units: int) -> Float[Tensor, "*shape units"]:
    """Gaussian tuning of every unit to a direction (rad): 1 at its preferred one."""
    turns = (angle[..., None] - preferred(units)).div_(2 * math.pi)
    turns -= turns.round()
    return turns.square_().mul_(-0.5 * (2 * math.pi / WIDTH) ** 2).exp_()


def population_vector(activity: Float[Tensor, "*shape units"]) -> Float[Tensor, "*shape 2"]:
    """Preferred directions (sine, cosine) added up, each weighed by its unit's activity."""
    return activity @ unit_vector(preferred(activity.shape[-1])).to(activity)


def direction(vector: Float[Tensor, "*shape 2"]) -> Float[Tensor, "*shape"]:
    """Angle (rad) of a vector (sine, cosine)."""
    return torch.atan2(vector[..., 0], vector[..., 1])


def unit_vector(angle: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape 2"]:
    """Sine and cosine of an angle (rad)."""
    return torch.stack([angle.sin(), angle.cos()], -1)


def is_near(
    vector: Float[Tensor, "*shape 2"], angle: Float[Tensor, "..."], tolerance_deg: float, silent: float
) -> Float[Tensor, "*shape"]:
    """1 if a vector points to an angle (rad) within the tolerance, else 0; a vector of exactly 0 gets `silent`."""
    near = (direction(vector) - angle).cos() >= math.cos(math.radians(tolerance_deg))  # NaN is not near
    return torch.where((vector == 0).all(-1), silent, near.to(vector.dtype))
