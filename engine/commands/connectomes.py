"""connectomes: lists the measured connectomes, or shows one."""

import argparse
import dataclasses

from engine.commands.said import table, tell
from engine.component import Invalid
from engine.connectomes.catalogue import Record, catalogue, record


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", metavar="list | show | ID", default="list", help="all, or the one called ID")
    parser.add_argument("id", nargs="?", metavar="ID", help="with show: which one")
    parser.add_argument("--json", action="store_true", help="as one line of JSON")


def command(asked: argparse.Namespace) -> int:
    """Always 0; an unknown id is Invalid and names the near one."""
    if asked.what != "show" and asked.id is not None:
        raise Invalid(f"'{asked.what} {asked.id}' is too much; write connectarium connectomes show {asked.id}.")
    if asked.what != "list":
        found = record(asked.id or "" if asked.what == "show" else asked.what)
        tell(dataclasses.asdict(found)) if asked.json else print(_shown(found))
    elif asked.json:
        tell([dataclasses.asdict(each) for each in catalogue()])
    else:
        print(_listed(catalogue()))
    return 0


def _listed(records: tuple[Record, ...]) -> str:
    head = ("id", "species", "units", "edges", "licence", "")
    rows = [(r.id, r.species, str(r.n), str(r.edges), r.licence, "" if r.available else r.how_to_get) for r in records]
    return table([head, *rows])


def _shown(found: Record) -> str:
    return table(
        [(name, str(value)) for name, value in dataclasses.asdict(found).items() if value not in (None, "", ())]
    )
