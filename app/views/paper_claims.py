"""The claims of a paper with their verdicts, and what it does otherwise than it says, as tables."""

from collections.abc import Iterable
from html import escape
from typing import Any

from app import look
from app.papers import Judged
from app.views.paper_words import chip
from engine.experiments.papers.paper import Paper
from engine.experiments.papers.possible import INTERVALS
from engine.experiments.papers.verdict_rows import alike, differs, lacking

HEADS = ("Verdict", "Claim, and where it stands", "Measured: mean [95 % interval], n networks", "Tolerance", "Why")


def claims_table(one: Paper, judged: Judged | None) -> str:
    """One row a claim; without readings the verdict is still to come."""
    rows = judged.rows if judged is not None else [{} for _ in one.claims]
    told = (*lacking(rows), alike(rows), INTERVALS) if judged is not None else ()
    above = "".join(f"<small>{_safe(said)}</small>" for said in told if said)
    return above + _table(HEADS, (_row(claim, row) for claim, row in zip(one.claims, rows, strict=True)))


def _row(claim: Any, row: dict[str, Any]) -> tuple[str, ...]:
    verdict = chip(str(row["verdict"])) if row else '<span class="quiet">not run yet</span>'
    if row and differs(row):
        verdict += f"<small>other seeds: {_safe(row['other_seeds'])}</small>"
    why = f"{_safe(row.get('why'))} <i>{_safe(row.get('reason', claim.remark))}</i>"
    return (
        verdict,
        f"{_safe(claim.sentence)}<small>{_safe(claim.source)}</small>",
        f"<span class='figures'>{measured(row)}</span><small>{_safe(row.get('of'))}</small>",
        _safe(claim.tolerance),
        why,
    )


def measured(row: dict[str, Any]) -> str:
    """The estimate with its interval and the number of networks."""
    if not row or row["value"] is None:
        return "–"
    spread = f" [{look.number(row['low'])}, {look.number(row['high'])}]" if row["low"] is not None else ""
    return f"{look.number(row['value'])}{spread}, n = {row['n']}"


def variants_table(one: Paper) -> str:
    """What was published, and what is right; both can be run."""
    rows = ((_safe(v.what), _safe(v.as_published), _safe(v.corrected)) for v in one.variants)
    return _table(("What", "As published", "Corrected"), rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _safe(value: object) -> str:
    return escape("" if value is None else str(value))
