"""A paper: what a publication claims, the recipes that put it to the test, and how each claim is judged."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from engine.component import Invalid, near
from engine.experiments.experiment import Experiment
from engine.experiments.history import History
from engine.experiments.papers.verdict import Verdict
from engine.experiments.run import Run
from engine.networks.network import Network

COLUMNS = ("part", "variant", "network", "measure", "at", "value")


class Reading(NamedTuple):
    """One measured number of one network: the `measure` (with its unit), where `at` (a density, a step) if anywhere.

    `network` is the seed that the network stands for: rows of two variants with the same number are a pair.
    """

    measure: str
    value: float
    network: int = 0
    variant: str = ""
    at: float = float("nan")


@dataclass(frozen=True)
class Outcome:
    """A part that was trained: the run, and from it the networks before and after."""

    experiment: Experiment
    run: Run

    @cached_property
    def history(self) -> History:
        return self.run.history()

    @cached_property
    def first(self) -> Network:
        """The population before training."""
        return self.experiment.network(store=self.run.folder.parent.parent)

    @cached_property
    def network(self) -> Network:
        """The population after training."""
        network = self.experiment.network(store=self.run.folder.parent.parent)
        network.load_lawful(self.run.weights())
        return network

    @property
    def diverged(self) -> list[bool]:
        """By network: whether a loss or gradient stopped being a number."""
        return [loss is None for loss in self.run.status().loss]


@dataclass(frozen=True)
class Part:
    """A piece of work: an experiment that is trained (or none) and what is measured when it is done.

    `seconds` is what it took on two cores when it was written, for the forecast.
    """

    name: str
    about: str
    seconds: float
    measure: Callable[[Outcome], Iterable[Reading]] | None = None
    experiment: Experiment | None = None
    variant: str = ""
    compute: Callable[[], Iterable[Reading]] | None = None  # for parts that train nothing


class Table:
    """The readings of all parts that are done, one row each."""

    def __init__(self, rows: pd.DataFrame):
        self.rows = rows

    def of(
        self, measure: str, part: str | None = None, variant: str | None = None, at: float | None = None
    ) -> Float[np.ndarray, " n"]:
        """The values of a measure in the order of their networks; empty if there are none (yet)."""
        rows = self.rows[self.rows["measure"] == measure]
        for column, wanted in (("part", part), ("variant", variant)):
            if wanted is not None:
                rows = rows[rows[column] == wanted]
        if at is not None:
            rows = rows[np.isclose(rows["at"].astype(float), at)]
        return rows.sort_values("network", kind="stable")["value"].to_numpy(dtype=float)


@dataclass(frozen=True)
class Claim:
    """One sentence of a publication (or of our audit of it), where it stands, and how it is judged."""

    name: str
    sentence: str
    source: str
    tolerance: str
    judge: Callable[[Table], Verdict]
    expected: str = ""  # why our number differs from the published one, where it is known to


@dataclass(frozen=True)
class Variant:
    """One thing that the publication does in another way than it says: both are offered."""

    what: str
    as_published: str
    corrected: str


@dataclass(frozen=True)
class Series:
    """One line, group of points or bar heights, with an interval if there are several networks."""

    name: str
    x: tuple[float | str, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True)
class Figure:
    """A figure of the paper redrawn from the readings; a renderer chooses the colours."""

    name: str
    title: str
    x: str
    y: str
    kind: Literal["lines", "points", "bars"]
    series: tuple[Series, ...]
    log_x: bool = False
    log_y: bool = False
    reference: tuple[tuple[str, float], ...] = ()  # horizontal lines: chance, ideal, persistence


@dataclass(frozen=True)
class Scale:
    """How large: published sizes or those for two cores, how many seeds per condition, and the first of them."""

    full: bool = False
    seeds: int | None = None
    first_seed: int = 0


@dataclass(frozen=True)
class Paper:
    """A publication: its question, recipes, claims, and what it does otherwise than it says."""

    name: str
    title: str
    citation: str
    question: str
    plan: Callable[[Scale], tuple[Part, ...]]
    claims: tuple[Claim, ...]
    variants: tuple[Variant, ...] = ()
    figures: Callable[[Table], tuple[Figure, ...]] = field(default=lambda _: ())
    tables: Callable[[Table], Mapping[str, pd.DataFrame]] = field(default=lambda _: {})  # kept beside the figures

    def parts(self, scale: Scale) -> tuple[Part, ...]:
        """The pieces of work at this scale. Raises Invalid where two have one name."""
        parts = self.plan(scale)
        names = [part.name for part in parts]
        if len({*names}) < len(names):
            raise Invalid(f"Two parts of {self.name} have the same name.")
        return parts

    def part(self, name: str, scale: Scale) -> Part:
        """The part of that name. Raises Invalid if there is none."""
        found = {part.name: part for part in self.parts(scale)}
        if name not in found:
            raise Invalid(f"{self.name} has no part '{name}'.{near(name, found)}")
        return found[name]

    def verdicts(self, table: Table) -> dict[str, Verdict]:
        """The verdict on every claim by its name."""
        return {claim.name: claim.judge(table) for claim in self.claims}
