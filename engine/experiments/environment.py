"""The environment of a run: all that its numbers may depend on besides the experiment."""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from engine.component import Component
from engine.connectomes.catalogue import assets, catalogue
from engine.connectomes.kept_record import is_own
from engine.connectomes.library import Library

ROOT = Path(__file__).parents[2]  # of the repository, or where the packages are installed
PACKAGES = ("connectarium", "torch", "numpy", "scipy", "pydantic", "safetensors", "panel", "bokeh", "holoviews")


def environment(experiment: Component) -> dict[str, Any]:
    """Versions, machine, threads, source and the checksums of the measured connectomes."""
    return {
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "gpu": gpu(),
        "commit": commit(),
        "connectome_sha256": connectome_checksums(experiment),
    }


def version(package: str) -> str | None:
    """Its installed version, or None if it is not there."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def gpu() -> str | None:
    """The name of the GPU that torch would use, or None."""
    return torch.cuda.get_device_name() if torch.cuda.is_available() else None


def commit() -> str | None:
    """The commit of the source, with "-dirty" if it was changed since; None if it is no git repository."""
    if not (ROOT / ".git").exists():
        return None
    try:
        command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout.strip() or None if said.returncode == 0 else None


def connectome_files(experiment: Component) -> list[Path]:
    """The files of its measured connectomes, shipped or the user's own."""
    return [path for name in measured(experiment) for path in files_of(name)]


def files_of(connectome: str) -> list[Path]:
    """Arrays and record of one measured connectome; none if it lies in another package."""
    if is_own(connectome):
        return list(Library().files(connectome))
    return [path for suffix in ("npz", "json") if (path := assets() / f"{connectome}.{suffix}").is_file()]


def measured(experiment: Component) -> tuple[str, ...]:
    """The ids of its measured connectomes, also of those inside a composition; of none that we do not know."""
    known = {record.id for record in catalogue() if not record.fault}
    return tuple(dict.fromkeys(name for name in _named(experiment.value_at("wiring")) if name in known))


def _named(part: Any) -> Iterator[str]:
    """Every connectome that is named in a tree of components."""
    if isinstance(part, tuple):
        for item in part:
            yield from _named(item)
    elif isinstance(part, Component):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name == "connectome" and isinstance(value, str):
                yield value
            else:
                yield from _named(value)


def connectome_checksums(experiment: Component) -> dict[str, str]:
    """SHA-256 of those files by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in connectome_files(experiment)}
