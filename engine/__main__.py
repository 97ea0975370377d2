"""Connectarium without a screen: the same verbs as the page. `connectarium` and `python -m engine` are one command."""

import argparse
import importlib
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from engine.component import Invalid
from engine.whole_file import VARIABLE

VERBS = {
    "serve": "open the app in the browser",
    "run": "train an experiment and print its final numbers",
    "sweep": "train an experiment at every point of a grid over some of its parameters",
    "forecast": "tell how long an experiment would take here, and how much memory",
    "suggest": "find up to which weight an objective lets the task be learned",
    "connectomes": "list the connectomes, show one, or add your own",
    "papers": "list reproduced publications, or run one and see which claims hold",
    "tasks": "list the tasks, show one, or check your own",
    "analyse": "put a question to a kept run and write the numbers as CSV",
    "export": "write a kept run as a bundle, CSV or script",
    "doctor": "tell what is installed and what is missing",
}
HIDDEN = ("worker", "reader", "probe")
# Idle threads of GNU OpenMP turn in circles for long, and two runs that share two cores then stand still: 8 networks
# took 10 to 28 s instead of 1 s (60 steps, two runs at once). With few turns both take 3 s, and one alone 1.2 s.
FEW_TURNS = {"GOMP_SPINCOUNT": "1000"}
BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def main(words: list[str] | None = None) -> int:
    """Exit status: 0 done, 1 failed or exported with damage, 2 bad input (one sentence on stderr), 130 interrupted."""
    words = sys.argv[1:] if words is None else words
    for name, value in FEW_TURNS.items():
        os.environ.setdefault(name, value)  # read when torch is first imported, which is below
    parser = _Parser(prog="connectarium", description="Recurrent networks wired like brains.")
    parser.add_argument("verb", choices=VERBS, metavar="VERB", help=", ".join(VERBS))
    parser.add_argument("--version", action="version", version=f"Connectarium {_version()}")
    parser.epilog = "; ".join(f"{verb}: {help}" for verb, help in VERBS.items())
    verb = words[0] if words and words[0] in HIDDEN else parser.parse_args(words[:1]).verb
    module = importlib.import_module(f"engine.commands.{verb}")  # only what is asked for: torch takes seconds
    own = _Parser(prog=f"connectarium {verb}", description=VERBS.get(verb))
    module.add_arguments(own)
    try:
        asked = own.parse_args(words[1:])
        with _data_in(getattr(asked, "store", None)):
            status = module.command(asked)
            sys.stdout.flush()
            return status
    except Invalid as fault:
        print(f"connectarium {verb}: {fault}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # who reads it has enough, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


@contextmanager
def _data_in(folder: str | None) -> Iterator[None]:
    """While the command works, the user's own connectomes are those of the folder asked for."""
    before = os.environ.get(VARIABLE)
    if folder:
        os.environ[VARIABLE] = folder
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)
        if before is not None:
            os.environ[VARIABLE] = before


def _version() -> str:
    try:
        return importlib.metadata.version("connectarium")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed, used from its folder)"


if __name__ == "__main__":
    sys.exit(main())
