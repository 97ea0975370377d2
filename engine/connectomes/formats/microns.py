"""One MICrONS imaging field, as a folder or zip: synapse counts, positions and spike correlations of the same neurons.

`source`: Shakiba et al. 2026, arXiv:2606.14975. Its code counts synapses over `set(root_ids)`, so the rows of the
connectome come in the order in which CPython goes through that set and not in that of all other files. For 64-bit
ids that order does not depend on the machine, so the rows are put back (field 6_6_2: connected neurons are then 91 µm
apart, with the rows as stored 315 µm, by chance 319 ± 13 µm).
"""

import io
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.archive import Bag, bag, base, zip_names
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.npy import is_of_objects, plain_array
from engine.connectomes.formats.object_array import rows_of_numbers, unequal_rows, whole_numbers
from engine.connectomes.spike_measures import MOST_SPIKES, Spikes, spikes_of

VOXEL_UM = (0.004, 0.004, 0.040)
ALIGNED, STORED = "by id", "as stored"
FUNCTIONS = {"sttc": "sttc", "correlation": "corr", "precision": "precision"}
SPIKES = "spikes"
IDS = ("root_ids", "unit_ids", "target_ids")


def claims(head: bytes, path: Path) -> bool:
    """Whether a connectome as CSV lies with positions, spikes or their correlations as .npy."""
    names = zip_names(path) if head.startswith(b"PK") else [p.name for p in path.iterdir()] if path.is_dir() else ()
    arrays = [base(name) for name in names if name.endswith(".npy")]
    tables = [base(name) for name in names if name.endswith(".csv") and "connectome" in base(name)]
    return bool(tables) and any(part in name for name in arrays for part in ("position", SPIKES, *FUNCTIONS.values()))


def read(path: Path, chosen: str = "") -> Found:
    """The field, rows of the connectome being presynaptic, put in the order of the ids unless `chosen` is as stored."""
    files = bag(path)
    names, counts = _connectome(files)
    n = len(counts)
    ids = {part: _ids(files, part, n) for part in IDS if files.named(part, ends=".npy")}
    positions = _positions(files, n)
    pairs = {name: _function(files, part, n) for name, part in FUNCTIONS.items() if files.named(part, ends=".npy")}
    order = set_order(ids["root_ids"]) if "root_ids" in ids else None
    counts, chosen, remark = _ordered(counts, order, chosen, positions)
    return Found(
        "MICrONS field", tuple(map(str, ids["root_ids"])) if "root_ids" in ids else names, counts,
        rows_are="source", directed=True, positions_um=positions, position_unit="um", pairs=pairs,
        spikes=_spikes(files, n),
        labels={part.removesuffix("s"): tuple(map(str, values)) for part, values in ids.items() if part != "root_ids"},
        choices=(ALIGNED, STORED) if order is not None else (), chosen=chosen,
        facts={"species": "Mus musculus", "level": "neuron", "unit": "synapses",
               "citation": "MICrONS Consortium (2025) Functional connectomics spanning multiple areas of mouse visual "
               "cortex, Nature; fields by Shakiba et al. (2026) arXiv:2606.14975"},
        remarks=remark,
    )  # fmt: skip


def set_order(ids: Int[np.ndarray, " units"]) -> Int[np.ndarray, " units"]:
    """For each row of the connectome the index into `ids` of its neuron: as CPython goes through the set of them."""
    where = {id: index for index, id in enumerate(ids.tolist())}
    return np.array([where[id] for id in set(ids.tolist())])


def _ordered(
    counts: Float[np.ndarray, "pre post"], order: np.ndarray | None, chosen: str, positions: np.ndarray | None
) -> tuple[Float[np.ndarray, "pre post"], str, tuple[str, ...]]:
    """The counts in the order that is chosen, or else in the one where connected neurons are nearer to each other."""
    if chosen and chosen not in ((STORED,) if order is None else (ALIGNED, STORED)):
        raise Invalid(f"'{shown(chosen)}' is no order of these rows; '{STORED}' is.", "variable")
    if order is None:
        said = "The rows of the connectome may be ordered otherwise than the positions, and there are no root ids."
        return counts, STORED, (said,)
    aligned = np.zeros_like(counts)
    aligned[np.ix_(order, order)] = counts
    said, best = "The published code stores the rows of the connectome in another order than all other files", ALIGNED
    if positions is not None and counts.any():
        near, far = (_mean_distance(each, positions) for each in (aligned, counts))
        said += f" (connected neurons are {near:.0f} µm apart in the order of the ids, {far:.0f} µm as stored)"
        best = ALIGNED if near <= far else STORED
    chosen = chosen or best
    done = "they were put in the order of the ids" if chosen == ALIGNED else "they were left as stored"
    return (aligned if chosen == ALIGNED else counts), chosen, (f"{said}; {done}.",)


