"""forecast: trains an experiment for a moment and tells how long all of it would take here, and how much memory."""

import argparse
import json
from pathlib import Path
from typing import Any

from engine import own_files
from engine.commands.asked import add_experiment, experiment_of
from engine.commands.given import file_to_write, number
from engine.commands.progress_bar import duration
from engine.commands.said import say, tell
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.minutes import Change, changes, fitted
from engine.experiments.outlook import PROBE_S, Outlook
from engine.experiments.probing import Probing

TOLD = (
    "seconds", "low", "high", "alone", "steps", "memory_bytes", "free_bytes", "cores", "threads", "busy",
    "may_end_sooner",
)  # fmt: skip
YEAR = 366 * 24 * 60  # minutes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_experiment(parser)
    parser.add_argument(
        "--minutes", type=number(YEAR, "minutes"), help="say what to change so that it fits into so many minutes"
    )
    parser.add_argument("--out", metavar="FILE.json", help="write the experiment that fits, to be run")
    parser.add_argument("--probe", type=number(600, "seconds"), default=PROBE_S, metavar="SECONDS",
                        help="how long to train (default 2)")  # fmt: skip
    parser.add_argument("--quiet", action="store_true", help="only the line of JSON")


def command(asked: argparse.Namespace) -> int:
    """0; what was found is one line of JSON."""
    own_files.allow(asked.own_tasks)
    if asked.out and asked.minutes is None:
        raise Invalid("--out writes the experiment that fits into --minutes; say how many.")
    out = _new_file(asked.out) if asked.out else None
    experiment = experiment_of(asked)
    found = _probed(experiment, asked, "now" if asked.minutes is not None else "")
    told = numbers(found)
    if asked.minutes is not None:
        changed, then = fitting(experiment, found, asked)
        told |= {"minutes": asked.minutes, "changes": {c.address: [c.before, c.after] for c in changed}}
        told["then"] = numbers(then)
        if out is not None:
            _write(out, experiment.with_values({c.address: c.after for c in changed}))
    tell(told)
    return 0


def fitting(experiment: Experiment, found: Outlook, asked: argparse.Namespace) -> tuple[tuple[Change, ...], Outlook]:
    """What to change, after a second probe of the first proposal, and what it will take then."""
    first = {change.address: change.after for change in fitted(experiment, found, asked.minutes)}
    proposed = experiment.with_values(first)
    again = _probed(proposed, asked, "first proposal")
    values = first | {change.address: change.after for change in fitted(proposed, again, asked.minutes)}
    changed = changes(experiment, values)
    if not asked.quiet:
        for change in changed:
            say(f"{change.address}: {_shown(change.before)} → {_shown(change.after)}")
    if values == first:
        if not asked.quiet:
            say("These changes are the first proposal.")
        return changed, again
    return changed, _probed(experiment.with_values(values), asked, "with these changes")


def numbers(found: Outlook) -> dict[str, Any]:
    """What a program wants to know."""
    told = {name: getattr(found, name) for name in TOLD} | {"parts": found.parts}
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in told.items()}


def _probed(experiment: Experiment, asked: argparse.Namespace, what: str) -> Outlook:
    found = Probing().outlook(experiment, asked.probe, asked.store, niceness=0)
    if not asked.quiet:
        sooner = ", or less: it may end sooner" if found.may_end_sooner else ""
        label = f"{what}: " if what else ""
        say(
            f"{label}{duration(found.seconds)} ({duration(found.low)} to {duration(found.high)}{sooner}), "
            f"{found.memory_bytes / 1e9:.2g} GB of {found.free_bytes / 1e9:.2g} GB free, "
            f"{found.threads} of {found.cores} cores"
        )
    return found


def _shown(value: Any) -> str:
    return "none" if value is None else json.dumps(value)


def _new_file(text: str) -> Path:
    path = file_to_write(text)
    if path.exists():
        raise Invalid(f"{path} exists already; name a new file.")
    return path


def _write(path: Path, experiment: Experiment) -> None:
    try:
        path.write_text(json.dumps(experiment.changes(), indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror}.") from None
