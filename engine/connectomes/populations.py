"""Cell types in layers of areas, connected as a table of probabilities says."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int8
from pydantic import BeforeValidator, Field

from engine.component import Component, Invalid, Typical, near
from engine.connectomes.assembly import assembled
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Exact, LeastInputs, SelfConnections, WeightSpread, drawn
from engine.connectomes.probability_table import MOST_ROWS, ProbabilityRow, read_table, require_distinct
from engine.connectomes.signs import SignRule, Unsigned
from engine.connectomes.visual_cortex import TABLE
from engine.connectomes.wiring import MOST_UNITS, Wiring, require_units

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Population(Component):
    """Units of one cell type in one layer of one area."""

    title: ClassVar[str] = "Population"
    area: Annotated[Name, Field(description="Its area.")] = "V1"
    layer: Annotated[Name, Field(description="Its layer.")] = "L4"
    type: Annotated[Name, Field(description="Its cell type.")] = "Pyr"
    units: Annotated[
        int, Field(ge=1, le=MOST_UNITS, description="Number of units, before scaling."), Typical(1, 100, 1)
    ] = 12
    sign: Annotated[Literal["excitatory", "inhibitory"], Field(description="What its units do.")] = "excitatory"

    def __str__(self) -> str:
        return f"{self.area} {self.layer} {self.type}"


VISUAL_CORTEX = tuple(
    Population(area=area, layer=layer, type=type_, units=units, sign=sign)
    for area in ("V1", "LM")
    for layer in ("L4", "L2/3", "L5")
    for type_, units, sign in (("Pyr", 12, "excitatory"), ("SST", 2, "inhibitory"), ("VIP", 1, "inhibitory"))
)


class SignsOfTypes(SignRule):
    """Units have the sign that is written beside their population."""

    title: ClassVar[str] = "By cell type"
    source: ClassVar[str] = "the source of the wiring"

    def signs(self, unsigned: Unsigned, rng: np.random.Generator) -> tuple[Int8[np.ndarray, " pre"], tuple[str, ...]]:
        return np.sign(unsigned.evidence).astype(np.int8), ()


class PopulationsWiring(Wiring):
    """A table says how likely each cell type of a layer projects to each other one, within areas and between them.

    The default is the network of 18 populations of mouse V1 and LM. Its paper prunes trained weights with these
    probabilities, where connections are drawn here. Its table has layer 6 too, of which that network has no units; what
    happens between areas are three routes of excitatory neurons with probability 0.3. It has 16 times these units.
    """

    kind: Literal["populations"] = "populations"
    title: ClassVar[str] = "Cell types and layers"
    source: ClassVar[str] = "Balwani et al. (2025) Sci Adv, doi 10.1126/sciadv.adw4970"
    populations: Annotated[
        tuple[Population, ...], Field(min_length=1, max_length=1000, description="The populations, in order.")
    ] = VISUAL_CORTEX
    scale: Annotated[
        int, Field(ge=1, le=MOST_UNITS, description="Every population has so many times its units."), Typical(1, 16, 1)
    ] = 2
    table: Annotated[
        tuple[ProbabilityRow, ...],
        BeforeValidator(lambda value: read_table(value) if isinstance(value, str) else value),
        Field(
            max_length=MOST_ROWS,
            description="Who projects how likely to whom, also as CSV; others do not.",
        ),
    ] = TABLE
    areas_are: Annotated[
        Literal["area", "layer", "area_layer"],
        Field(description="What counts as an area of the network: areas, layers, or the layers of each area."),
    ] = "area"
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units V1 L4 Pyr.1 … Raises Invalid if the table or the populations contradict themselves."""
        self._require_sense()
        sizes = [population.units * self.scale for population in self.populations]
        require_units(sum(sizes), "wiring.scale")
        of = np.repeat(np.arange(len(sizes)), sizes)
        n, (chance, unused) = len(of), self.probabilities()
        signs = np.array([1 if p.sign == "excitatory" else -1 for p in self.populations])
        strengths = drawn(chance[np.ix_(of, of)], n, self, rng, of)
        labels = {name: tuple(getattr(self.populations[p], name) for p in of) for name in ("area", "layer", "type")}
        labels["area_layer"] = tuple(f"{self.populations[p].area} {self.populations[p].layer}" for p in of)
        labels["population"] = tuple(str(self.populations[p]) for p in of)
        unsigned = Unsigned(strengths, labels[self.areas_are], labels["population"], evidence=signs[of].astype(float))
        names = tuple(f"{p}.{k}" for p, size in zip(self.populations, sizes, strict=True) for k in range(1, size + 1))
        return assembled(
            unsigned, SignsOfTypes(), rng, names, cell_types=labels.pop("type"), labels=labels,
            provenance=(f"{len(sizes)} populations, connected by a table of {len(self.table)} probabilities.",),
            remarks=unused, least_inputs=self.least_inputs,
        )  # fmt: skip

    def probabilities(self) -> tuple[Float[np.ndarray, "populations populations"], tuple[str, ...]]:
        """The chance from the population of the column to that of the row; and a remark on rows that concern nobody."""
        parts = [(p.area, p.layer, p.type) for p in self.populations]
        index = {part: k for k, part in enumerate(parts)}
        chance, unused = np.zeros((len(parts), len(parts))), 0
        areas = tuple(dict.fromkeys(area for area, _, _ in parts))
        for row in sorted(self.table, key=lambda row: bool(row.pre_area)):
            within = [(area, area) for area in areas]
            ends = [(row.pre_area, row.post_area)] if row.pre_area else within
            pairs = [((pre, *row.pair[0][1:]), (post, *row.pair[1][1:])) for pre, post in ends]
            found = [(index[post], index[pre]) for pre, post in pairs if pre in index and post in index]
            unused += not found and row.connection_probability > 0
            for at in found:
                chance[at] = row.connection_probability
        said = (
            f"{unused} row{'s' if unused > 1 else ''} of the table above 0 concern cell types that have no units here."
        )
        return chance, (said,) if unused else ()

    def _require_sense(self) -> None:
        names = [str(population) for population in self.populations]
        twice = next((k for k, name in enumerate(names) if name in names[:k]), None)
        if twice is not None:
            said = f"Two populations are '{names[twice]}'; give one another area, layer or type."
            raise Invalid(said, f"wiring.populations.{twice}")
        require_distinct(self.table, "wiring.table")
        areas = {population.area for population in self.populations} | {""}
        for index, row in enumerate(self.table):
            for end in ("pre_area", "post_area"):
                if (name := getattr(row, end)) not in areas:
                    known = near(name, areas) or f" Areas are {', '.join(sorted(areas - {''}))}."
                    said = f"Row {index + 1} of the table names the area '{name}', which has no population.{known}"
                    raise Invalid(said, f"wiring.table.{index}.{end}")
