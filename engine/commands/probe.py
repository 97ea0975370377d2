"""probe: trains the experiment on stdin for a moment and says on stdout what all of it would take, as one line."""

import argparse
import json
import os
import sys
import traceback
from typing import Any

from engine.commands.worker import warm_up
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.outlook import probed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: the experiment comes on stdin."""


def command(_: argparse.Namespace) -> int:
    """0, also where the experiment cannot be started: the answer says so."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a library prints is no answer
    warm_up()
    asked = json.load(sys.stdin)
    if hasattr(os, "nice"):
        os.nice(asked["niceness"])
    try:
        found = probed(Experiment.read(asked["experiment"]), asked["seconds"], asked["store"])
        told: dict[str, Any] = {"outlook": found.to_json()}
    except Invalid as fault:
        told = {"fault": str(fault), "address": fault.address}
    except MemoryError:
        told = {"fault": "The memory was not enough; take fewer units, networks or trials per batch.", "address": ""}
    except Exception as error:
        traceback.print_exc()
        told = {"fault": f"No forecast can be made: {type(error).__name__}: {error}"[:300], "address": ""}
    print(json.dumps(told), file=answers, flush=True)
    return 0
