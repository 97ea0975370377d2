"""Two groups of runs that are compared: what is offered, and their blocks, kept for all. Slow: off the event loop."""

from dataclasses import dataclass, field, replace
from functools import partial

from app.compared import answers
from app.runs import store
from app.shelf import wired
from app.subject import version
from engine.analysis.run_groups import (
    BlockLevel,
    BlockMeasure,
    GroupComparison,
    RunBlocks,
    blocks_of_run,
    compare_groups,
)
from engine.component import Invalid
from engine.experiments.checksums import changed

MOST_RUNS = 200
MOMENTS = {"After training": "after", "Before training": "before", "Change by training": "change"}


@dataclass(frozen=True)
class Groups:
    """The runs of A and those of B, by id; once `described`, also in words, with files that have changed since."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    caption: str = field(default="", compare=False)
    damage: tuple[str, ...] = field(default=(), compare=False)

    @property
    def run(self) -> str:
        return "groups"


def described(groups: Groups) -> Groups:
    """The same in words. Every file behind the numbers is read."""
    only = {"experiment.json", "weights.safetensors"}
    runs = (*groups.first, *groups.second)
    faults = tuple(fault for run in runs for fault in changed(store().run(run).folder, only=only))
    words = f"A: {', '.join(map(name_of, groups.first))} · B: {', '.join(map(name_of, groups.second))}"
    return replace(groups, caption=words, damage=faults)


def offered_runs() -> dict[str, str]:
    """Runs that have weights: what they are called → id, the newest first."""
    kept = [summary for summary in store().runs() if summary.is_readable][:MOST_RUNS]
    return {f"{run.name} ({run.id})": run.id for run in kept if version(run.id)}


def compared(groups: Groups, level: BlockLevel, measure: BlockMeasure, moment: str) -> GroupComparison:
    """Raises Invalid with one sentence where the two groups cannot be compared."""
    if not (groups.first and groups.second):
        raise Invalid("Choose at least one run for A and one for B.")
    if both := [run for run in groups.first if run in groups.second]:
        raise Invalid(f"{name_of(both[0])} is in both groups; a network can only be in one.")
    first, second = ([_blocks(run, level, measure, moment) for run in of] for of in (groups.first, groups.second))
    return compare_groups(first, second, level)


def name_of(run: str) -> str:
    """What a run is called."""
    return store().run(run).notes()["name"]


def _blocks(id: str, level: BlockLevel, measure: BlockMeasure, moment: str) -> RunBlocks:
    key = ("blocks of run", id, version(id), level, measure, moment)
    return answers().get(key, partial(_made, id, level, measure, moment), lambda found: found.values.nbytes)


def _made(id: str, level: BlockLevel, measure: BlockMeasure, moment: str) -> RunBlocks:
    run, name = store().run(id), name_of(id)
    connectome = wired(run.experiment())

    def at(which: str) -> RunBlocks:
        try:
            weights = run.weights(which)["W_rec"]
        except Invalid as fault:
            raise Invalid(f"{name} cannot be compared: {fault}") from None
        return blocks_of_run(name, weights, connectome, level, measure)

    if moment != "change":
        return at({"before": "first", "after": "last"}[moment])
    after = at("last")
    return replace(after, values=after.values - at("first").values)
