"""Shipped results of papers: small, made by the shipped code, opened without training."""

import gzip
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from engine.component import Invalid
from engine.experiments.carry_out import is_done, read_readings, recipe
from engine.experiments.environment import ROOT, version
from engine.experiments.papers.conduct import read_scale, read_table
from engine.experiments.papers.paper import Paper, Part, Scale, Table
from engine.experiments.papers.verdict_rows import verdict_rows
from engine.experiments.whole_file import MEGABYTE, read_json, write_bytes, write_json

ASSETS = ROOT / "assets" / "papers"
LARGEST = 4 * MEGABYTE  # of the readings of one paper
DIGITS = "%.9g"
AGAIN = "numbers_again.csv.gz"  # of networks with other seeds


def ship(paper: Paper, source: Path, into: Path = ASSETS, again: Path | None = None) -> Path:
    """A finished folder becomes what is shipped: readings, verdicts, seeds, version, date and environment.

    `again` is another finished folder of the paper, with other seeds: what it read is shipped beside.
    Raises Invalid if a folder holds another paper or is not complete, if its readings are too many, or if both have
    the same seeds.
    """
    scale, parts, table = _finished(paper, source)
    files = {
        "numbers.csv": _readings(paper, table),
        "claims.csv": pd.DataFrame(verdict_rows(paper, table)).to_csv(index=False).encode(),
    }
    if again is not None:
        other, _, repeated = _finished(paper, again)
        if replace(other, first_seed=scale.first_seed) != scale or other == scale:
            raise Invalid(f"{again} must be like {source} but for its first seed.")
        files[AGAIN] = gzip.compress(_readings(paper, repeated), mtime=0)
    folder = into / paper.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / AGAIN).unlink(missing_ok=True)
        for name, content in files.items():
            write_bytes(folder / name, content)
        write_json(folder / "environment.json", read_json(source / "environment.json"))
        write_json(folder / "paper.json", read_json(source / "paper.json") | _made(source, parts))
    except OSError as error:
        raise Invalid(f"The shipped results cannot be written into {folder}: {error.strerror or error}.") from None
    return folder


def _finished(paper: Paper, source: Path) -> tuple[Scale, tuple[Part, ...], Table]:
    """What a finished folder holds. Raises Invalid if it holds another paper or is not complete."""
    named, scale = read_scale(source)
    if named != paper.name:
        raise Invalid(f"{source} holds {named}, not {paper.name}.")
    parts = paper.parts(scale)
    if left := [part.name for part in parts if not is_done(source, part)]:
        said = f"{source} has {len(parts) - len(left)} of {len(parts)} parts of {paper.name}"
        raise Invalid(f"{said}; finish it first: connectarium papers run {paper.name} --out {source}")
    rows = read_table(source).rows
    return scale, parts, Table(rows[rows["part"].isin([part.name for part in parts])])


def _readings(paper: Paper, table: Table) -> bytes:
    readings = table.rows.to_csv(index=False, float_format=DIGITS).encode()
    if len(readings) > LARGEST:
        raise Invalid(f"The readings of {paper.name} take {len(readings) / MEGABYTE:.1f} MB, more than is shipped.")
    return readings


def shipped(name: str, within: Path = ASSETS) -> Path | None:
    """The folder of the shipped results of a paper, or None."""
    folder = within / name
    return folder if (folder / "paper.json").exists() else None


def read_shipped(folder: Path) -> Table:
    """The readings of shipped results. Raises Invalid if they are missing or damaged."""
    return Table(read_readings(folder / "numbers.csv"))


def other_seeds(paper: Paper, folder: Path, within: Path = ASSETS) -> Table | None:
    """What networks of other seeds read, of those that are shipped, for the results in a folder; None if none are.

    Raises Invalid if they are damaged.
    """
    there = shipped(paper.name, within)
    if there is None:
        return None
    here, first = read_scale(folder)[1], read_scale(there)[1]
    if replace(here, first_seed=first.first_seed) != first:
        return None
    if here != first:
        return read_shipped(there)
    return Table(read_readings(there / AGAIN)) if (there / AGAIN).exists() else None


def made_by(folder: Path) -> dict[str, Any]:
    """Scale, version, date and the recipes of shipped results. Raises Invalid if they are damaged."""
    read_scale(folder)
    return read_json(folder / "paper.json")


def _made(source: Path, parts: tuple[Part, ...]) -> dict[str, Any]:
    """Which recipes, with which version, and the day on which the last part was measured."""
    last = max((source / "parts" / f"{recipe(part)}.csv").stat().st_mtime for part in parts)
    day = time.strftime("%Y-%m-%d", time.gmtime(last))
    return {"version": version("connectarium"), "date": day, "recipes": [recipe(part) for part in parts]}
