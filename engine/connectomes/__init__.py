"""Connectomes: measured ones, and rules that make them. `AnyWiring` is the one list of the family."""

from engine.connectomes.areas import Area, AreasWiring
from engine.connectomes.column import ColumnWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.measured import MeasuredWiring
from engine.connectomes.random import RandomWiring
from engine.connectomes.record import MatrixRecord, Measurement, Record
from engine.connectomes.spatial import SpatialWiring
from engine.connectomes.wiring import Wiring

AnyWiring = MeasuredWiring | RandomWiring | SpatialWiring | AreasWiring | ColumnWiring

__all__ = [
    "AnyWiring", "Area", "AreasWiring", "ColumnWiring", "Connectome", "MatrixRecord", "MeasuredWiring", "Measurement",
    "RandomWiring", "Record", "SpatialWiring", "Wiring",
]  # fmt: skip
