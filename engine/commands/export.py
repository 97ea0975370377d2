"""export: writes a kept run as one zip file, its history as CSV, its experiment as a script, or its matrices."""

import argparse
from pathlib import Path

from engine.commands.said import say, tell
from engine.component import Invalid
from engine.experiments.bundle import bundle, evaluations_csv, file_name, history_csv
from engine.experiments.damage import damage
from engine.experiments.matrices import matrices
from engine.experiments.run import Run
from engine.experiments.script import script
from engine.experiments.store import Store
from engine.experiments.whole_file import write_bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the id of a run, or its folder")
    parser.add_argument("--as", dest="form", choices=("bundle", "csv", "script", "mtx", "npz"), default="bundle",
                        help="mtx, npz: wiring and recurrent weights as sparse files")  # fmt: skip
    parser.add_argument("--out", metavar="DIR", default=".", help="where the files go (default: here)")
    parser.add_argument("--store", metavar="DIR", help="the folder where runs are kept")


def command(asked: argparse.Namespace) -> int:
    """0, or 1 if the run is damaged, which stderr tells in a sentence per fault; the files are one line of JSON."""
    run = Store(asked.store).find(asked.run)
    folder = Path(asked.out).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = _written(run, folder, asked.form)
    except OSError as error:
        raise Invalid(f"{folder} cannot be written: {error.strerror or error}.") from None
    tell({"files": [str(path) for path in written]})
    faults = damage(run) if asked.form != "script" else ()
    for fault in faults:
        say(fault)
    return int(bool(faults))


def _written(run: Run, folder: Path, form: str) -> list[Path]:
    if form == "bundle":
        return [bundle(run, folder)]
    if form == "script":
        return [_file(folder / f"{file_name(run)}.py", script(run.experiment()))]
    if form in ("mtx", "npz"):
        return [_bytes(folder / name, content) for name, content in matrices(run, form)]
    history = run.history()
    return [
        _file(folder / f"{file_name(run)}-history.csv", history_csv(history)),
        _file(folder / f"{file_name(run)}-evaluations.csv", evaluations_csv(history)),
    ]


def _file(path: Path, text: str) -> Path:
    return _bytes(path, text.encode())


def _bytes(path: Path, content: bytes) -> Path:
    write_bytes(path, content)
    return path
