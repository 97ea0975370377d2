"""How the synapses between two regions share the weight of their connection."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from engine.component import Component, Typical

FAINTEST = 1e-6  # of the mean of its block: no synapse is fainter, so that none is lost in single precision


class Sharing(Component):
    """Base of the family. Subclasses are final."""

    @abstractmethod
    def parts(self, sizes: Int[np.ndarray, " blocks"], rng: np.random.Generator) -> Float[np.ndarray, " synapses"]:
        """Parts above 0 of the synapses of every block, block after block; those of a block add up to 1."""


class Equal(Sharing):
    """All synapses between two regions are equally strong."""

    kind: Literal["equal"] = "equal"
    title: ClassVar[str] = "Equal"

    def parts(self, sizes: Int[np.ndarray, " blocks"], rng: np.random.Generator) -> Float[np.ndarray, " synapses"]:
        """One over their number."""
        return np.repeat(1 / sizes, sizes)


class Dirichlet(Sharing):
    """The weight of two regions is cut into random parts, none of them preferred (a Dirichlet distribution)."""

    kind: Literal["dirichlet"] = "dirichlet"
    title: ClassVar[str] = "Random parts (Dirichlet)"
    source: ClassVar[str] = "ours, for the stick-breaking of Goulas et al. (2021)"
    concentration: Annotated[
        float,
        Field(gt=0, le=1e6, description="1: any partition is as likely as any other; larger: more equal parts"),
        Typical(0.2, 10, 0.1, log=True),
    ] = 1.0

    def parts(self, sizes: Int[np.ndarray, " blocks"], rng: np.random.Generator) -> Float[np.ndarray, " synapses"]:
        """Gamma draws over their sum."""
        return _normalised(rng.standard_gamma(self.concentration, int(sizes.sum())), sizes)


class LogNormal(Sharing):
    """Strengths of single synapses are lognormal, as measured in cortex, and scaled to the weight of their regions."""

    kind: Literal["lognormal"] = "lognormal"
    title: ClassVar[str] = "Lognormal"
    source: ClassVar[str] = "Song S et al. (2005) PLoS Biol 3:e68"
    spread: Annotated[
        float,
        Field(ge=0, le=3, description="Standard deviation of the log; cortex has about 1."),
        Typical(0, 1.5, 0.05),
    ] = 1.0

    def parts(self, sizes: Int[np.ndarray, " blocks"], rng: np.random.Generator) -> Float[np.ndarray, " synapses"]:
        """Exponentials of Gaussian draws over their sum."""
        return _normalised(np.exp(self.spread * rng.standard_normal(int(sizes.sum()))), sizes)


class StickBreaking(Sharing):
    """As published: each synapse takes an even draw of what is left, so most become too faint for single precision.

    Of 100 synapses 5 hold 99 % of the weight and 81 less than 1e-10 of it. Where the published code leaves some at 0 or
    just below, ours stay above 0 in double precision; they still vanish in a network that computes in single precision.
    """

    kind: Literal["stick_breaking"] = "stick_breaking"
    title: ClassVar[str] = "Stick-breaking, as published"
    source: ClassVar[str] = "Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608"

    def parts(self, sizes: Int[np.ndarray, " blocks"], rng: np.random.Generator) -> Float[np.ndarray, " synapses"]:
        """One part after another of what is left, the last takes the rest; then shuffled within the block."""
        n = int(sizes.sum())
        starts = np.cumsum(sizes) - sizes
        taken = rng.random(n)
        left_after = np.log1p(-taken)
        left = np.cumsum(left_after) - left_after
        left -= np.repeat(left[starts], sizes)
        taken[starts + sizes - 1] = 1.0
        parts = np.maximum(np.exp(left) * taken, np.finfo(float).tiny)
        parts /= np.repeat(np.add.reduceat(parts, starts), sizes)  # 1 already, but for rounding
        return parts[np.argsort(np.repeat(np.arange(len(sizes)), sizes) + rng.random(n))]


AnySharing = Equal | Dirichlet | LogNormal | StickBreaking


def _normalised(
    draws: Float[np.ndarray, " synapses"], sizes: Int[np.ndarray, " blocks"]
) -> Float[np.ndarray, " synapses"]:
    starts = np.cumsum(sizes) - sizes
    mean = np.maximum(np.add.reduceat(draws, starts), np.finfo(float).tiny) / sizes
    draws = np.maximum(draws, np.repeat(FAINTEST * mean, sizes))
    return draws / np.repeat(np.add.reduceat(draws, starts), sizes)
