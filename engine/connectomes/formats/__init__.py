"""A user's own files: look → questions → answers → graph."""

from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.look import look

__all__ = ["Edges", "Found", "look"]
