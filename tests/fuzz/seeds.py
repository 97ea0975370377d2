"""Good files of every format, small, made from one matrix, the same bytes every time: what mutations begin with."""

import bz2
import csv
import gzip
import io
import json
import re
import zipfile
from datetime import datetime
from pathlib import Path

import h5py
import networkx
import numpy as np
import openpyxl
import scipy.io
import scipy.sparse

N = 9
NAMES = [f"u{i}" for i in range(N)]
IDS = 864691135000000000 + np.arange(N) * 7919


def matrix() -> np.ndarray:
    """Synapse counts of a few units, without symmetry."""
    rng = np.random.default_rng(7)
    counts = rng.poisson(1.5, (N, N)) * (rng.random((N, N)) < 0.6)
    np.fill_diagonal(counts, 0)
    return counts.astype(float)


def make(folder: Path) -> list[Path]:
    """Writes them all; returns their paths in order."""
    folder.mkdir(parents=True, exist_ok=True)
    for write in (_text, _numpy, _matlab, _hdf5, _graphs, _archives):
        write(folder, matrix())
    return sorted(folder.iterdir())


def _text(folder: Path, W: np.ndarray) -> None:
    np.savetxt(folder / "bare.csv", W, "%g", ",")
    np.savetxt(folder / "space.txt", W, "%.3f")
    (folder / "comma.csv").write_text("\n".join(";".join(f"{w:.1f}".replace(".", ",") for w in row) for row in W))
    with (folder / "labelled.csv").open("w") as file:
        csv.writer(file).writerows([["", *NAMES], *([name, *row] for name, row in zip(NAMES, W, strict=True))])
    edges = [(IDS[i], IDS[j], W[i, j]) for i, j in zip(*np.nonzero(W), strict=True)]
    _rows(folder / "edges.tsv", [("from type", "to type", "weight"), *edges], "\t")
    _rows(
        folder / "neuprint.csv",
        [("bodyId_pre", "bodyId_post", "roi", "weight"), *((i, j, "A", w) for i, j, w in edges)],
    )
    _rows(folder / "cave.csv", [("id", "pre_pt_root_id", "post_pt_root_id", "size", "ctr_pt_position"),
                                *((k, i, j, 100, "[1 2 3]") for k, (i, j, _) in enumerate(edges))])  # fmt: skip
    head = ("pre_root_id", "post_root_id", "neuropil", "syn_count", "nt_type")
    _rows(folder / "codex.csv", [head, *((i, j, "EB", int(w), "ACH") for i, j, w in edges)])
    (folder / "codex.csv.gz").write_bytes(gzip.compress((folder / "codex.csv").read_bytes(), mtime=0))
    book = openpyxl.Workbook()
    for row in [["", *NAMES], *([n, *map(float, r)] for n, r in zip(NAMES, W, strict=True))]:
        book.active.append(row)
    book.properties.created = book.properties.modified = datetime(2026, 1, 1)
    book.save(folder / "sheet.xlsx")
    with zipfile.ZipFile(folder / "sheet.xlsx") as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["docProps/core.xml"] = re.sub(
        rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-01-01T00:00:00Z", members["docProps/core.xml"]
    )
    _zip(folder / "sheet.xlsx", members)


def _rows(path: Path, rows: list, delimiter: str = ",") -> None:
    with path.open("w") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)


def _numpy(folder: Path, W: np.ndarray) -> None:
    np.save(folder / "square.npy", W)
    np.save(folder / "columns.npy", np.asfortranarray(W.astype(np.float32)))
    np.save(folder / "edges.npy", np.argwhere(W))
    np.savez_compressed(folder / "bundle.npz", weights=W, labels=NAMES, coords=W[:, :3], lengths=W + W.T)
    for form in ("csr", "csc", "coo"):
        scipy.sparse.save_npz(folder / f"{form}.npz", scipy.sparse.coo_array(W).asformat(form))
    post, pre = np.nonzero(W.T)
    listed = {"w.post": post, "w.pre": pre, "w.weight": W[pre, post], "w.sign": np.ones(len(pre), np.int8)}
    np.savez(folder / "asset.npz", **listed)


