"""Connections of the fly as FlyWire Codex exports them: one row per pair, neuropil and transmitter."""

from pathlib import Path

import numpy as np

from engine.connectomes.formats import limits
from engine.connectomes.formats.edge_list import column_of, grouped, require_column, units_of
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.table import Table, table

# Acetylcholine excites and GABA and glutamate inhibit in the fly (Shiu et al. 2024); of amines the sign is not known.
SIGNS = {"ACH": 1, "GABA": -1, "GLUT": -1}


def claims(head: bytes, path: Path) -> bool:
    """Whether the header names root ids and a synapse count."""
    first = head.partition(b"\n")[0].lower()
    return all(word in first for word in (b"pre_root_id", b"post_root_id", b"syn_count"))


def read(path: Path, chosen: str = "") -> Found:
    """Synapse counts between neurons, added up over neuropils; signs by transmitter where it is told."""
    found = table(limits.content(path), path.name)
    source, target, count = (require_column(found, word) for word in ("pre_root_id", "post_root_id", "syn_count"))
    names, ends = units_of(found, source, target)
    rows = Edges(*ends, found.numbers([count])[:, 0], _signs(found))
    edges = grouped(rows, len(names))
    said = f"{len(rows.weight):,} rows are {len(edges.weight):,} pairs: their synapses are added over neuropils."
    remarks = (said,) if len(edges.weight) < len(rows.weight) else ()
    if edges.sign is not None:
        remarks += ("Signs follow the transmitter, as in the fly: ACH excites, GABA and GLUT inhibit.",)
    return Found(
        "FlyWire Codex connections", names, edges=edges, rows_are="source", directed=True, remarks=remarks,
        facts={"unit": "synapses", "level": "neuron", "species": "Drosophila melanogaster"},
    )  # fmt: skip


def _signs(found: Table) -> np.ndarray | None:
    column = column_of(found.header, ("nt_type",))
    if column is None:
        return None
    codes, words = found.words(column)
    return np.array([SIGNS.get(word.upper(), 0) for word in words], np.int8)[codes]
