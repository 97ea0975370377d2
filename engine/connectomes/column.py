"""A cortical column: four layers of excitatory and inhibitory neurons, scaled down."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.catalogue import measurement
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Exact, LeastInputs, SelfConnections, WeightSpread, drawn
from engine.connectomes.signs import EdgeMajority, Unsigned
from engine.connectomes.wiring import MOST_UNITS, Wiring


class ColumnWiring(Wiring):
    """The column of Potjans and Diesmann with fewer neurons: who connects how often, and who inhibits, as published.

    Inhibitory synapses are 4 times as strong as excitatory ones and those from L4E to L2/3E twice as strong as others.
    With fewer neurons each receives fewer connections; the spectral radius of the initial weights makes up for that.
    """

    kind: Literal["column"] = "column"
    title: ClassVar[str] = "Cortical column"
    source: ClassVar[str] = "Potjans TC, Diesmann M (2014) Cereb Cortex 24:785"
    units: Annotated[
        int,
        Field(ge=8, le=MOST_UNITS, description="Number of units, shared out as the neurons are."),
        Typical(80, 800, 20),
    ] = 200
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0
    self_connections: SelfConnections = False

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units L4E.1 … with layers as areas."""
        table = measurement("column_pd14")
        sizes = scaled_sizes(table.tables["neurons"], self.units)
        population = np.repeat(np.arange(table.n), sizes)
        blocks = np.ix_(population, population)
        strengths = drawn(table.strengths[blocks], self.units, self, rng, population)
        relative = table.tables["relative_weight"]
        strengths *= np.abs(relative)[blocks]
        names = tuple(f"{name}.{k}" for name, size in zip(table.names, sizes, strict=True) for k in range(1, size + 1))
        layers, populations = (tuple(table.labels[label][p] for p in population) for label in ("layer", "population"))
        unsigned = Unsigned(
            strengths, layers, populations, np.sign(relative).astype(np.int8)[blocks], relative.sum(0)[population],
        )  # fmt: skip
        labels = {"layer": layers, "population": populations}
        did = f"{table.record.title}, {int(table.tables['neurons'].sum())} neurons scaled to {self.units} units."
        return assembled(
            unsigned, EdgeMajority(), rng, names, labels=labels, provenance=(did,), least_inputs=self.least_inputs
        )


def scaled_sizes(neurons: np.ndarray, units: int) -> list[int]:
    """`units` shared out over populations in proportion to their neurons, at least one for each (largest remainder)."""
    ideal = neurons / neurons.sum() * units
    sizes = np.maximum(1, np.floor(ideal).astype(int))
    while sizes.sum() != units:
        step = 1 if sizes.sum() < units else -1
        most_wanting = np.where((sizes > 1) | (step > 0), step * (ideal - sizes), -np.inf)
        sizes[np.argmax(most_wanting)] += step
    return sizes.tolist()
