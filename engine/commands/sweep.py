"""sweep: trains an experiment at every point of a grid over some of its parameters, and tells what came of each."""

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from engine import own_files
from engine.commands.asked import add_experiment, experiment_of, is_asked, same_folders
from engine.commands.interrupt import INTERRUPTED, ctrl_c
from engine.commands.progress_bar import followed
from engine.commands.said import say, table, tell
from engine.component import Invalid
from engine.experiments.sweep import MOST_AXES, Axis, Sweep, place
from engine.experiments.sweep_folder import FILE, TABLE, SweepFolder, keep, new_folder, open_sweep
from engine.experiments.sweep_groups import check
from engine.experiments.sweep_shelf import delete, is_running, restore, sweeps
from engine.experiments.sweep_summary import best, summary

SEEDS = 3
EPILOG = "The same command with the same --out goes on where it was stopped; --out alone goes on with what is there."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_experiment(parser)
    parser.add_argument("--over", action="append", default=[], metavar="ADDRESS=VALUES",
                        help="what differs: ADDRESS=1,2,3 or =lin:0:1:5 or =log:1e-3:1:5; up to three")  # fmt: skip
    parser.add_argument("--seeds", type=int, help=f"networks at every point (default {SEEDS})")
    parser.add_argument("--out", metavar="DIR", help="folder of runs and tables; begun work in it goes on")
    parser.add_argument("--list", action="store_true", help="print the sweeps that are kept, the newest first")
    parser.add_argument("--delete", metavar="SWEEP", help="move this one of them into the trash, with its runs")
    parser.add_argument("--restore", metavar="SWEEP", help="bring a deleted one back, for 30 days")
    parser.add_argument("--json", action="store_true", help="only the line of JSON, without the table for people")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.epilog = EPILOG


def command(asked: argparse.Namespace) -> int:
    """0 if all points are done, 130 if it was stopped and can go on."""
    if asked.list or asked.delete or asked.restore:
        return _keep_house(asked)
    own_files.allow(asked.own_tasks)
    kept = _kept(asked)
    for other in sweeps():
        if other != kept.folder and is_running(other):
            say(f"The sweep {other.name} is running, too; both share this machine.")
    if not (asked.quiet or asked.json):
        say(_plan(kept))
    with ctrl_c() as left:
        is_done = followed(kept.run(), "run", asked.quiet, left)
    found = kept.table()
    points = summary(found, kept.sweep.addresses)
    if not (asked.json or asked.quiet) and len(points):
        say(_for_people(points, kept.sweep))
    tell(_told(kept, found, points))
    if not is_done:
        say(f"Stopped; go on with: connectarium sweep --out {kept.folder}{same_folders(asked)}")
        return INTERRUPTED
    return 0


def _keep_house(asked: argparse.Namespace) -> int:
    """Tell which sweeps are kept, delete one, or bring one back."""
    if asked.delete:
        delete(asked.delete)
        say(
            f"Deleted; for 30 days it comes back with: connectarium sweep --restore {asked.delete}{same_folders(asked)}"
        )
    elif asked.restore:
        say(f"It is back: {restore(asked.restore)}")
    else:
        print(table([("sweep", "over", "state"), *map(_line, sweeps())]))
    return 0


def _line(folder: Path) -> tuple[str, str, str]:
    try:
        kept = open_sweep(folder)
        state = "running" if is_running(folder) else "done" if (folder / TABLE).exists() else "not done"
        return folder.name, " x ".join(kept.sweep.addresses), state
    except Invalid:
        return folder.name, "", "cannot be read"


def _kept(asked: argparse.Namespace) -> SweepFolder:
    """The sweep in its folder, checked at every point before anything runs."""
    folder = Path(asked.out).absolute() if asked.out else None
    if not asked.over and not is_asked(asked) and folder is not None and (folder / FILE).exists():
        kept = open_sweep(folder)
        if asked.seeds not in (None, kept.sweep.seeds):
            raise Invalid(f"{folder} holds a sweep of {kept.sweep.seeds} networks per point; leave --seeds out.")
        check(kept.sweep, kept.groups, folder)
        return kept
    if not asked.over:
        raise Invalid("Nothing is swept; say over what, as in --over training.optimiser.learning_rate=log:1e-4:1e-2:5.")
    if len(asked.over) > MOST_AXES:
        raise Invalid(f"{len(asked.over)} parameters are swept, but {MOST_AXES} at most can be; leave out some --over.")
    axes, seeds = [Axis.parse(text) for text in asked.over], SEEDS if asked.seeds is None else asked.seeds
    sweep = Sweep.read({"experiment": experiment_of(asked), "axes": axes, "seeds": seeds})
    kept = SweepFolder(folder or new_folder(), sweep)
    for remark in check(sweep, kept.groups, asked.store):
        say(remark)
    keep(kept.folder, sweep)
    return kept


def _plan(kept: SweepFolder) -> str:
    points = sum(len(group.points) for group in kept.groups)
    networks = points * kept.sweep.seeds
    runs = len(kept.groups)
    return (
        f"{points} points x {kept.sweep.seeds} networks = {networks}, in {runs} run{'s' * (runs > 1)}, in {kept.folder}"
    )


def _for_people(points: pd.DataFrame, sweep: Sweep) -> str:
    heads, words = (*sweep.addresses, "accuracy", "loss", "networks", "diverged"), sweep.words()
    rows = [
        (*place(row["point"], words), _mean(row, "accuracy"), _mean(row, "loss"), str(row["n"]), str(row["diverged"]))
        for row in points.to_dict("records")
    ]  # fmt: skip
    return table([heads, *rows])


def _mean(row: dict[str, Any], measure: str) -> str:
    spread = "" if pd.isna(row[f"{measure}_low"]) else f" [{row[f'{measure}_low']:.4g}, {row[f'{measure}_high']:.4g}]"
    return "-" if pd.isna(row[measure]) else f"{row[measure]:.4g}{spread}"


def _told(kept: SweepFolder, found: pd.DataFrame, points: pd.DataFrame) -> dict[str, Any]:
    """What a program wants to know: counts, the summary of every point, the best one, and where all of it lies."""
    rows = [{k: v.item() if hasattr(v, "item") else v for k, v in row.items()} for row in points.to_dict("records")]
    by_number = {row["point"]: {a: row[a] for a in kept.sweep.addresses} for row in rows}
    return {
        "state": "done" if kept.done == len(kept.parts) else "stopped",
        "networks": len(found),
        "diverged": int(found["diverged"].sum()),
        "best": {measure: by_number.get(best(points, measure)) for measure in ("accuracy", "loss")},
        "points": rows,
        "sweep": str(kept.folder),
    }
