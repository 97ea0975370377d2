"""reader: reads foreign files for the page, under a limit of memory; a line of JSON in, a line of JSON out."""

import argparse
import dataclasses
import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import psutil

from engine.component import Invalid
from engine.connectomes.importing import Cuts, Importing

LEAST_BYTES = 4 << 30  # of address space, of which libraries map one
SHARE = 0.6  # of the machine's memory
UNFORESEEN = "The file could not be read, in a way that is new to us ({})."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: what to do comes on stdin."""


def command(_: argparse.Namespace) -> int:
    """0 when stdin closes: the server has no further use for it, or is gone."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    _limit_memory()
    importing: Importing | None = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["do"] == "look":
                importing = None
                paths = tuple(map(Path, request["paths"]))
                importing = Importing(paths, request["chosen"], request["given"])
            told: dict[str, Any] = {"result": _done(importing, request)}
        except Invalid as fault:
            told = {"fault": str(fault), "address": fault.address}
        except MemoryError:
            told = {"fault": "The file needs more memory than there is for it.", "address": ""}
        except Exception as error:
            traceback.print_exc()
            told = {"fault": UNFORESEEN.format(type(error).__name__), "address": ""}
        print(json.dumps(told), file=answers, flush=True)
    return 0


def _done(importing: Importing | None, request: dict[str, Any]) -> Any:
    if importing is None:
        raise Invalid("No file is being read.")
    if request["do"] == "keep":
        return importing.keep(request["answers"])
    state = importing.state(request.get("answers", {}), Cuts.read(request.get("cuts", {})))
    return dataclasses.asdict(state)


def _limit_memory() -> None:
    """This process may take so much memory and no more, and writes no core file; Windows has no such limits."""
    if os.name == "nt":
        return
    import resource

    most = max(LEAST_BYTES, int(SHARE * psutil.virtual_memory().total))
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
