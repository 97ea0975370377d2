"""How many units stand for each region: the same number, listed, by neuron density, or up to a total."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field
from scipy.stats import rankdata

from engine.component import Component, Invalid, Typical, near
from engine.connectomes.column import scaled_sizes
from engine.connectomes.record import Measurement
from engine.connectomes.synapses import Synapses
from engine.connectomes.wiring import MOST_UNITS

Number = Annotated[int, Field(ge=1, le=MOST_UNITS)]
Density = Annotated[float, Field(gt=0)]
OfUnits = Annotated[Synapses, Field(description="How the connection of two regions becomes synapses of their units.")]


class Densities(Component):
    """The density of neurons in every region: a map that comes with the connectome, or a list of your own."""

    title: ClassVar[str] = "Neuron densities"
    map: Annotated[str, Field(description="Map of the connectome that holds them; empty if you list them.")] = ""
    listed: Annotated[dict[str, Density], Field(description="Density by name of the region, in any one unit.")] = {}
    missing: Annotated[
        Literal["mean", "median", "drop", "value"],
        Field(description="Regions without a density take the mean or median of others, a given value, or are dropped"),
    ] = "mean"
    missing_value: Annotated[
        Density, Field(description="Density of the regions that have none; used by 'value' only."), Typical(1e4, 2e5)
    ] = 1e5

    def of(self, measured: Measurement) -> Float[np.ndarray, " regions"]:
        """One density per region, NaN for a region that is dropped. Raises Invalid if they are unknown or not > 0."""
        known = self._listed(measured) if self.listed else self._mapped(measured)
        found = ~np.isnan(known)
        if not found.any() or not (known[found] > 0).all():
            bad = (
                f"that of {measured.names[np.flatnonzero(found & ~(known > 0))[0]]} is not"
                if found.any()
                else "none is"
            )
            raise Invalid(f"Densities of neurons must be above 0, but {bad}.", _at("map"))
        fill = {"mean": np.mean(known[found]), "median": np.median(known[found]), "drop": np.nan}
        return np.where(found, known, fill.get(self.missing, self.missing_value))

    def _listed(self, measured: Measurement) -> Float[np.ndarray, " regions"]:
        require_regions(self.listed, measured, _at("listed"))
        return np.array([self.listed.get(name, np.nan) for name in measured.names], float)

    def _mapped(self, measured: Measurement) -> Float[np.ndarray, " regions"]:
        if self.map not in measured.maps:
            has = f"its maps are {', '.join(measured.maps)}" if measured.maps else "it has no maps"
            lacks = f"has no map '{self.map}'" if self.map else "comes without neuron densities"
            said = f"This connectome {lacks} ({has}): list densities by region.{near(self.map, measured.maps)}"
            raise Invalid(said, _at("map"))
        return measured.maps[self.map].astype(float)


class Expansion(Component):
    """Base of the family. `sets` is the field that sets how many units there are. Subclasses are final."""

    sets: ClassVar[str]

    @abstractmethod
    def sizes(self, measured: Measurement) -> Int[np.ndarray, " regions"]:
        """The number of units of every region; 0 leaves a region out. Raises Invalid with the address."""


class Constant(Expansion):
    """The same number of units stands for each region; 1 takes the connectome as it is."""

    kind: Literal["constant"] = "constant"
    title: ClassVar[str] = "The same for each region"
    sets: ClassVar[str] = "units_per_region"
    units_per_region: Annotated[
        int, Field(ge=1, le=1000, description="Units that stand for each region or neuron."), Typical(1, 10, 1)
    ] = 1
    synapses: OfUnits = Synapses()

    def sizes(self, measured: Measurement) -> Int[np.ndarray, " regions"]:
        """All equal."""
        return np.full(measured.n, self.units_per_region)


class Listed(Expansion):
    """A number of units for each region that is named, and one number for all others."""

    kind: Literal["listed"] = "listed"
    title: ClassVar[str] = "Listed by region"
    sets: ClassVar[str] = "units"
    units: Annotated[dict[str, Number], Field(description="Units by name of the region.")] = {}
    others: Annotated[
        int, Field(ge=0, le=1000, description="Units of every other region; 0 leaves them out."), Typical(0, 10, 1)
    ] = 1
    synapses: OfUnits = Synapses()

    def sizes(self, measured: Measurement) -> Int[np.ndarray, " regions"]:
        """As listed."""
        require_regions(self.units, measured, "wiring.expansion.units")
        return np.array([self.units.get(name, self.others) for name in measured.names])


class ByDensity(Expansion):
    """Regions with denser neurons get more units, by the ratio of densities or by their rank alone.

    The sparsest region has `seed_units`; others have that times the ratio of densities, or times their rank. Regions of
    equal density share the mean of their ranks (the published code refuses ties and missing densities).
    """

    kind: Literal["density"] = "density"
    title: ClassVar[str] = "By neuron density"
    source: ClassVar[str] = "Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608"
    sets: ClassVar[str] = "seed_units"
    by: Annotated[
        Literal["ratio", "rank"], Field(description="Units follow the ratio of densities, or their rank alone")
    ] = "ratio"
    seed_units: Annotated[
        int, Field(ge=1, le=1000, description="Units of the region with the lowest density."), Typical(1, 10, 1)
    ] = 1
    densities: Annotated[Densities, Field(description="Where the densities come from.")] = Densities()
    synapses: OfUnits = Synapses()

    def sizes(self, measured: Measurement) -> Int[np.ndarray, " regions"]:
        """At least 1 for every region that is not dropped."""
        density = self.densities.of(measured)
        known = ~np.isnan(density)
        relative = rankdata(density[known]) if self.by == "rank" else density[known] / density[known].min()
        sizes = np.zeros(measured.n, int)
        sizes[known] = np.rint(relative * self.seed_units)
        return sizes


class Total(Expansion):
    """A total number of units, shared out equally or by neuron density, at least one for each region.

    What is left after rounding down goes to the largest remainders.
    """

    kind: Literal["total"] = "total"
    title: ClassVar[str] = "To a total"
    sets: ClassVar[str] = "total"
    total: Annotated[int, Field(ge=1, le=MOST_UNITS, description="Units in all."), Typical(50, 1000, 10)] = 300
    shared: Annotated[
        Literal["equally", "by_density"],
        Field(description="Equal numbers, or more where neurons are denser"),
    ] = "equally"
    densities: Annotated[Densities, Field(description="Where the densities come from, if they count.")] = Densities()
    synapses: OfUnits = Synapses()

    def sizes(self, measured: Measurement) -> Int[np.ndarray, " regions"]:
        """They add up to the total."""
        density = self.densities.of(measured) if self.shared == "by_density" else np.ones(measured.n)
        known = ~np.isnan(density)
        if self.total < known.sum():
            raise Invalid(f"{self.total} units are too few for {known.sum()} regions.", "wiring.expansion.total")
        sizes = np.zeros(measured.n, int)
        sizes[known] = scaled_sizes(density[known], self.total)
        return sizes


AnyExpansion = Constant | Listed | ByDensity | Total


def did(expansion: AnyExpansion, sizes: Int[np.ndarray, " regions"]) -> str:
    """What an expansion does, for the provenance of a connectome."""
    few, many, synapses = int(sizes.min()), int(sizes.max()), expansion.synapses
    each = f"{few}" if few == many else f"{few} to {many}"
    return (
        f"{each} units for each of {len(sizes)} regions, {int(sizes.sum())} in all, at the region's position; "
        f"a unit contacts {synapses.density_between:g} of the units of other regions and "
        f"{synapses.density_within:g} of its own; {synapses.weights.title}; conserved: {synapses.conserved}."
    )


def require_regions(named: dict[str, object], measured: Measurement, address: str) -> None:
    """Raises Invalid for a name that no region has."""
    known = set(measured.names)
    for name in named:
        if name not in known:
            said = near(name, measured.names) or f" The first are {', '.join(measured.names[:5])}."
            raise Invalid(f"There is no region '{name}' in this connectome.{said}", address)


def _at(field: str) -> str:
    return f"wiring.expansion.densities.{field}"
