"""From the connection of two regions to the synapses of their units: who contacts whom, and how strongly."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import Field

from engine.component import Component, Typical
from engine.connectomes.sharing import AnySharing, Equal

Share = Annotated[float, Field(gt=0, le=1), Typical(0.05, 1, 0.05)]


class MeasuredWithin(Component):
    """Units of a region connect with each other only where a connection of the region with itself was measured."""

    kind: Literal["measured"] = "measured"
    title: ClassVar[str] = "As measured"

    def strengths(self, regions: Float[np.ndarray, "post pre"]) -> Float[np.ndarray, " regions"]:
        """The measured connections of regions with themselves."""
        return np.diag(regions).copy()


class IntrinsicWithin(Component):
    """The connections within a region carry a given share f of its weight, whatever was measured.

    Of the total: f / (1 - f) times the weight from all other regions, so that f of all the region receives is its own;
    this is what the published code computes. As described: f times the weight from other regions, as its README says.
    """

    kind: Literal["intrinsic"] = "intrinsic"
    title: ClassVar[str] = "A share of the region's weight"
    source: ClassVar[str] = "Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608"
    share: Annotated[
        float, Field(gt=0, lt=1, description="Share f of a region's weight that is internal."), Typical(0.1, 0.95, 0.05)
    ] = 0.8
    share_of: Annotated[
        Literal["total", "as_described"],
        Field(description="f of the region's total: f/(1-f) times what others send; or f times that, as described"),
    ] = "total"
    weight_of: Annotated[
        Literal["input", "output"],
        Field(description="A region's weight is what it receives (published code) or what it sends (its own comment)"),
    ] = "input"

    def strengths(self, regions: Float[np.ndarray, "post pre"]) -> Float[np.ndarray, " regions"]:
        """The weight of the connections within each region."""
        others = regions.sum(1 if self.weight_of == "input" else 0) - np.diag(regions)
        return others * (self.share / (1 - self.share) if self.share_of == "total" else self.share)


class Synapses(Component):
    """Every unit contacts a fixed share of the units of each region that its own region projects to, drawn by lot.

    Its out-degree is exact: share x units of the target region, rounded, at least 1. Shares of 1 connect all with all.
    """

    title: ClassVar[str] = "Synapses"
    source: ClassVar[str] = "Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608"
    density_between: Annotated[
        Share,
        Field(description="Share of a target region's units that each unit contacts (target_sparsity of bio2art)."),
    ] = 1.0
    density_within: Annotated[Share, Field(description="The same share inside the unit's own region.")] = 1.0
    within: Annotated[
        MeasuredWithin | IntrinsicWithin,
        Field(discriminator="kind", description="What connects the units of one region with each other."),
    ] = MeasuredWithin()
    weights: Annotated[
        AnySharing, Field(discriminator="kind", description="How synapses share the weight of their two regions.")
    ] = Equal()
    self_synapses: Annotated[bool, Field(description="A unit may contact itself, where its region does.")] = True
    conserved: Annotated[
        Literal["total", "input"],
        Field(description="Kept: the total weight between two regions (as published), or the input of every unit"),
    ] = "total"

    def regional(
        self, regions: Float[np.ndarray, "post pre"], sizes: Int[np.ndarray, " regions"]
    ) -> Float[np.ndarray, "post pre"]:
        """Weights between regions with what is within them; those of regions without units are 0."""
        there = sizes > 0
        regions = np.where(there[:, None] & there[None, :], regions, 0.0)
        np.fill_diagonal(regions, np.where(self._within(sizes) > 0, self.within.strengths(regions), 0.0))
        return regions

    def contacts(
        self, regions: Float[np.ndarray, "post pre"], sizes: Int[np.ndarray, " regions"]
    ) -> Int[np.ndarray, "post pre"]:
        """How many units of region `post` each unit of region `pre` contacts."""
        between = np.where(regions > 0, _contacted(self.density_between, sizes)[:, None], 0)
        np.fill_diagonal(between, np.where(np.diag(regions) > 0, self._within(sizes), 0))
        return between

    def count(self, regions: Float[np.ndarray, "post pre"], sizes: Int[np.ndarray, " regions"]) -> int:
        """The exact number of synapses, without drawing any."""
        return int((self.contacts(regions, sizes) * sizes[None, :]).sum())

    def drawn(
        self, regions: Float[np.ndarray, "post pre"], sizes: Int[np.ndarray, " regions"], rng: np.random.Generator
    ) -> Float[np.ndarray, "posts pres"]:
        """Synapses of all units, a region's units being neighbours, for the weights of `regional`.

        The synapses of two regions add up to the weight between them, or to that times the receiving units.
        """
        if (sizes <= 1).all():
            return regions[np.ix_(sizes > 0, sizes > 0)]
        starts = np.cumsum(sizes) - sizes
        region = np.repeat(np.arange(len(sizes)), sizes)
        contacts = self.contacts(regions, sizes)
        total = regions * sizes[:, None] if self.conserved == "input" else regions
        synapses = np.zeros((len(region), len(region)))
        for post in np.flatnonzero((contacts > 0).any(1)).tolist():
            rows = slice(starts[post], starts[post] + sizes[post])
            self._fill(synapses[rows], post, contacts[post], total[post], region, sizes, rng)
        return synapses

    def _fill(
        self,
        rows: Float[np.ndarray, "units pres"],
        post: int,
        contacts: Int[np.ndarray, " regions"],
        total: Float[np.ndarray, " regions"],
        region: Int[np.ndarray, " pres"],
        sizes: Int[np.ndarray, " regions"],
        rng: np.random.Generator,
    ) -> None:
        """The synapses onto the units of one region, into `rows`."""
        sources = np.flatnonzero(contacts[region] > 0)
        never = self._never(region[sources] == post, len(rows))
        touched = _touched(contacts[region[sources]], len(rows), rng, never)
        per_block = (contacts * sizes)[contacts > 0]
        parts = self.weights.parts(per_block, rng)
        block = np.zeros(touched.shape)
        block[touched] = parts * np.repeat(total[contacts > 0], per_block)
        rows[:, sources] = block.T

    def _never(self, own: Bool[np.ndarray, " sources"], units: int) -> Bool[np.ndarray, "sources units"] | None:
        """A unit and itself, if it may not contact itself."""
        if self.self_synapses or not own.any():
            return None
        never = np.zeros((len(own), units), bool)
        never[np.flatnonzero(own), np.arange(units)] = True
        return never

    def _within(self, sizes: Int[np.ndarray, " regions"]) -> Int[np.ndarray, " regions"]:
        return np.minimum(_contacted(self.density_within, sizes), sizes - (not self.self_synapses)).clip(min=0)


def _contacted(density: float, sizes: Int[np.ndarray, " regions"]) -> Int[np.ndarray, " regions"]:
    return np.maximum(np.rint(density * sizes), 1).astype(int)


def _touched(
    contacts: Int[np.ndarray, " sources"],
    units: int,
    rng: np.random.Generator,
    never: Bool[np.ndarray, "sources units"] | None,
) -> Bool[np.ndarray, "sources units"]:
    """Which units each source contacts: as many as asked, drawn by lot, none that it may never contact."""
    if (contacts == units).all():
        return np.ones((len(contacts), units), bool)
    lots = rng.random((len(contacts), units))
    if never is not None:
        lots[never] = 2.0
    touched = np.empty(lots.shape, bool)
    for number in np.unique(contacts):
        same = contacts == number
        of = lots if same.all() else lots[same]
        touched[same] = of <= np.partition(of, number - 1, axis=1)[:, number - 1 : number]
    return touched
