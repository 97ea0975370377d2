"""Conducting a paper: its parts are trained and measured one after another, into a folder from which it can go on."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from engine.component import Invalid
from engine.experiments.carry_out import all_readings, carry_out
from engine.experiments.papers.paper import Paper, Scale, Table
from engine.experiments.stand import Stand
from engine.experiments.whole_file import read_json, write_json
from engine.whole_file import data_folder


def conduct(paper: Paper, folder: Path, scale: Scale) -> Iterator[Stand]:
    """Do what is not done yet, as `carry_out` does. Raises Invalid if the folder holds another paper or scale."""
    parts = paper.parts(scale)
    claim_folder(paper, folder, scale)
    yield from carry_out(folder, parts)


def folder_of(paper: Paper, scale: Scale) -> Path:
    """Where a paper at this scale is kept, if no other folder is named."""
    told = [
        "full" * scale.full,
        f"seeds{scale.seeds}" * bool(scale.seeds),
        f"from{scale.first_seed}" * bool(scale.first_seed),
        *(f"{what}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', name)}" for what, name in scale.own),
    ]
    return data_folder() / "papers" / "_".join(filter(None, [paper.name, *told]))


def read_table(folder: Path) -> Table:
    """The readings of all parts that are done so far."""
    return Table(all_readings(folder))


def read_scale(folder: Path) -> tuple[str, Scale]:
    """Which paper a folder holds, and at which scale. Raises Invalid if it holds none."""
    told = read_json(folder / "paper.json")
    try:
        own = tuple((str(what), str(name)) for what, name in told.get("own", ()))
        return str(told["paper"]), Scale(bool(told["full"]), told["seeds"], int(told["first_seed"]), own)
    except (KeyError, TypeError, ValueError):
        raise Invalid(f"{folder / 'paper.json'} does not say which paper it holds.") from None


def claim_folder(paper: Paper, folder: Path, scale: Scale) -> None:
    """The folder holds this paper at this scale. Raises Invalid if it holds another, or cannot be written."""
    asked = {"paper": paper.name, **asdict(scale)}
    if (folder / "paper.json").exists():
        found, there = read_scale(folder)
        if {"paper": found, **asdict(there)} != asked:
            said = f"{folder} holds {found} with {_said(there)}, but {paper.name} with {_said(scale)} was asked for"
            raise Invalid(f"{said}; name another folder with --out.")
        return
    try:
        for box in ("parts", "runs"):
            (folder / box).mkdir(parents=True, exist_ok=True)
        write_json(folder / "paper.json", asked)
    except OSError as error:
        raise Invalid(f"{folder} cannot be written: {error.strerror or error}.") from None


def _said(scale: Scale) -> str:
    seeds = "its own number of seeds" if scale.seeds is None else f"{scale.seeds} seeds"
    own = "".join(f", {what} {name}" for what, name in scale.own)
    return f"{'published' if scale.full else 'default'} sizes, {seeds} from {scale.first_seed}{own}"