def _matlab(folder: Path, W: np.ndarray) -> None:
    cells = np.empty((N, 1), object)
    cells[:, 0] = NAMES
    variables = {"SC": W, "names": cells, "chars": np.array(NAMES), "len": W + W.T, "s": {"a": 1}, "xyz": W[:, :3]}
    scipy.io.savemat(folder / "plain.mat", variables)
    scipy.io.savemat(folder / "packed.mat", variables, do_compression=True)
    scipy.io.savemat(folder / "sparse.mat", {"W": scipy.sparse.csc_matrix(W)})
    for path in folder.glob("*.mat"):
        path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + path.read_bytes()[116:])  # without the date


def _hdf5(folder: Path, W: np.ndarray) -> None:
    with h5py.File(folder / "tvb.h5", "w") as file:
        file.update({"weights": W, "tract_lengths": W + W.T, "centres": W[:, :3], "region_labels": NAMES})
        file.create_dataset("packed", data=W, chunks=(3, 3), compression="gzip", shuffle=True, fletcher32=True)
    with h5py.File(folder / "utilities.h5", "w") as file:
        file["connectivity/full_matrix/edge_indices/block0_values"] = np.argwhere(W)
        file["connectivity/full_matrix/edges/block0_values"] = W[W > 0][:, None]
        file["connectivity/full_matrix/vertex_properties/axis1"] = IDS
    with h5py.File(folder / "v73.mat", "w", userblock_size=512) as file:
        file["SC"] = W.T
        file["SC"].attrs["MATLAB_class"] = np.bytes_("double")
        references = [file.create_dataset(f"#refs#/{n}", data=np.array([[ord(c)] for c in n], "u2")).ref for n in NAMES]
        file.create_dataset("names", data=np.array([references], dtype=h5py.ref_dtype), dtype=h5py.ref_dtype)
    data = bytearray((folder / "v73.mat").read_bytes())
    data[:19] = b"MATLAB 7.3 MAT-file"
    (folder / "v73.mat").write_bytes(data)


def _graphs(folder: Path, W: np.ndarray) -> None:
    graph = networkx.from_numpy_array(W, create_using=networkx.DiGraph)
    for i, node in enumerate(graph.nodes.values()):
        node.update(x=float(i), y=0.5, z=-1.0, kind="K")
    networkx.write_graphml(graph, folder / "graph.graphml")
    networkx.write_gml(networkx.relabel_nodes(graph, dict(enumerate(NAMES))), folder / "graph.gml")


def _archives(folder: Path, W: np.ndarray) -> None:
    centres = "\n".join(f"'{name} x' {i} 2.5 -3" for i, name in enumerate(NAMES))
    rows = "\n".join(" ".join(f"{w:g}" for w in row) for row in W)
    tvb = {"c/weights.txt": rows, "c/tract_lengths.txt": rows, "c/centres.txt": centres, "c/hemispheres.txt": "0\n" * N}
    _zip(folder / "tvb.zip", {name: text.encode() for name, text in tvb.items()})
    _zip(folder / "tvb_bz2.zip", {f"{name}.bz2": bz2.compress(text.encode()) for name, text in tvb.items()})
    table = "\n".join(
        [",".join(["", *map(str, range(N))]), *(f"{i}," + ",".join(f"{w:g}" for w in r) for i, r in enumerate(W))]
    )
    places = np.empty(N, object)
    places[:] = [np.array([i, 2 * i, 3]) for i in range(N)]
    trains = np.empty(N, object)
    trains[:] = [np.arange(i) * 0.07 for i in range(N)]
    field = {
        "spikes_1_2_3": trains,
        "sttc_matrix": np.tril(W),
        "positions_1_2_3": places,
        "root_ids_1_2_3": IDS,
        "corr_matrix": W + W.T,
    }
    arrays = {f"{name}.npy": _npy(array) for name, array in field.items()}
    _zip(folder / "field.zip", {"connectome_1_2_3.csv": table.encode(), **arrays})
    stem = "atlas-X_meas-count"
    about = {"Directed": True, "Weighted": True, "ValidDiagonal": False, "NonNegative": "True"}
    nodes = "index\tname\n" + "\n".join(f"{i + 1}\t{name}" for i, name in enumerate(NAMES))
    _zip(folder / "bids.zip", {f"{stem}_relmat.dense.tsv": rows.replace(" ", "\t").encode(),
                               f"{stem}_relmat.json": json.dumps(about).encode(),
                               "atlas-X_nodeindices.tsv": nodes.encode()})  # fmt: skip


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=array.dtype.hasobject)
    return stream.getvalue()


def _zip(path: Path, members: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
