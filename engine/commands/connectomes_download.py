"""connectomes offers | download: what lies elsewhere, whose it is, and how it comes into your library."""

import argparse
import dataclasses
from pathlib import Path

from engine.commands import connectomes_add
from engine.commands.said import say, table, tell
from engine.component import Invalid
from engine.connectomes import downloads
from engine.connectomes.downloads import Offer


def listed(asked: argparse.Namespace) -> int:
    """0: the offers are on stdout."""
    if asked.json:
        tell([dataclasses.asdict(offer) for offer in downloads.offers()])
        return 0
    head = ("id", "species", "MB", "licence", "title")
    rows = [(o.id, o.species, f"{o.bytes / 1e6:.2f}", o.licence, o.title) for o in downloads.offers()]
    print(table([head, *rows]))
    return 0


def command(asked: argparse.Namespace) -> int:
    """0 once it is kept. Raises Invalid for an unknown offer, a licence not agreed to or an open question."""
    if len(asked.names) != 1:
        raise Invalid(
            "Which one? Write connectarium connectomes download ID; connectarium connectomes offers lists them."
        )
    offer = downloads.offer(asked.names[0])
    say(
        f"{offer.title}, {offer.species}, {offer.bytes / 1e6:.2f} MB.\nLicence: {offer.licence}\nCite: {offer.citation}"
    )
    if offer.terms:
        say(f"Terms: {offer.terms}")
    if offer.non_commercial and not asked.non_commercial:
        raise Invalid(f"'{offer.id}' may not be used commercially; agree with --non-commercial.")
    path = downloads.downloaded(offer, downloads.cache(), _progress(offer), tuple(asked.accept))
    told = {address for address, _ in map(connectomes_add.assignment, asked.values)}
    stated = [f"{a}={value}" for a, value in offer.told().items() if a not in told]
    here = vars(asked) | {"names": [str(p) for p in _files(path)], "values": [*asked.values, *stated]}
    return connectomes_add.command(argparse.Namespace(**here))


def _files(path: Path) -> list[Path]:
    return sorted(p for p in path.iterdir() if p.suffix != ".part") if path.is_dir() else [path]


def _progress(offer: Offer) -> downloads.Progress:
    """Says each tenth of the way on stderr."""
    said: list[int] = []

    def show(here: int, of: int) -> bool:
        tenth = 10 * here // max(1, of)
        if tenth not in said:
            said.append(tenth)
            say(f"{offer.id}: {here / 1e6:.2f} of {of / 1e6:.2f} MB")
        return True

    return show
