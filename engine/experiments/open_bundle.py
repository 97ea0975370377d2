"""A bundle that somebody sent: its experiment, and the connectome and weights of their own that it needs."""

import zipfile
from contextlib import suppress
from pathlib import Path, PurePosixPath

from safetensors import SafetensorError
from safetensors.torch import load

from engine.component import Invalid
from engine.connectomes.kept_graph import ARRAYS_BYTES
from engine.connectomes.kept_record import is_own
from engine.connectomes.library import Library
from engine.constraints.terms import BIASES, MATRICES
from engine.experiments.bundle import BEGINS_WITH
from engine.experiments.experiment import Experiment
from engine.experiments.names import is_id
from engine.experiments.transfer import brought_to, file_of
from engine.networks import FromRun
from engine.whole_file import MEGABYTE, write_bytes

EXPERIMENT_BYTES = 4 * MEGABYTE
WEIGHTS_BYTES = 1024 * MEGABYTE


def open_bundle(path: Path) -> Experiment:
    """The experiment in a bundle; a connectome of the sender's own is in the user's library from now on.

    So are the weights of a run or model that it begins with; what the user has stays as it is. Nothing else is
    unpacked. Raises Invalid if it is no bundle, or if its connectome was changed on the way.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {member.filename: member.file_size for member in archive.infolist()}
            experiment = Experiment.read(_content(archive, sizes, "experiment.json", EXPERIMENT_BYTES))
            for id in sorted(filter(is_own, (PurePosixPath(name).stem for name in sizes if _is_connectome(name)))):
                arrays = _content(archive, sizes, f"connectome/{id}.npz", ARRAYS_BYTES)
                Library().adopt(arrays, _content(archive, sizes, f"connectome/{id}.json", EXPERIMENT_BYTES))
            if BEGINS_WITH in sizes and isinstance(experiment.weights, FromRun):
                _adopt(experiment.weights, _content(archive, sizes, BEGINS_WITH, WEIGHTS_BYTES))
            return experiment
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        raise Invalid(f"{path.name} is damaged, or is no bundle of a run.") from None


def _adopt(weights: FromRun, content: bytes) -> None:
    """The weights lie where the experiment looks for them, unless the user has that run or model already."""
    with suppress(Invalid):
        if file_of(weights).is_file():
            return
    try:
        dimensions = {name: tensor.dim() for name, tensor in load(content).items()}
    except (SafetensorError, ValueError):
        dimensions = {}
    if any(dimensions.get(name) != (2 if name in BIASES else 3) for name in MATRICES):
        raise Invalid(f"{BEGINS_WITH} in the bundle is damaged, or holds no weights of a network.")
    if is_own(weights.run) or is_id(weights.run):  # whose names lead nowhere else
        path = brought_to(weights)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)


def _is_connectome(name: str) -> bool:
    return name.startswith("connectome/") and name.endswith(".json")


def _content(archive: zipfile.ZipFile, sizes: dict[str, int], name: str, most: int) -> bytes:
    if name not in sizes:
        raise Invalid(f"There is no {name} in it, so it is no bundle of a run.")
    if sizes[name] > most:
        raise Invalid(f"{name} in the bundle has {sizes[name] / MEGABYTE:,.0f} MB, more than it should.")
    return archive.read(name)
