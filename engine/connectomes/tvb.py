"""Two connectomes of the optional package `tvb-data` (GPL-3): never shipped, read as files where it is installed."""

import importlib.util
import io
import zipfile
from functools import lru_cache
from pathlib import Path

import numpy as np

from engine.connectomes.record import MatrixRecord, Measurement, Record

HOW_TO_GET = "pip install 'connectarium[primate]'"
GPL = ("GPL-3.0-or-later", "https://www.gnu.org/licenses/gpl-3.0.html")
RATIOS = ("ratio_by_unit", "ratio_by_region", "unsigned")
ZIPS = {"macaque_cocomac96": "connectivity_96.zip", "human_hagmann66": "connectivity_66.zip"}
SIDES = {"L": "left", "R": "right"}
PARTS = {"TM": "thalamus", "BG": "basal ganglia"}  # prefixes in the 96-region map
COMMON = {
    "level": "region", "sign": "none", "cell_type": "", "signs_offered": RATIOS, "pairs": ("length_mm",), "maps": (), "unknown": (),
    "licence": GPL[0], "licence_url": GPL[1], "licence_files": (), "sha256": "",
}  # fmt: skip


def records() -> tuple[Record, ...]:
    """The two records; unavailable ones say how to get them."""
    available = folder() is not None
    how = "" if available else HOW_TO_GET
    return tuple(record(available, how) for record in (_macaque, _hagmann))


def measurement(record: Record, matrix: MatrixRecord) -> Measurement:
    """The numbers of one of them."""
    names, weights, lengths, positions = _read(ZIPS[record.id])
    labels = _macaque_labels(names) if record.id == "macaque_cocomac96" else _hagmann_labels(names)
    if record.id == "macaque_cocomac96":
        weights = weights.T  # rows are sources: nearly all cortical areas project to the striatum, which projects to almost none
    else:
        weights = (weights + weights.T) / 2
    return Measurement(record, matrix, weights, None, names, labels, positions, {"length_mm": (lengths + lengths.T) / 2})


@lru_cache(maxsize=1)
def folder() -> Path | None:
    """Where the package keeps its connectomes, found without importing it."""
    spec = importlib.util.find_spec("tvb_data")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = [Path(place) / "connectivity" for place in places]
    return next((path for path in found if all((path / name).is_file() for name in ZIPS.values())), None)


def _read(name: str) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, np.ndarray]:
    with zipfile.ZipFile(folder() / name) as archive:
        weights, lengths = (np.loadtxt(io.BytesIO(archive.read(f))) for f in ("weights.txt", "tract_lengths.txt"))
        rows = [line.split() for line in archive.read("centres.txt").decode().splitlines() if line.strip()]
    positions = np.array([[float(x) for x in row[1:4]] for row in rows]) * 1000
    return tuple(row[0] for row in rows), weights, lengths, positions


def _macaque_labels(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    side = [SIDES[name[-1]] for name in names]
    part = ["amygdala" if "Amyg" in name else PARTS.get(name[:2], "cortex") for name in names]
    group = tuple(f"{s} {p}" for s, p in zip(side, part, strict=True))
    return {"group": group, "part": tuple(part), "hemisphere": tuple(side)}


def _hagmann_labels(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    return {"hemisphere": tuple(SIDES[name[0].upper()] for name in names)}


def _macaque(available: bool, how_to_get: str) -> Record:
    parts = ("cortex", "amygdala", "thalamus", "basal ganglia")
    sides = ("right", "left")
    return Record(
        **COMMON, id="macaque_cocomac96", title="Macaque, 96 regions (CoCoMac)", species="Macaca",
        about="Tracer studies collected in CoCoMac: 80 cortical areas, thalamus, basal ganglia and amygdala, directed.",
        directed=True, area_by="group", space="centres scaled to a human head, µm",
        matrices=(MatrixRecord("tracer", "Ordinal strength of tracing studies", "1 weak, 2 moderate, 3 strong", "all", True, False, 96, 3860, 0.423246, 79),),
        area_labels={"group": tuple(f"{s} {p}" for s in sides for p in parts), "part": parts, "hemisphere": sides},
        source_convention="pre_rows",
        citation="Kötter R (2004) Neuroinformatics 2:127 (CoCoMac); Sanz Leon P et al. (2013) Front Neuroinform 7:10 (The Virtual Brain)",
        doi="10.3389/fninf.2013.00010", source="tvb-data, connectivity_96.zip",
        steps=("transposed to W[post, pre]: rows are sources, since 31 and 32 cortical areas project to caudate and putamen, which project to 2 and 0",
               "coordinates mm -> µm"),
        remarks=("Tracer data have a direction but no sign: the signs are assigned by the rule you choose.",
                 "The weights are ordinal (1, 2, 3): prefer rank or binary to raw.",
                 "The package is under GPL-3; it is read from your installation and not part of ours."),
        available=available, how_to_get=how_to_get,
    )  # fmt: skip


def _hagmann(available: bool, how_to_get: str) -> Record:
    return Record(
        **COMMON, id="human_hagmann66", title="Human, 66 regions (Hagmann)", species="Homo sapiens",
        about="Diffusion spectrum imaging of five subjects in 66 cortical regions; sparse without a threshold.",
        directed=False, area_by="hemisphere", space="centres, µm",
        matrices=(MatrixRecord("streamlines", "Fibre density", "arbitrary", "all", False, False, 66, 1316, 0.30676, 61),),
        area_labels={"hemisphere": ("right", "left")}, source_convention="symmetric but for rounding",
        citation="Hagmann P et al. (2008) Mapping the structural core of human cerebral cortex. PLoS Biol 6:e159",
        doi="10.1371/journal.pbio.0060159", source="tvb-data, connectivity_66.zip",
        steps=("mean of the matrix and its transpose, which differ by less than 1e-4", "coordinates mm -> µm"),
        remarks=("Tractography shows neither direction nor sign: the matrix is symmetric and the signs are assigned by the rule you choose.",
                 "The package is under GPL-3; it is read from your installation and not part of ours."),
        available=available, how_to_get=how_to_get,
    )  # fmt: skip
