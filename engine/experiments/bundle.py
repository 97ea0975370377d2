"""A bundle: one zip file with all that somebody else needs to understand, check and repeat a run."""

import csv
import hashlib
import io
import json
import math
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from engine.component import Invalid
from engine.connectomes.catalogue import assets, record
from engine.connectomes.kept_record import is_own
from engine.experiments.damage import damage
from engine.experiments.environment import files_of, measured
from engine.experiments.history import History
from engine.experiments.run import Run
from engine.experiments.script import script
from engine.experiments.transfer import file_of, needs
from engine.networks import FromRun

FORM = 1
BEGINS_WITH = "begins_with.safetensors"
_AS_THEY_ARE = (
    "experiment.json",
    "environment.json",
    "status.json",
    "notes.json",
    "checksums.json",
    "weights.safetensors",
    "log.txt",
)
_README = """{name}

A run of Connectarium. Weights are W[networks, post, pre]; row i, column j is the connection from unit j to unit i.

experiment.json     every choice that was made; `connectarium run` on this file, or on the whole zip, repeats it
script.py           the same as a Python script
environment.json    versions, threads, checksums
history.csv         one row per optimiser step and network (metrics.jsonl: the same with ledgers)
evaluations.csv     held-out loss and accuracy
weights.safetensors the latest weights, as the laws allow them
snapshots/          weights at earlier steps; step 0 is the untrained network
begins_with.safetensors   the weights that it began with, if they are those of another run or of an imported model
connectome/         the measured connectomes with their licences and citations, if any was used
checksums.json      SHA-256 of the files of the run as they were when it ended
manifest.json       SHA-256 of every file, and what is damaged
"""
_DAMAGED = """
DAMAGED. Not all of this run is as it was written; do not rely on what these sentences name:
{faults}
"""


def bundle(run: Run, folder: Path) -> Path:
    """A zip file in `folder` with everything about the run; its manifest holds the SHA-256 of every file.

    What is damaged in the run goes along as it is, and README and manifest tell it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{file_name(run)}.zip"
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    manifest: dict[str, Any] = {"form": FORM, "run": run.id, "damaged": damage(run), "files": {}}
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in _contents(run, manifest["damaged"]):
                manifest["files"][name] = hashlib.sha256(content).hexdigest()
                stored = zipfile.ZIP_STORED if name.endswith(("safetensors", "npz")) else zipfile.ZIP_DEFLATED
                archive.writestr(name, content, compress_type=stored)
            archive.writestr("manifest.json", json.dumps(manifest, indent=1))
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def file_name(run: Run) -> str:
    """Its name in letters that every file system takes, and its id."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "-", run.notes()["name"]).strip("-")[:60]
    return f"{words or 'run'}-{run.id}"


def history_csv(history: History) -> str:
    """The curves as one row per step and network; an empty field is a number that is not finite."""
    rows = (
        (int(step), k, seconds, loss[k], norm[k], violations[k])
        for step, seconds, loss, norm, violations in zip(
            history.step, history.seconds, history.loss, history.gradient_norm, history.violations, strict=True
        )
        for k in range(len(loss))
    )
    return _csv(("step", "network", "seconds", "loss", "gradient_norm", "violations"), rows)


def evaluations_csv(history: History) -> str:
    """The held-out evaluations as one row per evaluation and network."""
    rows = (
        (int(step), k, loss[k], accuracy[k], ideal, chance)
        for step, loss, accuracy, ideal, chance in zip(
            history.evaluated, history.evaluation_loss, history.accuracy, history.ideal, history.chance, strict=True
        )
        for k in range(len(loss))
    )
    return _csv(("step", "network", "loss", "accuracy", "ideal_accuracy", "chance"), rows)


def _contents(run: Run, faults: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    told = _DAMAGED.format(faults="\n".join(f"* {fault}" for fault in faults)) if faults else ""
    yield "README.txt", (_README.format(name=run.notes()["name"]) + _needed(run) + told).encode()
    for name in _AS_THEY_ARE:
        if _is_plain(run.folder / name):
            yield name, (run.folder / name).read_bytes()
    metrics = run.folder / "metrics.jsonl"
    if _is_plain(metrics):
        content = metrics.read_bytes()
        yield "metrics.jsonl", content[: content.rfind(b"\n") + 1]
        history = run.history()
        yield "history.csv", history_csv(history).encode()
        yield "evaluations.csv", evaluations_csv(history).encode()
    for path in run.snapshots().values():
        if _is_plain(path):
            yield f"snapshots/{path.name}", path.read_bytes()
    if (begins_with := _begins_with(run)) is not None:
        yield BEGINS_WITH, begins_with.read_bytes()
    yield from _sources(run)


def _needed(run: Run) -> str:
    """Whose weights it begins with, and whether these came along."""
    with suppress(Invalid):
        said = needs(run.experiment().weights)
        here = f"They are in {BEGINS_WITH}, so that opening this bundle is enough." if _begins_with(run) else ""
        return f"\n{said}\n{here}\n" if said else ""
    return ""


def _begins_with(run: Run) -> Path | None:
    """The weights of another run, or of a model, that this one began with, where they still are."""
    with suppress(Invalid):
        weights = run.experiment().weights
        if isinstance(weights, FromRun):
            path = file_of(weights, run.folder.parent.parent)
            return path if _is_plain(path) else None
    return None


def _sources(run: Run) -> Iterator[tuple[str, bytes]]:
    try:
        experiment = run.experiment()
    except Invalid:
        return  # a damaged question: what came of it is still worth sharing
    yield "script.py", script(experiment).encode()
    yield from _connectomes(measured(experiment)).items()


def _connectomes(names: tuple[str, ...]) -> dict[str, bytes]:
    """Arrays, records, citations and licences of the measured connectomes by their place in the bundle."""
    sources = [record(name) for name in names]
    cited = [f"{of.title}\n{of.citation}\nDOI {of.doi}\nLicence: {of.licence}\n" for of in sources]
    shipped = [of for of in sources if not is_own(of.id)]
    paths = [path for name in names for path in files_of(name)] + [assets() / "NOTICE"] * bool(shipped)
    paths += [assets() / "LICENSES" / file for of in sources for file in of.licence_files]
    held = {f"connectome/{path.name}": path.read_bytes() for path in paths}
    return held | ({"connectome/CITATION.txt": "\n".join(cited).encode()} if cited else {})


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _csv(head: tuple[str, ...], rows: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow(["" if isinstance(v, float) and not math.isfinite(v) else v for v in row])
    return text.getvalue()
