"""Names of runs: an id that sorts by time, and a title that a person remembers."""

import calendar
import hashlib
import re
import secrets
import time

from engine.component import Component, Invalid

_ID = re.compile(r"r_[0-9a-z_]{3,40}")
_MOODS = """
    amber bold brave bright brisk calm clear clever cosy curious daring eager early fair fleet gentle glad golden
    keen kind lively lucky mellow merry mild neat nimble noble patient placid proud quick quiet rapid ready serene
    sharp silver sleek smart snug sound spry steady still sunny swift tidy warm witty
"""
_ANIMALS = """
    badger beaver bee bison bat crane crow deer dolphin dove eagle falcon ferret finch fox frog gecko gull hare
    hawk heron ibis jay koala lark lemur lion lynx magpie marmot marten mole moth newt octopus otter owl panda pike
    puffin raven robin seal shrew sparrow squid stork swan tern toad vole wolf wren
"""


def new_id() -> str:
    """An id that no other run has; ids sort by the time at which they were made."""
    letters = "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(5))
    return f"r_{time.strftime('%y%m%d_%H%M%S', time.gmtime())}_{letters}"


def made_at(run_id: str) -> float:
    """When the id was made, in seconds since 1970; 0 if it does not tell."""
    try:
        return float(calendar.timegm(time.strptime(run_id[2:15], "%y%m%d_%H%M%S")))
    except ValueError:
        return 0.0


def is_id(text: str) -> bool:
    """Whether the text has the form of an id, and so cannot lead out of the store."""
    return _ID.fullmatch(text) is not None


def require_id(text: str) -> str:
    """The text itself. Raises Invalid if it cannot be an id."""
    if not is_id(text):
        raise Invalid(f"'{text[:60]}' is not the id of a run; ids look like r_260131_120000_abcde.")
    return text


def title(experiment: Component, run_id: str) -> str:
    """What a run is called until somebody names it: connectome, task and two words that follow from its id."""
    return f"{wiring_of(experiment)} · {task_of(experiment)} · {nickname(run_id)}"


def nickname(run_id: str) -> str:
    """Two words that follow from an id, as brave-otter."""
    digest = hashlib.sha256(run_id.encode()).digest()
    moods, animals = _MOODS.split(), _ANIMALS.split()
    return f"{moods[digest[0] % len(moods)]}-{animals[digest[1] % len(animals)]}"


def wiring_of(experiment: Component) -> str:
    """The connectome in a word: the record's id, or the kind of a generator."""
    wiring = experiment.value_at("wiring")
    named = str(getattr(wiring, "connectome", "") or getattr(wiring, "kind", type(wiring).__name__))
    return re.sub(r"[^\w .-]", "_", named)[:60]  # a foreign experiment may hold anything


def task_of(experiment: Component) -> str:
    """The task in words."""
    task = experiment.value_at("task")
    return str(getattr(task, "kind", type(task).__name__)).replace("_", " ")
