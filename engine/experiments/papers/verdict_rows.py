"""The verdicts on the claims of a paper as rows, beside those of networks with other seeds."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from engine.experiments.papers.paper import Claim, Paper, Table
from engine.experiments.papers.verdict import WORDS, Verdict

Row = dict[str, object]


def verdict_rows(paper: Paper, table: Table, again: Table | None = None) -> list[Row]:
    """One row a claim: verdict, measured value with interval and n, tolerance, sentence, source, why.

    `reason` says why it differs, where it does, and what is to be remarked; `other_seeds` is the verdict on `again`,
    the readings of networks with other seeds, or None.
    """
    others = paper.verdicts(again) if again is not None else {}
    return [_row(claim, verdict, others.get(claim.name)) for claim, verdict in _judged(paper, table)]


def alike(rows: Sequence[Mapping[str, object]]) -> str:
    """One sentence: how many verdicts are the same with other seeds; empty if there are no others."""
    known = [row for row in rows if row["other_seeds"] is not None]
    if not known:
        return ""
    turned = [row for row in known if {row["verdict"], row["other_seeds"]} == {"reproduced", "not reproduced"}]
    same = sum(row["verdict"] == row["other_seeds"] for row in known)
    said, rest = f"With other seeds {same} of {len(known)} verdicts are the same", len(known) - same
    if not rest:
        return f"{said}."
    return f"{said}; of the {rest} others {len(turned) or 'none'} turned over (reproduced against not reproduced)."


def counted(rows: Sequence[Mapping[str, object]]) -> str:
    """How many claims have which verdict: 26 reproduced, 15 need data."""
    found = Counter(str(row["verdict"]) for row in rows)
    return ", ".join(f"{found[word]} {plural(word, found[word])}" for word in WORDS if found[word])


def plural(word: str, count: int) -> str:
    """A verdict as it is said of so many claims."""
    return word.replace("needs", "need") if count > 1 else word


def lacking(rows: Sequence[Mapping[str, object]]) -> list[str]:
    """What data claims need and how they are added, each once."""
    return list(dict.fromkeys(str(row["why"]) for row in rows if row["verdict"] == "needs data"))


def differs(row: Mapping[str, object]) -> bool:
    """Whether networks with other seeds lead to another verdict."""
    return row["other_seeds"] not in (None, row["verdict"])


def _judged(paper: Paper, table: Table) -> list[tuple[Claim, Verdict]]:
    return list(zip(paper.claims, paper.verdicts(table).values(), strict=True))


def _row(claim: Claim, verdict: Verdict, other: Verdict | None) -> Row:
    told = {name: _finite(value) for name, value in asdict(verdict).items()}
    word, other_word = verdict.word, other.word if other is not None else None
    is_settled = word == "reproduced" and other_word in (None, "reproduced")
    return {
        "claim": claim.sentence,
        "verdict": told.pop("word"),
        "tolerance": claim.tolerance,
        **told,
        "source": claim.source,
        "reason": " ".join(filter(None, ["" if is_settled else claim.expected, claim.remark])),
        "other_seeds": other_word,
        "name": claim.name,
    }


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
