"""The environment of a run: all that its numbers may depend on besides the experiment."""

import hashlib
import importlib.metadata
import os
import platform
import subprocess
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
    """Versions, machine, threads, source and the checksum of the measured connectome."""
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
    """The files of the measured connectome, shipped or the user's own, if the experiment has one."""
    name = measured(experiment)
    if is_own(name):
        return list(Library().files(name))
    return [path for suffix in ("npz", "json") if name and (path := assets() / f"{name}.{suffix}").is_file()]


def measured(experiment: Component) -> str:
    """The id of its measured connectome; empty if its wiring is generated, or a connectome that we do not know."""
    name = getattr(experiment.value_at("wiring"), "connectome", "")
    return name if name in {record.id for record in catalogue() if not record.fault} else ""


def connectome_checksums(experiment: Component) -> dict[str, str]:
    """SHA-256 of those files by name."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in connectome_files(experiment)}
