"""What is kept beside the report: the folder of the publication, also as a zip, and the weights of every run."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.connectomes.layout import grid_shape
from engine.experiments.carry_out import recipe
from engine.experiments.papers.conduct import read_scale
from engine.experiments.papers.paper import Part, Scale, Table
from engine.experiments.papers.shakiba_2026.recipe import FIELD_OF_OWN, plan
from engine.experiments.papers.shakiba_2026.tables import schema
from engine.experiments.papers.shakiba_2026.variants import GRIDS, Population
from engine.experiments.run import Run

FOLDER = (
    "sttc-corr"  # the publication's name for starts from correlation and spike-time tiling, without sign constraint
)


def extras(table: Table, folder: Path) -> Iterator[tuple[str, bytes]]:
    """`<field>_sttc-corr/…` and its zip; `weights/<part>.npz`: networks before and after training, and seeds."""
    scale = read_scale(folder)[1] if (folder / "paper.json").exists() else Scale()
    parts = [part for part in plan(scale) if part.experiment is not None]
    field = scale.mine(FIELD_OF_OWN) or "drawn"
    units = _population(parts[0]).units
    grid = GRIDS.get(units) or grid_shape(units, 3)
    files = {name: content.encode() for name, content in schema(table, units, grid, field)}
    yield from ((f"{field}_{FOLDER}/{name}", content) for name, content in files.items())
    yield f"{field}_{FOLDER}.zip", _zipped(files)
    for part in parts:
        run = Run(folder / "runs" / recipe(part))
        if (run.folder / "weights.safetensors").exists():
            yield f"weights/{part.name}.npz", _weights(part, run)


def _weights(part: Part, run: Run) -> bytes:
    """Networks in one order: their variant and simulation (seed), weights as [network, post, pre] before and after."""
    population, buffer = _population(part), io.BytesIO()
    about = list(population)
    arrays = {name: tensor.numpy() for name, tensor in run.weights().items()}
    arrays |= {f"{name}_before": tensor.numpy() for name, tensor in run.weights("first").items()}
    np.savez_compressed(
        buffer, variant=np.array([name for _, name, _ in about]), simulation=np.array([seed for *_, seed in about]),
        **arrays,
    )  # fmt: skip
    return buffer.getvalue()


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as box:
        for name, content in files.items():
            box.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def _population(part: Part) -> Population:
    return part.measure.keywords["population"]  # type: ignore[union-attr]
