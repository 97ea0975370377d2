"""Shifters: units that fire more for one sense of turning, and whose outgoing weights point ahead or behind."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from engine.analysis.recovery import circulant, correlation, entrywise, profile

DIRECTION_BINS = 36
Class = Literal["compass", "shifter+", "shifter-", "silent"]


@dataclass(frozen=True, eq=False)
class Shifters:
    """How every unit depends on velocity and direction, and what the hidden ones do to the observed ones.

    `vmi` is the velocity modulation index, (rate at fast positive velocities - rate at fast negative ones) over their
    sum. `preferred` (rad) is the direction of the rate-weighted resultant over 36 bins of the network's own bump.
    `offset` (rad) is the direction of a hidden unit's outgoing weights minus its own, NaN for silent ones.
    `sign_offset` is the correlation of sign(vmi) with sin(offset) over active hidden units. Units count as modulated
    beyond `threshold`.
    """

    vmi: Float[np.ndarray, " units"]
    preferred: Float[np.ndarray, " units"]
    is_active: Bool[np.ndarray, " units"]
    offset: Float[np.ndarray, " hidden"]
    sign_offset: float
    threshold: float
    products: Mapping[str, "Product"] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def observed(self) -> int:
        return len(self.vmi) - len(self.offset)

    @property
    def modulated_observed(self) -> float:
        """Share of the observed units beyond the threshold."""
        return float((np.abs(self.vmi[: self.observed]) > self.threshold).mean())

    @property
    def modulated_hidden(self) -> float:
        """Share of the active hidden units beyond the threshold; 0 if none is active."""
        vmi = self.vmi[self.observed :][self.is_active[self.observed :]]
        return float((np.abs(vmi) > self.threshold).mean()) if len(vmi) else 0.0

    @property
    def classes(self) -> tuple[Class, ...]:
        """What each unit is called."""
        sides = np.where(self.vmi > 0, "shifter+", "shifter-")
        found = np.where(np.abs(self.vmi) > self.threshold, sides, "compass")
        return tuple(np.where(self.is_active, found, "silent").tolist())

    def table(self) -> pd.DataFrame:
        """One row per unit."""
        offset = np.concatenate([np.full(self.observed, np.nan), self.offset])
        return pd.DataFrame({
            "unit": np.arange(1, len(self.vmi) + 1), "class": self.classes, "velocity_modulation_index": self.vmi,
            "preferred_direction_deg": np.rad2deg(self.preferred), "outgoing_offset_deg": np.rad2deg(offset),
        })  # fmt: skip


def shifters(
    rates: Float[np.ndarray, "trials steps units"],
    velocity: Float[np.ndarray, "trials steps"],
    weights: Float[np.ndarray, "post pre"],
    observed: int,
    fast: float = 2.0,
    threshold: float = 0.3,
    silent_below: float = 1e-3,
) -> Shifters:
    """Of a network whose first `observed` units lie on a ring in order; velocity in rad/s, `fast` beyond ± this."""
    flat, speed = rates.reshape(-1, rates.shape[-1]).astype(float), velocity.ravel()
    vmi = modulation(flat, speed, fast)
    own = directions(observed)
    preferred = _preferred(flat, np.angle(flat[:, :observed] @ np.exp(1j * own)))
    is_active = np.abs(flat).max(0) > silent_below
    ahead = np.angle(np.exp(1j * own) @ weights[:observed, observed:])
    offset = np.where(is_active[observed:], wrapped(ahead - preferred[observed:]), np.nan)
    counts = is_active[observed:] & (vmi[observed:] != 0)
    agrees = correlation(np.sign(vmi[observed:][counts]), np.sin(offset[counts])) if counts.any() else 0.0
    return Shifters(vmi, preferred, is_active, offset, agrees, threshold)


def directions(units: int) -> Float[np.ndarray, " units"]:
    """Of units in order around the ring (rad)."""
    return 2 * np.pi * np.arange(units) / units


def wrapped(angle: Float[np.ndarray, "*any"]) -> Float[np.ndarray, "*any"]:
    """Into -pi … pi."""
    return (angle + np.pi) % (2 * np.pi) - np.pi


def modulation(
    rates: Float[np.ndarray, "samples units"], velocity: Float[np.ndarray, " samples"], fast: float
) -> Float[np.ndarray, " units"]:
    """Velocity modulation index, in -1 … 1; 0 for a unit that is silent at both."""
    plus, minus = (rates[which].mean(0) if which.any() else np.zeros(rates.shape[1])
                   for which in (velocity > fast, velocity < -fast))  # fmt: skip
    both = plus + minus
    return np.divide(plus - minus, both, out=np.zeros_like(both), where=np.abs(both) > 1e-12)


@dataclass(frozen=True, eq=False)
class Product:
    """Agreement of a two-step product, observed to hidden to observed, with the derivative of the ring's weights."""

    units: int
    entrywise: float
    profile: float


def products(
    weights: Float[np.ndarray, "post pre"], derivative: Float[np.ndarray, "observed observed"], found: Shifters
) -> dict[str, Product]:
    """Through hidden units of positive and of negative modulation, and through all, in which the halves cancel."""
    seen, vmi = found.observed, found.vmi[found.observed :]
    sides = {"positive": vmi > 0, "negative": vmi < 0, "all": np.ones(len(vmi), bool)}
    return {name: _product(weights[:seen, seen:][:, side], weights[seen:, :seen][side], derivative)
            for name, side in sides.items()}  # fmt: skip


def _product(outgoing: np.ndarray, incoming: np.ndarray, derivative: np.ndarray) -> Product:
    product = outgoing.astype(float) @ incoming
    ring = correlation(profile(product), profile(derivative))
    return Product(outgoing.shape[1], entrywise(product, derivative), ring)


def shift(weights: Float[np.ndarray, "post pre"]) -> float:
    """Phase (rad) by which circulant weights push a bump: that of the first harmonic of their profile, 0 if even."""
    n = len(weights)
    return float(np.angle(circulant(weights)[:, 0] @ np.exp(1j * directions(n))))


def _preferred(
    rates: Float[np.ndarray, "samples units"], direction: Float[np.ndarray, " samples"]
) -> Float[np.ndarray, " units"]:
    index = np.minimum((direction % (2 * np.pi) / (2 * np.pi) * DIRECTION_BINS).astype(int), DIRECTION_BINS - 1)
    counts = np.bincount(index, minlength=DIRECTION_BINS)
    chosen = np.zeros((DIRECTION_BINS, len(index)), np.float32)
    chosen[index, np.arange(len(index))] = 1
    mean = chosen @ rates / np.maximum(counts, 1)[:, None]
    centres = (np.arange(DIRECTION_BINS) + 0.5) * 2 * np.pi / DIRECTION_BINS
    return np.angle(np.exp(1j * centres) @ mean)
