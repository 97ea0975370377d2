"""suggest: finds up to which weight an objective lets the task be learned, by a few short trainings."""

import argparse
import dataclasses
from collections.abc import Iterator
from typing import Any

from engine import own_files
from engine.commands.asked import add_experiment, experiment_of
from engine.commands.said import say, tell
from engine.component import Invalid
from engine.experiments.weight_range import Search, searched


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_experiment(parser)
    parser.add_argument("--objective", default="", metavar="NAME", help="whose weight (default: the first that is on)")
    parser.add_argument("--draws", type=int, default=2, help="networks per weight (default 2)")
    parser.add_argument("--weights", type=int, default=5, help="weights that are trained at once (default 5)")
    parser.add_argument("--lines", action="store_true", help="one line of JSON for every step, for a program to follow")


def command(asked: argparse.Namespace) -> int:
    """0; what was found is one line of JSON. With --lines a fault is a line of it, too, and ends with 2."""
    own_files.allow(asked.own_tasks)
    if not (1 <= asked.draws <= 16 and 2 <= asked.weights <= 15):
        raise Invalid("--draws must lie from 1 to 16, --weights from 2 to 15.")
    return _for_a_program(asked) if asked.lines else _for_a_person(_search(asked))


def _search(asked: argparse.Namespace) -> Iterator[Search]:
    return searched(experiment_of(asked), asked.objective, asked.steps, asked.draws, asked.weights, asked.store)


def _for_a_program(asked: argparse.Namespace) -> int:
    try:
        for now in _search(asked):
            tell(plain(now))
    except Invalid as fault:
        tell({"fault": str(fault), "address": fault.address})
        return 2
    return 0


def _for_a_person(search: Iterator[Search]) -> int:
    begun = 0
    for now in search:
        if now.round != begun:
            begun = now.round
            say(f"Training {begun}: weights {', '.join(f'{weight:g}' for weight in now.weights)}")
    for weight, accuracy in now.accuracy.items():
        say(f"{weight:g}: accuracy {accuracy:.3f}{'' if accuracy >= now.threshold else '  fails'}")
    say(f"Training begins to fail at about {now.limit:.2g}: take weights from 0 to {now.upper:g}, evenly spaced.")
    tell(plain(now))
    return 0


def plain(now: Search) -> dict[str, Any]:
    """What a program wants to know."""
    found = dataclasses.asdict(now) | {"accuracy": {f"{w:g}": round(a, 4) for w, a in now.accuracy.items()}}
    found |= {"threshold": now.threshold if now.accuracy else None}
    return found | ({"limit": now.limit, "upper": now.upper} if now.done else {})
