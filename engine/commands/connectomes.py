"""connectomes: lists the measured ones and your own, shows, adds, downloads or removes one, or writes a wiring."""

import argparse
import dataclasses

from engine.commands import connectomes_add, connectomes_download, connectomes_write
from engine.commands.said import say, table, tell
from engine.component import Invalid
from engine.connectomes.catalogue import Record, catalogue, record
from engine.connectomes.formats import limits
from engine.connectomes.library import Library

TAKEN_BY = {
    "values": ("--set", ("add", "download", "write")),
    "yes": ("--yes", ("add", "download")),
    "out": ("--out", ("add",)),
    "non_commercial": ("--non-commercial", ("download",)),
    "accept": ("--accept", ("download",)),
}  # an option, and the acts that take it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="?",
        default="list",
        metavar="list | show ID | add FILE … | offers | download ID | remove ID | write FILE.mtx",
        help="what to do",
    )
    parser.add_argument("names", nargs="*", metavar="ID | FILE", help="which one, or the files that belong together")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="ADDRESS=VALUE", dest="values",
                        help="with add, download: answer a question, as in --set source_axis=rows; with write: choose"
                        " the wiring, as in --set wiring.connectome=worm_cook2019")  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="with add, download: take what is proposed for all else")
    parser.add_argument("--out", metavar="FILE", help="with add of a saved model (.pth): write its experiment there")
    parser.add_argument("--non-commercial", action="store_true", help="with download: your use is not commercial")
    parser.add_argument("--accept", action="append", default=[], metavar="SHA256",
                        help="with download: take a file of this hash, though we know another")  # fmt: skip
    parser.epilog = limits.stated()
    parser.add_argument("--json", action="store_true", help="as one line of JSON")


def command(asked: argparse.Namespace) -> int:
    """0 done; an unknown id, a bad file, an open question or an option that the act does not take is Invalid."""
    _require_taken(asked)
    if asked.what == "add":
        return connectomes_add.command(asked)
    if asked.what == "download":
        return connectomes_download.command(asked)
    if asked.what == "write":
        return connectomes_write.command(asked)
    _require_no_more(asked)
    if asked.what == "offers":
        return connectomes_download.listed(asked)
    if asked.what == "remove":
        Library().remove(asked.names[0])
        tell({"removed": asked.names[0]}) if asked.json else say(f"{asked.names[0]} was removed.")
        return 0
    if asked.what != "list":
        found = record(asked.names[0] if asked.what == "show" else asked.what)
        tell(dataclasses.asdict(found)) if asked.json else print(_shown(found))
    elif asked.json:
        tell([dataclasses.asdict(each) for each in catalogue()])
    else:
        print(_listed(catalogue()))
    return 0


def _require_taken(asked: argparse.Namespace) -> None:
    """Raises Invalid for an option that says nothing to this act."""
    for name, (option, acts) in TAKEN_BY.items():
        if getattr(asked, name) and asked.what not in acts:
            raise Invalid(f"{option} goes with connectarium connectomes {' or '.join(acts)}; leave it out here.")


def _require_no_more(asked: argparse.Namespace) -> None:
    """Raises Invalid if there are more words, or fewer, than the act takes."""
    wanted = 1 if asked.what in ("show", "remove") else 0
    if len(asked.names) > wanted:
        more = " ".join(asked.names)
        raise Invalid(f"'{asked.what} {more}' is too much; write connectarium connectomes show {asked.names[-1]}.")
    if len(asked.names) < wanted:
        raise Invalid(f"Which one? Write connectarium connectomes {asked.what} ID.")


def _listed(records: tuple[Record, ...]) -> str:
    head = ("id", "species", "units", "edges", "licence", "")
    rows = [(r.id, r.species, str(r.n), str(r.edges), r.licence, r.fault or r.how_to_get) for r in records]
    return table([head, *rows])


def _shown(found: Record) -> str:
    return table(
        [(name, str(value)) for name, value in dataclasses.asdict(found).items() if value not in (None, "", ())]
    )
