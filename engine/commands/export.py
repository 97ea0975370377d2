"""export: writes a kept run as one zip file, its history as CSV, or its experiment as a script."""

import argparse
from pathlib import Path

from engine.commands.said import say, tell
from engine.component import Invalid
from engine.experiments.bundle import bundle, evaluations_csv, file_name, history_csv
from engine.experiments.damage import damage
from engine.experiments.run import Run
from engine.experiments.script import script
from engine.experiments.store import Store
from engine.experiments.whole_file import write_bytes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the id of a run, or its folder")
    parser.add_argument("--as", dest="form", choices=("bundle", "csv", "script"), default="bundle")
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
    history = run.history()
    return [
        _file(folder / f"{file_name(run)}-history.csv", history_csv(history)),
        _file(folder / f"{file_name(run)}-evaluations.csv", evaluations_csv(history)),
    ]


def _file(path: Path, text: str) -> Path:
    write_bytes(path, text.encode())
    return path
