"""Run groups: whether the blocks of two sets of networks differ, whatever it is that sets the two apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from torch import Tensor

from engine.analysis.condition_comparison import Comparison, comparison
from engine.analysis.connectivity import blocks, group_of_units
from engine.component import Invalid
from engine.connectomes.connectome import Connectome

BlockLevel = Literal["area", "type", "area_and_type"]
BlockMeasure = Literal["mean_strength", "mean", "density"]
LEVEL_WORDS = {"area": "areas", "type": "cell types", "area_and_type": "areas and cell types"}
SURE = 0.05  # q, after correction for all blocks
NAMED = 4


@dataclass(frozen=True, eq=False)
class RunBlocks:
    """One number of every block, of every network of a run."""

    run: str
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    values: Float[np.ndarray, "networks post pre"]


@dataclass(frozen=True, eq=False)
class GroupComparison:
    """B minus A in every block; what is exchanged in the permutation, and counted, are networks."""

    names: tuple[str, ...]
    found: Comparison
    runs: tuple[int, int]
    networks: tuple[int, int]
    remarks: tuple[str, ...] = ()

    def map(self, of: str) -> Float[np.ndarray, "post pre"]:
        """One column of the comparison as a table of blocks: first, second, difference, low, high, p or q."""
        return getattr(self.found, of).reshape(len(self.names), -1)

    @property
    def is_sure(self) -> Bool[np.ndarray, "post pre"]:
        """Where the difference stands after correction for all blocks."""
        return self.map("q") < SURE

    def table(self) -> pd.DataFrame:
        """One row per pair of blocks; `networks` are those of A and of B."""
        post, pre = (np.array(self.names, dtype=object)[at.ravel()] for at in np.indices((len(self.names),) * 2))
        numbers = self.found.table().drop(columns="measure").rename(columns={"first": "mean_a", "second": "mean_b"})
        counted = {"networks_a": self.networks[0], "networks_b": self.networks[1]}
        return pd.DataFrame({"post": post, "pre": pre, **numbers, **counted})


def blocks_of_run(
    run: str, weights: Float[Tensor, "networks post pre"], connectome: Connectome, level: BlockLevel,
    measure: BlockMeasure,
) -> RunBlocks:  # fmt: skip
    """The blocks of all networks of a run. Raises Invalid where a network diverged."""
    groups = group_of_units(connectome, level)
    try:
        found = [blocks(of, groups) for of in weights]
    except Invalid as fault:
        raise Invalid(f"{run} cannot be compared: {fault}") from None
    values = np.stack([getattr(each, measure) for each in found])
    return RunBlocks(run, found[0].names, tuple(found[0].sizes.tolist()), values)


def compare_groups(first: Sequence[RunBlocks], second: Sequence[RunBlocks], level: BlockLevel) -> GroupComparison:
    """Raises Invalid where the blocks of the runs do not match, or with fewer than two networks in either group."""
    every = (*first, *second)
    for one in every:
        _require_match(every[0], one, level)
    a, b = (np.concatenate([_in_order(run, every[0].names) for run in group]) for group in (first, second))
    names = every[0].names
    told = tuple(f"{pre} → {post}" for post in names for pre in names)
    found = comparison(a.reshape(len(a), -1), b.reshape(len(b), -1), told, each="network")
    sizes = {frozenset(zip(run.names, run.sizes, strict=True)) for run in every}
    unlike = ("Blocks have other numbers of units in some runs; compared are means over their pairs.",)
    remarks = found.remarks + (unlike if len(sizes) > 1 else ())
    return GroupComparison(names, found, (len(first), len(second)), (len(a), len(b)), remarks)


def _require_match(like: RunBlocks, one: RunBlocks, level: BlockLevel) -> None:
    if set(one.names) == set(like.names):
        return
    more, less = (sorted(set(x.names) - set(y.names)) for x, y in ((one, like), (like, one)))
    said = [f"{run.run} has {_listed(names)}" for run, names in ((one, more), (like, less)) if names]
    others = " or ".join(words for kind, words in LEVEL_WORDS.items() if kind != level)
    raise Invalid(
        f"The {LEVEL_WORDS[level]} of these runs do not match: {', '.join(said)}, which the other lacks; "
        f"choose runs with the same ones, or compare {others}."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _in_order(run: RunBlocks, names: tuple[str, ...]) -> Float[np.ndarray, "networks post pre"]:
    order = [run.names.index(name) for name in names]
    return run.values[:, order][:, :, order]