def _mean_distance(counts: np.ndarray, positions: np.ndarray) -> float:
    pre, post = np.nonzero(counts)
    return float(np.linalg.norm(positions[pre] - positions[post], axis=1).mean())


def _connectome(files: Bag) -> tuple[tuple[str, ...], Float[np.ndarray, "pre post"]]:
    member = files.named("connectome", ends=".csv")
    head, _, body = files.text(member).partition("\n")
    names = limits.labels((cell.strip('"') for cell in head.rstrip("\r").split(",")[1:]), member)
    limits.require_side((len(names), body.count("\n")), member)
    with limits.reading(f"{files.path.name}/{member}", "table of synapse counts"):
        counts = np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2)[:, 1:]
    if not names or counts.shape != (len(names), len(names)):
        size = " x ".join(map(str, counts.shape))
        raise Invalid(f"{shown(member)} has {len(names)} named columns but {size} counts; a connectome is square.")
    return names, counts


def _ids(files: Bag, part: str, n: int) -> Int[np.ndarray, " units"]:
    member = files.named(part, ends=".npy")
    data = files.read(member)
    start = is_of_objects(data, member)
    ids = whole_numbers(data, start, member) if start else plain_array(data, member)
    if ids.dtype.kind not in "iu":
        raise Invalid(f"{shown(member)} holds ids that are no whole numbers; ids beyond 2^53 are lost as floats.")
    if part == "root_ids" and len(np.unique(ids)) != ids.size:
        raise Invalid(f"{shown(member)} names a neuron twice.")
    return _fitting(ids, (n,), member)


def _positions(files: Bag, n: int) -> Float[np.ndarray, "units 3"] | None:
    member = files.named("position", ends=".npy")
    if member is None:
        return None
    data = files.read(member)
    start = is_of_objects(data, member)
    voxels = rows_of_numbers(data, start, member) if start else limits.numbers(plain_array(data, member), member)
    return _fitting(voxels, (n, 3), member) * VOXEL_UM


def _spikes(files: Bag, n: int) -> Spikes | None:
    """Spike times in seconds, one row a unit: of any length, or a table that is filled up with nan."""
    member = files.named(SPIKES, ends=".npy")
    if member is None:
        return None
    data = files.read(member)
    start = is_of_objects(data, member)
    rows = unequal_rows(data, start, member, MOST_SPIKES) if start else _filled_up(data, member)
    if len(rows) != n:
        raise Invalid(f"{shown(member)} has spikes of {len(rows)} units, but the connectome has {n} neurons.")
    try:
        return spikes_of(rows)
    except Invalid as fault:
        raise Invalid(f"{shown(member)}: {fault}") from None


def _filled_up(data: bytes, member: str) -> list[np.ndarray]:
    table = limits.numbers(plain_array(data, member), member)
    if table.ndim != 2:
        raise Invalid(f"{shown(member)} is no list of spike times, one row a unit.")
    known = len(table.T) - np.argmin(np.isnan(table)[:, ::-1], axis=1) if table.size else np.zeros(len(table), int)
    return [row[: 0 if np.isnan(row).all() else end] for row, end in zip(table, known, strict=True)]


def _function(files: Bag, part: str, n: int) -> Float[np.ndarray, "units units"]:
    member = files.named(part, ends=".npy")
    values = limits.numbers(_fitting(plain_array(files.read(member), member), (n, n), member), member)
    if not np.triu(values, 1).any():  # spike-time tiling is stored as its lower triangle
        return values + np.tril(values, -1).T
    return values


def _fitting(values: np.ndarray, shape: tuple[int, ...], member: str) -> np.ndarray:
    if values.shape != shape:
        size = " x ".join(map(str, values.shape))
        raise Invalid(f"{shown(member)} is {size}, but the connectome has {shape[0]} neurons.")
    return values
