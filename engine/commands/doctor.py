"""doctor: tells what is installed, what the machine offers, and what is missing."""

import argparse
import importlib.util
import os
import platform
import shutil
import tempfile
from pathlib import Path
from typing import Any

import psutil
import torch

from engine.commands.said import table, tell
from engine.component import Invalid
from engine.experiments.environment import PACKAGES, ROOT, commit, gpu, version
from engine.experiments.store import Store

OPTIONAL = {
    "tvb_data": "two macaque and human sets: pip install 'connectarium[primate]'",
    "pynwb": "recordings in NWB files: pip install 'connectarium[nwb]'",
    "neurogym": "tasks of NeuroGym: pip install 'connectarium[neurogym]'",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", metavar="DIR", help="the folder where runs are kept")
    parser.add_argument("--json", action="store_true", help="as one line of JSON")


def command(asked: argparse.Namespace) -> int:
    """0 if runs can be trained and kept, else 1."""
    found = findings(Store(asked.store))
    if asked.json:
        tell(found)
    else:
        print(table([(name, _words(value)) for name, value in found.items()]))
    return 0 if found["healthy"] else 1


def findings(store: Store) -> dict[str, Any]:
    """Versions, threads, GPU, folders, and optional parts that are missing."""
    fault = _fault(store)
    assets = ROOT / "assets" / "connectomes"
    return {
        "healthy": fault is None and assets.is_dir(),
        "connectarium": version("connectarium") or "not installed (used from its folder)",
        "commit": commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        **{name: version(name) or "missing" for name in PACKAGES[1:]},
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "memory": f"{psutil.virtual_memory().available / 1e9:.1f} of {psutil.virtual_memory().total / 1e9:.1f} GB free",
        "gpu": gpu() or "none; the CPU trains",
        "store": str(store.path),
        "store_writable": fault or "yes",
        "store_free": _free(store.path),
        "temporary_folder": tempfile.gettempdir(),
        "connectomes": f"{len(list(assets.glob('*.npz')))} in {assets}",
        "app": str(ROOT / "app") if (ROOT / "app" / "main.py").is_file() else "missing",
        "missing_optional": [how for module, how in OPTIONAL.items() if importlib.util.find_spec(module) is None],
    }


def _fault(store: Store) -> str | None:
    try:
        store.require_writable()
    except Invalid as fault:
        return str(fault)
    return None


def _free(path: Path) -> str:
    existing = next(p for p in (path, *path.parents) if p.exists())
    return f"{shutil.disk_usage(existing).free / 1e9:.1f} GB"


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(value) or "none" if isinstance(value, list) else str(value)
