"""papers: lists the reproduced publications, or runs one and tells which of its claims hold."""

import argparse
import json
from pathlib import Path

from engine.commands.interrupt import INTERRUPTED, ctrl_c
from engine.commands.progress_bar import duration, followed
from engine.commands.said import say, table, tell
from engine.component import Invalid, near
from engine.experiments.papers import PAPERS, paper
from engine.experiments.papers.conduct import conduct, folder_of, read_table
from engine.experiments.papers.paper import Paper, Part, Scale
from engine.experiments.papers.possible import INTERVALS
from engine.experiments.papers.report import write_report
from engine.experiments.papers.shipped import other_seeds, ship
from engine.experiments.papers.verdict_rows import alike, counted, lacking, verdict_rows

VERBS = ("list", "show", "run", "report", "ship")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", nargs="?", default="list", metavar="list | {show,run,report,ship} NAME", help="what to do"
    )
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="which paper")
    parser.add_argument("part", nargs="?", default="", metavar="PART",
                        help="show: print the experiment of this part, for `connectarium run`")  # fmt: skip
    parser.add_argument("--full", action="store_true", help="published sizes (hours) instead of those for two cores")
    parser.add_argument("--seeds", type=int, help="networks per condition instead of the recipe's own number")
    parser.add_argument("--first-seed", type=int, default=0, metavar="K", help="count all seeds from K")
    parser.add_argument("--own", action="append", default=[], metavar="WHAT=NAME",
                        help="data of your own in place of the paper's, as `papers show NAME` says")  # fmt: skip
    parser.add_argument("--out", metavar="DIR", help="folder of runs and report; begun work in it goes on")
    parser.add_argument("--from", dest="source", metavar="DIR", help="ship: the finished folder to be shipped")
    parser.add_argument("--again", metavar="DIR", help="ship: another one with other seeds, shipped beside")
    parser.add_argument("--json", action="store_true", help="print the verdicts as one line of JSON")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def command(asked: argparse.Namespace) -> int:
    """0 if the paper was run to its end, whatever the verdicts; 130 if it was stopped and can go on."""
    if asked.what == "list":
        print(table([("name", "forecast", "published sizes", "question"), *(_line(one) for one in PAPERS)]))
        return 0
    if asked.what not in VERBS:
        raise Invalid(f"'{asked.what}' is none of {', '.join(VERBS)}.{near(asked.what, VERBS)}")
    chosen, scale = paper(asked.name), _scale(asked)
    if asked.part and asked.what != "show":
        raise Invalid(f"Only show takes a part, as in: connectarium papers show {chosen.name} {asked.part}")
    if asked.what == "show":
        return _show_part(chosen.part(asked.part, scale)) if asked.part else _show(chosen, scale)
    if asked.what == "ship":
        return _ship(chosen, asked.source, asked.again)
    folder = Path(asked.out or folder_of(chosen, scale)).absolute()
    if asked.what == "run":
        with ctrl_c() as left:
            is_done = followed(conduct(chosen, folder, scale), "part", asked.quiet, left)
        if not is_done:
            say(f"Stopped; the same command goes on in {folder}")
            return INTERRUPTED
    elif not (folder / "paper.json").exists():
        said = f"There are no results of {chosen.name} in {folder}"
        raise Invalid(f"{said}; run it with connectarium papers run {chosen.name}, or name its folder with --out.")
    _tell(chosen, folder, asked.json)
    return 0


def _line(one: Paper) -> tuple[str, str, str, str]:
    return one.name, *(_forecast(one, scale) for scale in (Scale(), Scale(full=True))), one.question


def _forecast(one: Paper, scale: Scale) -> str:
    return duration(sum(part.seconds for part in one.parts(scale)))


def _show(one: Paper, scale: Scale) -> int:
    """What it asks, claims, does otherwise than it says, trains, and takes of one's own."""
    print(f"{one.title}\n{one.citation}\n\n{one.question}\n")
    print(table([("claim", "tolerance", "source"), *((c.sentence, c.tolerance, c.source) for c in one.claims)]))
    print()
    if one.variants:
        rows = ((v.what, v.as_published, v.corrected) for v in one.variants)
        print(table([("what", "as published", "corrected"), *rows]) + "\n")
    parts = one.parts(scale)
    print(table([("part", "forecast", "what it does"), *((p.name, duration(p.seconds), p.about) for p in parts)]))
    for own in one.takes:
        there = own.choices()
        said = table([("name", "title"), *there[:40]]) if there else "None is there yet."
        print(f"\n--own {own.what}=NAME   {own.about}\n{said}")
    return 0


def _show_part(part: Part) -> int:
    """Its experiment, as a file that can be run."""
    if part.experiment is None:
        raise Invalid(f"{part.name} trains nothing. {part.about}")
    print(json.dumps(part.experiment.changes(), indent=1))
    return 0


def _scale(asked: argparse.Namespace) -> Scale:
    if asked.seeds is not None and not 1 <= asked.seeds <= 256:
        raise Invalid(f"--seeds is {asked.seeds}, but must lie between 1 and 256.")
    if not 0 <= asked.first_seed < 2**40:
        raise Invalid(f"--first-seed is {asked.first_seed}, but must be 0 or more.")
    return Scale(asked.full, asked.seeds, asked.first_seed, tuple(sorted(map(_own, asked.own))))


def _own(asked: str) -> tuple[str, str]:
    what, sign, name = asked.partition("=")
    if not (what and sign and name):
        raise Invalid(f"--own {asked} is not WHAT=NAME, as in --own connectome=worm_cook2019.")
    return what, name


def _ship(chosen: Paper, source: str | None, again: str | None) -> int:
    if source is None:
        raise Invalid(f"Which folder is to be shipped? connectarium papers ship {chosen.name} --from DIR")
    folder = ship(chosen, Path(source).absolute(), again=Path(again).absolute() if again else None)
    size = sum(path.stat().st_size for path in folder.iterdir())
    say(f"Shipped from now on: {folder} ({size / 1000:,.0f} kB)")
    return 0


def _tell(chosen: Paper, folder: Path, as_json: bool) -> None:
    readings = read_table(folder)
    written = write_report(chosen, readings, folder)
    rows = verdict_rows(chosen, readings, other_seeds(chosen, folder))
    if as_json:
        return tell({"paper": chosen.name, "claims": rows, "report": str(written)})
    print(table([("verdict", "measured", "tolerance", "claim"), *(_claim(row) for row in rows)]))
    for said in (f"{counted(rows)}.", *lacking(rows), alike(rows), INTERVALS, f"Report: {written}"):
        if said:
            say(said)
    return None


def _claim(row: dict[str, object]) -> tuple[str, str, str, str]:
    spread = f" [{row['low']:.4g}, {row['high']:.4g}]" if row["low"] is not None else ""
    value = "-" if row["value"] is None else f"{row['value']:.4g}{spread} (n = {row['n']})"
    return str(row["verdict"]), value, str(row["tolerance"]), str(row["claim"])
