"""A measured connectome as the wiring of a network."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import Field

from engine.component import Invalid, Options, Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.catalogue import choices, graph, measured_graph, measurement
from engine.connectomes.connectome import Connectome
from engine.connectomes.expand import PairsOfUnits, Size, about_expansion, expanded, repeated, unit_names
from engine.connectomes.expansion import AnyExpansion, Constant, did
from engine.connectomes.graph_cut import AnyCut, cut
from engine.connectomes.layout import areas_by, merged
from engine.connectomes.record import Measurement
from engine.connectomes.signs import RatioByUnit, Signs, Unsigned
from engine.connectomes.transform import Transform, strongest, transformed
from engine.connectomes.wiring import Wiring, require_units


class MeasuredWiring(Wiring):
    """Who connects to whom was measured in an animal; what tractography or tracing cannot tell is assigned by rule."""

    kind: Literal["measured"] = "measured"
    title: ClassVar[str] = "Measured connectome"
    source: ClassVar[str] = "the citation in the record of the connectome"
    connectome: Annotated[str, Field(description="The measured connectome."), Options(of=choices)] = "human_dk84"
    matrix: Annotated[str, Field(description="Which of its matrices; empty for the first.")] = ""
    cuts: Annotated[
        tuple[AnyCut, ...],
        Field(max_length=20, description="Which part of it is used, by one cut after the other; none: all of it."),
    ] = ()
    transform: Annotated[
        Transform, Field(description="Scale of the weights: streamline and synapse counts are heavy-tailed.")
    ] = "log1p"
    density: Annotated[
        float | None,
        Field(
            gt=0,
            le=1,
            description="Keep the strongest connections, as this share of all possible ones; none: as measured.",
        ),
        Typical(0.02, 0.5, 0.01),
    ] = 0.25
    expansion: Annotated[
        AnyExpansion, Field(discriminator="kind", description="Units that stand for each region or neuron.")
    ] = Constant()
    signs: Signs = RatioByUnit()
    area_by: Annotated[
        str,
        Field(description="The label that areas are read from; empty for the record's own, 'one' for a single area."),
    ] = ""
    merged_areas: Annotated[dict[str, str], Field(description="Areas that get another name; equal names merge.")] = {}
    self_connections: Annotated[
        bool, Field(description="Keep connections of a region with itself, where they were measured.")
    ] = False

    def __hash__(self) -> int:
        return hash(self.model_dump_json())  # `merged_areas` has no hash of its own

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Threshold, transform, expand, sign. Raises Invalid for an unknown connectome, matrix, label or area."""
        (by_lot,) = rng.spawn(1)  # cuts and synapses have streams of their own, so that signs stay as they were
        measured, left_out = self._measured(by_lot)
        areas = merged(
            areas_by(measured.labels, self.area_by or measured.record.area_by, measured.n), self.merged_areas
        )
        sizes = self._sizes(measured)
        regions, remarks = self._regions(measured, sizes, rng)
        labels = {label: repeated(values, sizes) for label, values in measured.labels.items()}
        if (sizes != 1).any():
            labels["region"] = repeated(measured.names, sizes)
        made = assembled(
            _unsigned(measured, self.expansion.synapses.drawn(regions, sizes, by_lot), repeated(areas, sizes), sizes),
            self.signs,
            rng,
            unit_names(measured.names, sizes),
            cell_types=labels.get(measured.record.cell_type),
            positions_um=None if measured.positions_um is None else np.repeat(measured.positions_um, sizes, 0),
            labels=labels,
            provenance=self._provenance(measured, sizes),
            remarks=(*measured.record.remarks, *left_out, *remarks),
        )
        unknown = None if measured.unknown is None else expanded(measured.unknown, sizes)
        return made.but(pairs=PairsOfUnits(measured.pairs, sizes), unknown=unknown)

    def expected(self, rng: np.random.Generator) -> Size:
        """What `wired` will yield under the same `rng`, counted without building it. Raises Invalid as it does."""
        measured, _ = self._measured(*rng.spawn(1))
        sizes = self.expansion.sizes(measured)
        regions, _ = self._regions(measured, sizes, rng)
        return Size(int(sizes.sum()), self.expansion.synapses.count(regions, sizes))

    def _measured(self, by_lot: np.random.Generator) -> tuple[Measurement, tuple[str, ...]]:
        """The connectome, or the part that the cuts leave while it is still a list; and what they left out."""
        if not self.cuts:
            return measurement(self.connectome, self.matrix), ()
        part, left_out = cut(graph(self.connectome, self.matrix), self.cuts, by_lot)
        require_units(part.n, "wiring.cuts")
        return measured_graph(part, self.connectome, self.matrix), left_out

    def _sizes(self, measured: Measurement) -> Int[np.ndarray, " regions"]:
        sizes = self.expansion.sizes(measured)
        address = f"wiring.expansion.{self.expansion.sets}"
        require_units(int(sizes.sum()), address)
        if not sizes.any():
            raise Invalid("Every region is left out, so that there is no unit; give some of them units.", address)
        return sizes

    def _regions(
        self, measured: Measurement, sizes: Int[np.ndarray, " regions"], rng: np.random.Generator
    ) -> tuple[Float[np.ndarray, "post pre"], tuple[str, ...]]:
        """Weights between regions and within them, and what a user should know about them."""
        keep, remarks = self._kept(measured, rng)
        strengths = transformed(np.where(keep, measured.strengths, 0.0), self.transform)
        regions = self.expansion.synapses.regional(strengths, sizes)
        return regions, (*remarks, *about_expansion(measured.names, strengths, regions, sizes))

    def _kept(
        self, measured: Measurement, rng: np.random.Generator
    ) -> tuple[Bool[np.ndarray, "post pre"], tuple[str, ...]]:
        keep, remarks = measured.strengths > 0, []
        own = np.diag(keep).copy()
        if self.density is not None:
            if self.density > measured.matrix.density:
                less = f"the measured density is {measured.matrix.density:.3g}, less than {self.density:g}"
                remarks.append(f"All connections are kept: {less}.")
            else:
                keep, kept, ties = strongest(measured.strengths, self.density, measured.matrix.directed, rng)
                if kept < ties:
                    remarks.append(f"{kept} of {ties} equally strong connections at the threshold were kept, by lot.")
        np.fill_diagonal(keep, own & self.self_connections)
        return keep, (*remarks, *self._about_self_connections(measured, own))

    def _about_self_connections(self, measured: Measurement, own: Bool[np.ndarray, " units"]) -> tuple[str, ...]:
        lost = own.sum() and not self.self_connections
        said = (f"{int(own.sum())} measured self-connections are left out.",) if lost else ()
        if self.self_connections and not own.any():
            said += ("No self-connections were measured in this connectome.",)
        return said

    def _provenance(self, measured: Measurement, sizes: Int[np.ndarray, " regions"]) -> tuple[str, ...]:
        record, matrix = measured.record, measured.matrix
        share = "as measured" if self.density is None else f"the strongest, up to a density of {self.density:g}"
        return (
            f"{record.title}: {matrix.title.lower()} ({record.source}).",
            f"Connections kept: {share}.",
            f"Weights: {self.transform}.",
            *((did(self.expansion, sizes),) if (sizes != 1).any() else ()),
        )


def _unsigned(
    measured: Measurement,
    strengths: Float[np.ndarray, "post pre"],
    areas: tuple[str, ...],
    sizes: Int[np.ndarray, " regions"],
) -> Unsigned:
    signs, transmitters = measured.edge_signs, measured.labels.get("transmitter")
    return Unsigned(
        strengths,
        areas,
        repeated(measured.names, sizes),
        None if signs is None else expanded(signs, sizes),
        None if signs is None else np.repeat((measured.strengths * signs).sum(0), sizes),
        None if transmitters is None else repeated(transmitters, sizes),
    )
