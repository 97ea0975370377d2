"""A paper: what a publication claims, the recipes that put it to the test, and how each claim is judged."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float

from engine.analysis.driven import Driven
from engine.component import Invalid, near
from engine.experiments.papers.figure import Figure
from engine.experiments.papers.verdict import Verdict
from engine.experiments.part import COLUMNS, Outcome, Part, Reading
from engine.experiments.work import times_as_long

__all__ = [
    "COLUMNS", "Claim", "Outcome", "Own", "Paper", "Part", "Reading", "Scale", "Table", "Variant", "forecast_like"
]  # fmt: skip


def forecast_like(parts: tuple[Part, ...], measured: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts with forecasts that follow their size, from those that were measured at the default scale.

    Where none has the same name, the forecast is stretched as that of the others is.
    """
    known = {part.name: part for part in measured if part.experiment is not None}
    twins = {part.name: known[part.name] for part in parts if part.experiment is not None and part.name in known}
    longer = {
        part.name: times_as_long(part.experiment, twins[part.name].experiment) * twins[part.name].seconds / part.seconds
        for part in parts if part.name in twins
    }  # fmt: skip
    usual = float(np.median([*longer.values()])) if longer else 1.0
    return tuple(
        replace(part, seconds=part.seconds * longer.get(part.name, usual)) if part.experiment is not None else part
        for part in parts
    )


class Table:
    """The readings of all parts that are done, one row each."""

    def __init__(self, rows: pd.DataFrame):
        self.rows = rows

    def of(
        self, measure: str, part: str | None = None, variant: str | None = None, at: float | None = None
    ) -> Float[np.ndarray, " n"]:
        """The values of a measure in the order of their networks; empty if there are none (yet)."""
        return self._rows(measure, part, variant, at).sort_values("network", kind="stable")["value"].to_numpy(float)

    def pairs(
        self, measure: str, first: str, second: str, part: str | None = None, at: float | None = None
    ) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """The values of two variants, network by network, of the networks that have the measure in both."""
        one, other = (
            self._rows(measure, part, variant, at).set_index("network")["value"].astype(float)
            for variant in (first, second)
        )
        shared = one.index.intersection(other.index).sort_values()
        return one[shared].to_numpy(), other[shared].to_numpy()

    def pairs_of(
        self, measure: str, other: str, part: str, variant: str
    ) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
        """Two measures of the same networks of a variant, of those that have both."""
        key = ["network", "at"]
        one, two = (self._rows(m, part, variant, None)[[*key, "value"]] for m in (measure, other))
        both = one.merge(two, on=key, suffixes=("", "_other"))
        return both["value"].to_numpy(float), both["value_other"].to_numpy(float)

    def _rows(self, measure: str, part: str | None, variant: str | None, at: float | None) -> pd.DataFrame:
        rows = self.rows[self.rows["measure"] == measure]
        for column, wanted in (("part", part), ("variant", variant)):
            if wanted is not None:
                rows = rows[rows[column] == wanted]
        return rows if at is None else rows[np.isclose(rows["at"].astype(float), at)]


@dataclass(frozen=True)
class Claim:
    """One sentence of a publication (or of our audit of it), where it stands, and how it is judged."""

    name: str
    sentence: str
    source: str
    tolerance: str
    judge: Callable[[Table], Verdict]
    expected: str = ""  # why our number differs from the published one, told where it does
    remark: str = ""  # told whatever the verdict


@dataclass(frozen=True)
class Variant:
    """One thing that the publication does in another way than it says: both are offered."""

    what: str
    as_published: str
    corrected: str


@dataclass(frozen=True)
class Scale:
    """How large: published sizes or those for two cores, how many seeds per condition, and the first of them.

    `own` are data of the user's own that take the place of the paper's, each as what it is and its name. Data that
    stand for measured ones are the same for all seeds, which are those of networks and of their trials.
    """

    full: bool = False
    seeds: int | None = None
    first_seed: int = 0
    own: tuple[tuple[str, str], ...] = ()

    def mine(self, what: str) -> str:
        """The name of the user's own data of this sort; empty for the paper's."""
        return dict(self.own).get(what, "")


def trial_seed(scale: Scale, number: int) -> int:
    """The seed of the trials that the network of this number learns from, and its partners in other groups with it.

    Networks that all learn from the same trials fail and succeed together: n would not count independent networks.
    """
    return 1000 * scale.first_seed + number


@dataclass(frozen=True)
class Own:
    """What a paper takes of the user's own: what it is called, what is to be named, and what can be (id, title)."""

    what: str
    about: str
    choices: Callable[[], Sequence[tuple[str, str]]]


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
    tables: Callable[[Table], Mapping[str, pd.DataFrame]] | None = None  # kept beside the figures
    takes: tuple[Own, ...] = ()
    turned: Callable[[Path], tuple[Driven, ...]] | None = None  # bumps that a visitor turns, of what a folder holds
    extras: Callable[[Table, Path], Iterable[tuple[str, bytes]]] = field(default=lambda *_: ())  # by name of the file

    def parts(self, scale: Scale) -> tuple[Part, ...]:
        """The pieces of work at this scale. Raises Invalid where two have one name, or for data that it cannot take."""
        self.require_own(scale)
        parts = self.plan(scale)
        names = [part.name for part in parts]
        if len({*names}) < len(names):
            raise Invalid(f"Two parts of {self.name} have the same name.")
        usual = Scale(first_seed=scale.first_seed)
        return parts if scale == usual else forecast_like(parts, self.plan(usual))

    def require_own(self, scale: Scale) -> None:
        """Raises Invalid if the user's own data are none that this paper takes, or are not at hand."""
        known = {own.what: own for own in self.takes}
        for what, name in scale.own:
            if what not in known:
                takes = f"it takes {', '.join(known)}" if known else "it takes none"
                raise Invalid(f"{self.name} takes no '{what}' of your own; {takes}.{near(what, known)}")
            there = [id for id, _ in known[what].choices()]
            if name not in there:
                some = f"known are {', '.join(there[:12])}" if there else f"there is none yet: {known[what].about}"
                raise Invalid(f"There is no {what} '{name}'; {some}.{near(name, there)}")

    def part(self, name: str, scale: Scale) -> Part:
        """The part of that name. Raises Invalid if there is none."""
        found = {part.name: part for part in self.parts(scale)}
        if name not in found:
            raise Invalid(f"{self.name} has no part '{name}'.{near(name, found)}")
        return found[name]

    def verdicts(self, table: Table) -> dict[str, Verdict]:
        """The verdict on every claim by its name."""
        return {claim.name: claim.judge(table) for claim in self.claims}
