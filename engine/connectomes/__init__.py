"""Connectomes: measured ones, and rules that make them. `AnyWiring` is the one list of the family."""

from engine.connectomes.areas import Area, AreasWiring
from engine.connectomes.chain import ChainWiring
from engine.connectomes.column import ColumnWiring
from engine.connectomes.composed import ComposedWiring, Part
from engine.connectomes.connectome import Connectome
from engine.connectomes.imaging_field import ImagingFieldWiring
from engine.connectomes.measured import MeasuredWiring
from engine.connectomes.modular import ModularWiring
from engine.connectomes.populations import Population, PopulationsWiring
from engine.connectomes.probability_table import ProbabilityRow, read_table, write_table
from engine.connectomes.random import RandomWiring
from engine.connectomes.record import MatrixRecord, Measurement, Record
from engine.connectomes.ring import RingWiring
from engine.connectomes.routes import AreaPair, Types
from engine.connectomes.scale_free import ScaleFreeWiring
from engine.connectomes.small_world import SmallWorldWiring
from engine.connectomes.spatial import SpatialWiring
from engine.connectomes.wiring import Wiring

AnyWiring = (
    MeasuredWiring
    | RandomWiring
    | SpatialWiring
    | AreasWiring
    | ModularWiring
    | SmallWorldWiring
    | ScaleFreeWiring
    | RingWiring
    | ChainWiring
    | PopulationsWiring
    | ColumnWiring
    | ImagingFieldWiring
    | ComposedWiring
)
for _recursive in (Part, ComposedWiring):
    _recursive.model_rebuild(_types_namespace={"AnyWiring": AnyWiring, "Part": Part})


__all__ = [
    "AnyWiring", "Area", "AreaPair", "AreasWiring", "ChainWiring", "ColumnWiring", "ComposedWiring", "Connectome",
    "ImagingFieldWiring", "MatrixRecord", "MeasuredWiring", "Measurement", "ModularWiring", "Part", "Population",
    "PopulationsWiring", "ProbabilityRow", "RandomWiring", "Record", "RingWiring", "ScaleFreeWiring",
    "SmallWorldWiring", "SpatialWiring", "Types", "Wiring", "read_table", "write_table",
]  # fmt: skip
