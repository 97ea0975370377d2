"""suggest: finds up to which weight an objective lets the task be learned, by a few short trainings."""

import argparse
import dataclasses
import sys
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
    """0; what was found is one line of JSON."""
    own_files.allow(asked.own_tasks)
    if not (1 <= asked.draws <= 16 and 2 <= asked.weights <= 15):
        raise Invalid("--draws must lie from 1 to 16, --weights from 2 to 15.")
    round, now = 0, None
    for now in searched(experiment_of(asked), asked.objective, asked.steps, asked.draws, asked.weights):
        if asked.lines:
            tell(plain(now))
            sys.stdout.flush()
        elif now.round != round:
            round = now.round
            say(f"Training {round}: weights {', '.join(f'{weight:g}' for weight in now.weights)}")
    if not asked.lines and now is not None:
        for weight, accuracy in now.accuracy.items():
            say(f"{weight:g}: accuracy {accuracy:.3f}{'' if accuracy >= now.threshold else '  fails'}")
        say(f"Training begins to fail at about {now.limit:.2g}: take weights from 0 to {now.upper:g}, evenly spaced.")
        tell(plain(now))
    return 0


def plain(now: Search) -> dict[str, Any]:
    """What a program wants to know."""
    found = dataclasses.asdict(now) | {"accuracy": {f"{w:g}": round(a, 4) for w, a in now.accuracy.items()}}
    return found | ({"limit": now.limit, "upper": now.upper} if now.done else {}) | {"threshold": (
        now.threshold if now.accuracy else None)}  # fmt: skip
