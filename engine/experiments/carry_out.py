"""Carrying out a longer work: its parts are trained and measured one after another, into a folder from which it can
go on."""

import hashlib
import io
import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pandas as pd

from engine.component import Invalid
from engine.experiments.environment import environment
from engine.experiments.execute import execute, take_up
from engine.experiments.part import COLUMNS, Outcome, Part, Reading
from engine.experiments.run import Run
from engine.experiments.stand import Stand, Teller
from engine.experiments.status import Process
from engine.experiments.store import write_new
from engine.experiments.whole_file import MEGABYTE, read_bytes, write_bytes, write_json


def carry_out(folder: Path, parts: Sequence[Part], rough: bool = False) -> Iterator[Stand]:
    """Do what is not done yet; every finished part is a CSV of readings in `folder/parts`, its run in `folder/runs`.

    Where the seconds of the parts are `rough`, known up to a factor, it is learned while the first one trains. Raises
    Invalid if another process works in the folder. A file named `stop` in it ends the work in good order (see `stand`).
    """
    with Teller(folder) as teller, closing(_work(folder, parts, rough)) as stands:
        for stand in stands:
            teller.tell(stand)
            yield stand
            if teller.is_asked_to_stop():
                break


def _work(folder: Path, parts: Sequence[Part], rough: bool) -> Iterator[Stand]:
    pace, all_s = 1.0, sum(part.seconds for part in parts) or 1.0
    left = {number: part for number, part in enumerate(parts) if not is_done(folder, part)}
    for number, part in list(left.items()):
        del left[number]
        begun, rest = time.perf_counter(), sum(later.seconds for later in left.values())
        before, name = 1 - (part.seconds + rest) / all_s, recipe(part)
        yield Stand(part.name, number, len(parts), 0, 1, pace * (part.seconds + rest), part.about, before)
        for step, steps, said in _train(folder, part):
            left_s = _left(begun, step, steps, part.seconds * pace)
            pace = (time.perf_counter() - begun + left_s) / part.seconds if rough else pace
            share = before + part.seconds / all_s * step / max(steps, 1)
            yield Stand(part.name, number, len(parts), step, steps, left_s + pace * rest, said, share, name)
        _keep(folder, part, _measured(folder, part))
        pace = (time.perf_counter() - begun) / part.seconds if rough or part.seconds > 5 else pace
    yield Stand("", len(parts), len(parts), 1, 1, 0.0, "All parts are done.", 1.0)


def recipe(part: Part) -> str:
    """The name of its files. It depends on what is asked beyond the defaults: a recipe that changed is done anew."""
    asked = json.dumps(part.experiment.changes(), sort_keys=True) if part.experiment else part.data
    return f"{part.name}.{hashlib.sha256(asked.encode()).hexdigest()[:8]}"


def is_done(folder: Path, part: Part) -> bool:
    """Whether the part is measured, by the recipe as it is now."""
    return _file(folder, part).exists()


def _file(folder: Path, part: Part) -> Path:
    return folder / "parts" / f"{recipe(part)}.csv"


def _train(folder: Path, part: Part) -> Iterator[tuple[int, int, str]]:
    """Train the part's run to its end, from where it stands. Raises Invalid with its sentence if it fails."""
    if part.experiment is None:
        return
    run = _run(folder, part)
    if run.status().state == "done" or _all_diverged(run):
        return
    if not take_up(run, Process.this()):
        raise Invalid(f"The run of {part.name} in {folder} is in the hands of another process.")
    for progress in execute(run):
        said = ""
        if progress.evaluation is not None:
            loss, accuracy = progress.evaluation.loss.mean().item(), progress.evaluation.accuracy.mean().item()
            said = f"loss {loss:.4g}, accuracy {accuracy:.1%}"
        yield progress.step, progress.steps, said


def _all_diverged(run: Run) -> bool:
    """A run of which every network diverged is over, though it failed."""
    status = run.status()
    return status.state == "failed" and bool(status.loss) and all(loss is None for loss in status.loss)


def _run(folder: Path, part: Part) -> Run:
    path = folder / "runs" / recipe(part)
    return Run(path) if path.exists() else write_new(path, part.experiment, part.about)


def _measured(folder: Path, part: Part) -> list[Reading]:
    if part.experiment is None:
        return list(part.compute()) if part.compute else []
    return list(part.measure(Outcome(part.experiment, _run(folder, part)))) if part.measure else []


def _keep(folder: Path, part: Part, readings: list[Reading]) -> None:
    rows = [(part.name, r.variant or part.variant, r.network, r.measure, r.at, float(r.value)) for r in readings]
    text = pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(index=False)
    write_json(folder / "environment.json", environment(part.experiment) if part.experiment else {})
    for older in (folder / "parts").glob(f"{part.name}.*.csv"):
        older.unlink()
    write_bytes(_file(folder, part), text.encode())


def read_part(folder: Path, part: Part) -> pd.DataFrame:
    """The readings of a part that is done. Raises Invalid if its file is damaged."""
    return read_readings(_file(folder, part))


def all_readings(folder: Path) -> pd.DataFrame:
    """The readings of all parts that are done so far."""
    found = [read_readings(path) for path in sorted((folder / "parts").glob("*.csv"))]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))


def read_readings(path: Path) -> pd.DataFrame:
    """The readings in a CSV. Raises Invalid, with a sentence, if it is missing or damaged."""
    try:
        content = io.BytesIO(read_bytes(path, 64 * MEGABYTE))
        packed = "gzip" if path.suffix == ".gz" else None
        found = pd.read_csv(content, compression=packed, dtype={"part": str, "variant": str, "measure": str})
        numbers = {name: found[name].astype(float) for name in ("at", "value")}
        return found.assign(**numbers, network=found["network"].astype(int)).fillna({"variant": ""})[list(COLUMNS)]
    except (ValueError, KeyError):
        raise Invalid(f"{path} is damaged; delete it, and what it held is measured again.") from None


def _left(begun: float, step: int, steps: int, forecast_s: float) -> float:
    """Seconds that the part still needs: by its forecast at first, then by its own pace."""
    gone = time.perf_counter() - begun
    if step < max(2, steps // 50):
        return max(0.0, forecast_s - gone)
    return gone * (steps - step) / step
