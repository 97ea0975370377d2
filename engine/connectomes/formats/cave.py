"""A synapse table of CAVE (MICrONS, H01, …): one row per synapse."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.edge_list import column_of, grouped, identities, require_column
from engine.connectomes.formats.found import Edges, Found
from engine.connectomes.formats.table import Table, table

VOXEL_UM = np.array([0.004, 0.004, 0.04])  # of the positions in synapse tables of MICrONS


def claims(head: bytes, path: Path) -> bool:
    """Whether the header names the roots of both ends of a synapse."""
    first = head.partition(b"\n")[0].lower()
    return b"pre_pt_root_id" in first and b"post_pt_root_id" in first


def read(path: Path, chosen: str = "") -> Found:
    """Synapses counted by pair of neurons, without autapses and without what lies outside all neurons (root 0).

    `chosen` weighs a connection by the summed size of its synapses. A neuron lies where its synapses lie on average.
    """
    found = table(limits.content(path), path.name)
    ends = [identities(found, require_column(found, f"{end}_pt_root_id")) for end in ("pre", "post")]
    nowhere, self = (ends[0] == 0) | (ends[1] == 0), ends[0] == ends[1]
    keep = ~nowhere & ~self
    if not keep.any():
        raise Invalid(f"{path.name} has no synapse between two different neurons.")
    codes, units = pd.factorize(np.concatenate([end[keep] for end in ends]), sort=True)
    source, target = np.split(codes, 2)
    size = column_of(found.header, ("size",))
    chosen = chosen if size is not None and chosen == "size" else "count"
    weight = found.numbers([size])[keep, 0] if chosen == "size" else np.ones(len(source))
    edges = grouped(Edges(source, target, weight), len(units))
    return Found(
        "CAVE synapse table", tuple(map(str, units)), edges=edges, rows_are="source", directed=True,
        positions_um=_places(found, keep, source, target, len(units)), position_unit="um",
        choices=("count", "size") if size is not None else (), chosen=chosen if size is not None else "",
        facts={"unit": "synapses" if chosen == "count" else "summed synapse size", "level": "neuron"},
        remarks=_remarks(len(source), len(edges.weight), int((self & ~nowhere).sum()), int(nowhere.sum())),
    )  # fmt: skip


def _places(found: Table, keep: np.ndarray, source: np.ndarray, target: np.ndarray, n: int) -> np.ndarray | None:
    column = column_of(found.header, ("ctr_pt_position",))
    if column is None or not all(re.fullmatch(r"\[?[\d.\s,-]+\]?", text) for text in found.column(column)):
        return None
    parts = pd.Series(found.texts(column)[keep]).str.strip("[] ").str.split(r"[\s,]+", expand=True, regex=True)
    if parts.shape[1] != 3:
        return None
    places = parts.apply(pd.to_numeric, errors="coerce").to_numpy(float) * VOXEL_UM
    if not np.isfinite(places).all():
        return None
    ends, both = np.concatenate([source, target]), np.concatenate([places, places])
    many = np.bincount(ends, minlength=n)[:, None]
    return np.stack([np.bincount(ends, axis, n) for axis in both.T], 1) / many


def _remarks(synapses: int, pairs: int, self: int, nowhere: int) -> tuple[str, ...]:
    said = (f"{synapses:,} synapses are {pairs:,} connections.",)
    if self:
        said += (f"{self:,} autapses are left out: most are errors of the segmentation.",)
    if nowhere:
        said += (f"{nowhere:,} synapses with an end in no neuron (root 0) are left out.",)
    return said
