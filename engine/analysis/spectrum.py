"""Eigenvalue spectrum: which linear modes of a network grow and which decay, and what chance alone would give."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Literal

import numpy as np
import pandas as pd
import torch
from jaxtyping import Complex, Float
from torch import Tensor

from engine.analysis.connectivity import array
from engine.component import Invalid


@dataclass(frozen=True)
class Edge:
    """Where modes of the linearised network change from decay to growth, if every unit passes changes on with gain 1.

    A `line` is Re λ = `position`; a `circle` is |λ - `centre`| = `radius` (centre on the real axis). `explanation` is
    the sentence to print beside it. `simulated` is the circle that holds exactly for the simulated time step.
    """

    shape: Literal["line", "circle"]
    explanation: str
    position: float | None = None
    centre: float = 0.0
    radius: float | None = None
    simulated: "Edge | None" = None


@dataclass(frozen=True)
class RandomSpectrum:
    """Where the eigenvalues of a random matrix with the same density, means and variances would lie.

    The bulk fills an ellipse around `centre` (the mean self-connection) with half axes along the real and imaginary
    direction; `radius` is their mean, `reciprocity` the correlation of w[i, j] with w[j, i] that stretches it (0 =
    circle). `outlier` is where a net excess of excitation or inhibition puts one eigenvalue, if outside the bulk.
    """

    radius: float
    centre: float
    half_axis_real: float
    half_axis_imaginary: float
    reciprocity: float
    outlier: float | None

    def scaled(self, factor: float) -> "RandomSpectrum":
        """That of weights that are all so much stronger."""
        axes = self.half_axis_real * factor, self.half_axis_imaginary * factor
        outlier = None if self.outlier is None else self.outlier * factor
        return RandomSpectrum(self.radius * factor, self.centre * factor, *axes, self.reciprocity, outlier)


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The eigenvalues of recurrent weights, largest modulus first. Dimensionless.

    `radius` is the largest modulus (spectral radius), `abscissa` the largest real part; `chance` computes `random`.
    """

    eigenvalues: Complex[np.ndarray, " modes"]
    radius: float
    abscissa: float
    chance: Callable[[], RandomSpectrum]
    edge: Edge
    remarks: tuple[str, ...] = ()

    @cached_property
    def random(self) -> RandomSpectrum:
        """What chance alone would give."""
        return self.chance()

    def scaled(self, factor: float) -> "Spectrum":
        """That of weights that are all so much stronger."""
        numbers = {name: getattr(self, name) * factor for name in ("eigenvalues", "radius", "abscissa")}
        return replace(self, **numbers, chance=lambda: self.random.scaled(factor))

    def table(self) -> pd.DataFrame:
        """One row per eigenvalue."""
        values = self.eigenvalues
        return pd.DataFrame({"real": values.real, "imaginary": values.imag, "modulus": np.abs(values)})


def spectrum(weights: Tensor, dynamics_kind: str, leak: float | None = None, quick: bool = False) -> Spectrum:
    """The spectrum of recurrent weights [post, pre], the spectrum of chance and the edge of stability.

    `leak` is dt / tau; with it the edge of the simulated network is given too. `quick` is for pictures that follow a
    slider: single precision, in a bit more than half the time, and chance only when it is asked for.
    """
    found = eigenvalues(weights, quick)
    edge = stability_edge(dynamics_kind, leak)
    radius, abscissa = float(np.abs(found).max()), float(found.real.max())
    later = partial(random_spectrum, weights)
    chance = later if quick else partial(replace, later())  # a spectrum that is kept keeps no weights
    return Spectrum(found, radius, abscissa, chance, edge, (edge.explanation,))


def eigenvalues(weights: Tensor, quick: bool = False) -> Complex[np.ndarray, " modes"]:
    """The eigenvalues of a square weight matrix, largest modulus first; conjugates stay together.

    `quick` computes them in single precision: good to about 1e-6 of the norm, less where modes nearly coincide.
    """
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or not len(weights):
        raise Invalid(f"Eigenvalues need square recurrent weights of one network, not {tuple(weights.shape)}.")
    values = torch.as_tensor(array(weights), dtype=torch.float32 if quick else torch.float64)
    found = torch.linalg.eigvals(values).numpy().astype(complex)  # numpy is 5 times slower on busy cores
    return found[np.lexsort((-found.imag, -found.real.round(12), -np.abs(found).round(12)))]


def random_spectrum(weights: Tensor) -> RandomSpectrum:
    """The spectrum expected of a random matrix with the same means and variances of E, I and mixed units.

    source: Girko (1984) and Sommers et al. (1988) Phys. Rev. Lett. 60: 1895 for circle and ellipse; Rajan & Abbott
    (2006) Phys. Rev. Lett. 97: 188104 for columns of excitatory and inhibitory units. As there, the mean of each class
    is a rank-one part that makes the outlier, and the spread around it makes the bulk. It holds for large N and for
    weights whose variance does not depend on the postsynaptic unit.
    """
    found = array(weights)
    n = len(found)
    between = ~np.eye(n, dtype=bool)
    spread, means = np.zeros((n, n)), np.zeros(n)
    for columns in _classes(found * between):
        pairs = between[:, columns]
        means[columns] = found[:, columns][pairs].mean() if pairs.any() else 0.0
        spread[:, columns] = (found[:, columns] - means[columns]) * pairs
    power = float((spread**2).sum())
    radius = float(np.sqrt(power / n))
    reciprocity = float((spread * spread.T).sum()) / power if power > 0 else 0.0
    centre = float(np.trace(found)) / n
    axes = radius * (1 + reciprocity), radius * (1 - reciprocity)
    net = float(means.sum()) * (n - 1) / n
    outlier = centre + net if abs(net) > axes[0] else None
    return RandomSpectrum(radius, centre, *axes, reciprocity, outlier)


def stability_edge(dynamics_kind: str, leak: float | None = None) -> Edge:
    """The edge of stability of the kind of dynamics, with the sentence that derives it."""
    if dynamics_kind == "elman":
        return Edge(
            "circle",
            "Elman units step x[t] = W r[t-1]; at unit gain a mode grows where |λ| > 1, outside the circle.",
            radius=1.0,
        )
    if dynamics_kind != "leaky_rate":
        raise Invalid(f"The edge of stability is known for leaky_rate and elman dynamics, not for '{dynamics_kind}'.")
    if leak is not None and not 0 < leak <= 1:
        raise Invalid(f"The leak dt / tau must lie in (0, 1], not {leak:g}.", "dt_ms")
    return Edge(
        "line",
        "Leaky units follow tau x' = -x + W r; at unit gain a mode grows where Re λ > 1, right of the line.",
        position=1.0,
        simulated=None if leak is None else _simulated_edge(leak),
    )


def _simulated_edge(leak: float) -> Edge:
    """x[t] = (1 - a) x[t-1] + a λ x[t-1] decays where |1 - a + a λ| < 1."""
    return Edge(
        "circle",
        f"Simulated in steps of dt / tau = {leak:g}, a mode grows outside |λ + {1 / leak - 1:.4g}| = {1 / leak:.4g}.",
        centre=1 - 1 / leak,
        radius=1 / leak,
    )


def _classes(found: Float[np.ndarray, "post pre"]) -> list[np.ndarray]:
    """Presynaptic units whose weights are all excitatory, all inhibitory, mixed, or absent."""
    positive, negative = (found > 0).any(0), (found < 0).any(0)
    kinds = positive.astype(int) + 2 * negative
    return [np.flatnonzero(kinds == kind) for kind in range(4) if (kinds == kind).any()]
