"""A measured connectome as the wiring of a network."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float
from pydantic import Field

from engine.component import Options, Typical
from engine.connectomes.assembly import assembled
from engine.connectomes.catalogue import choices, measurement
from engine.connectomes.connectome import Connectome
from engine.connectomes.expand import expanded, expanded_weights, repeated, unit_names
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
    units_per_region: Annotated[
        int, Field(ge=1, le=100, description="Units that stand for each region or neuron."), Typical(1, 5, 1)
    ] = 1
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
        measured, units = measurement(self.connectome, self.matrix), self.units_per_region
        require_units(measured.n * units, "wiring.units_per_region")
        areas = merged(
            areas_by(measured.labels, self.area_by or measured.record.area_by, measured.n), self.merged_areas
        )
        keep, remarks = self._kept(measured, rng)
        strengths = transformed(np.where(keep, measured.strengths, 0.0), self.transform)
        labels = {label: repeated(values, units) for label, values in measured.labels.items()}
        if units > 1:
            labels["region"] = repeated(measured.names, units)
        return assembled(
            _unsigned(measured, expanded_weights(strengths, units), repeated(areas, units), units),
            self.signs,
            rng,
            unit_names(measured.names, units),
            cell_types=labels.get(measured.record.cell_type),
            positions_um=None if measured.positions_um is None else np.repeat(measured.positions_um, units, 0),
            labels=labels,
            provenance=self._provenance(measured),
            remarks=(*measured.record.remarks, *remarks),
        )

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
        if self.units_per_region > 1 and (lost or not own.any()):
            said += ("Units of one region are not connected with each other.",)
        return said

    def _provenance(self, measured: Measurement) -> tuple[str, ...]:
        record, matrix = measured.record, measured.matrix
        share = "as measured" if self.density is None else f"the strongest, up to a density of {self.density:g}"
        said = (
            f"{record.title}: {matrix.title.lower()} ({record.source}).",
            f"Connections kept: {share}.",
            f"Weights: {self.transform}.",
        )
        if self.units_per_region > 1:
            each = f"{self.units_per_region} units for each of {measured.n} regions"
            said += (f"{each}, which share its weight and its position.",)
        return said


def _unsigned(
    measured: Measurement, strengths: Float[np.ndarray, "post pre"], areas: tuple[str, ...], units: int
) -> Unsigned:
    signs, transmitters = measured.edge_signs, measured.labels.get("transmitter")
    return Unsigned(
        strengths,
        areas,
        repeated(measured.names, units),
        None if signs is None else expanded(signs, units),
        None if signs is None else np.repeat((measured.strengths * signs).sum(0), units),
        None if transmitters is None else repeated(transmitters, units),
    )
