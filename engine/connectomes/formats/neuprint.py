"""Connections as neuPrint exports them: bodyId_pre, bodyId_post, weight, and with or without the region (roi)."""

from dataclasses import replace
from pathlib import Path

from engine.connectomes.formats import limits
from engine.connectomes.formats.edge_list import grouped, read_edges
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.table import table


def claims(head: bytes, path: Path) -> bool:
    """Whether the header names the bodies before and after a synapse."""
    first = head.partition(b"\n")[0].lower()
    return b"bodyid_pre" in first and b"bodyid_post" in first


def read(path: Path, chosen: str = "") -> Found:
    """Synapse counts between bodies, added up over regions."""
    found = read_edges(table(limits.content(path), path.name))
    edges = grouped(found.edges, len(found.names))
    said = f"{len(found.edges.weight):,} rows are {len(edges.weight):,} pairs: their synapses are added over regions."
    return replace(
        found, format="neuPrint connections", edges=edges, directed=True, choices=(),
        facts={"unit": "synapses", "level": "neuron"},
        remarks=(said,) if len(edges.weight) < len(found.edges.weight) else (),
    )  # fmt: skip
