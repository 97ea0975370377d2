"""The table of effects: every null model, kind of synapses and strategy against bio wiring, paired by seed."""

from collections.abc import Iterator

import pandas as pd

from engine.analysis.paired_effects import paired_effect
from engine.experiments.papers.goulas_2021.measures import BEST, CAPACITY, EPOCHS, ERROR
from engine.experiments.papers.goulas_2021.networks import BIO
from engine.experiments.papers.paper import Table
from engine.experiments.papers.possible import within

MEASURES = (EPOCHS, ERROR, BEST, CAPACITY)


def tables(table: Table) -> dict[str, pd.DataFrame]:
    """`effects`: bio minus each other wiring, of all that differ in their wiring alone; empty without any."""
    rows = [row for measure in MEASURES for row in _rows(table, measure)]
    return {"effects": pd.DataFrame(rows)} if rows else {}


def _rows(table: Table, measure: str) -> Iterator[dict[str, object]]:
    there = list(dict.fromkeys(table.rows.loc[table.rows["measure"] == measure, "variant"]))
    for bio in there:
        words = bio.split(", ")
        if BIO not in words:
            continue
        at = words.index(BIO)
        for other in there:
            theirs = other.split(", ")
            same = len(theirs) == len(words) and all(a == b for k, (a, b) in enumerate(zip(words, theirs, strict=True))
                                                     if k != at)  # fmt: skip
            if same and other != bio:
                found = paired_effect(*table.pairs(measure, bio, other))
                mean, low, high = within(f"difference of {measure}", (found.mean, found.low, found.high))
                rest = ", ".join(word for k, word in enumerate(words) if k != at)
                yield {"measure": measure, "of": rest, "bio minus": theirs[at], "seeds": found.n,
                       "difference": mean, "low": low, "high": high, "d": found.d,
                       "p": found.p}  # fmt: skip
