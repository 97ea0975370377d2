"""A bundle that somebody sent: its experiment, and the connectome of their own that it needs."""

import zipfile
from pathlib import Path, PurePosixPath

from engine.component import Invalid
from engine.connectomes.kept_graph import ARRAYS_BYTES
from engine.connectomes.kept_record import is_own
from engine.connectomes.library import Library
from engine.experiments.experiment import Experiment
from engine.whole_file import MEGABYTE

EXPERIMENT_BYTES = 4 * MEGABYTE


def open_bundle(path: Path) -> Experiment:
    """The experiment in a bundle; a connectome of the sender's own is in the user's library from now on.

    Nothing else is unpacked. Raises Invalid if it is no bundle, or if its connectome was changed on the way.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            sizes = {member.filename: member.file_size for member in archive.infolist()}
            experiment = Experiment.read(_content(archive, sizes, "experiment.json", EXPERIMENT_BYTES))
            for id in sorted(filter(is_own, (PurePosixPath(name).stem for name in sizes if _is_connectome(name)))):
                arrays = _content(archive, sizes, f"connectome/{id}.npz", ARRAYS_BYTES)
                Library().adopt(arrays, _content(archive, sizes, f"connectome/{id}.json", EXPERIMENT_BYTES))
            return experiment
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError):
        raise Invalid(f"{path.name} is damaged, or is no bundle of a run.") from None


def _is_connectome(name: str) -> bool:
    return name.startswith("connectome/") and name.endswith(".json")


def _content(archive: zipfile.ZipFile, sizes: dict[str, int], name: str, most: int) -> bytes:
    if name not in sizes:
        raise Invalid(f"There is no {name} in it, so it is no bundle of a run.")
    if sizes[name] > most:
        raise Invalid(f"{name} in the bundle has {sizes[name] / MEGABYTE:,.0f} MB, more than it should.")
    return archive.read(name)
