"""What a history tells of stages, of pruning and of lessons."""

import itertools
from collections.abc import Sequence
from typing import Any

Rows = Sequence[dict[str, Any]]


def stages_in(rows: Rows) -> tuple[tuple[int, str], ...]:
    """The first step and the name of every stage in some lines of a history; none if training had but one."""
    named = [row for row in rows if isinstance(row.get("stage"), str)]
    runs = itertools.groupby(named, key=lambda row: row["stage"])
    return tuple((int(next(steps)["step"]), name) for name, steps in runs)


def lessons_in(rows: Rows) -> tuple[int, ...]:
    """How many values of every lesson are learned by the last line that tells it; none without a curriculum."""
    told = next((row["lessons"] for row in reversed(rows) if isinstance(row.get("lessons"), list)), [])
    return tuple(passed for passed in told if isinstance(passed, int))


def pruned_in(rows: Rows, judged: Rows) -> tuple[dict[str, Any], ...]:
    """Every round of pruning with its step and stage, and `retrained`: the last held-out loss that was judged in the
    same stage before anything else was pruned, or None."""
    told = [row for row in rows if isinstance(row.get("pruned"), list)]
    found = []
    for row, following in itertools.zip_longest(told, told[1:]):
        place = {
            "step": int(row["step"]),
            "stage": row.get("stage", ""),
            "retrained": _retrained(row, following, judged),
        }
        found += [{**turn, **place} for turn in row["pruned"] if isinstance(turn, dict)]
    return tuple(found)


def with_retrained(
    pruned: Sequence[dict[str, Any]],
    evaluated: Sequence[int],
    losses: Sequence[Any],
    stages: Sequence[tuple[int, str]],
) -> tuple[dict[str, Any], ...]:
    """The rounds of pruning with `retrained` as all of a history tells it, of which they may have known a part."""
    found = []
    for k, turn in enumerate(pruned):
        ends = [first for first, _ in stages if first > turn["step"]]
        after = [other for other in pruned[k + 1 :] if other["step"] > turn["step"]]
        end = min([*ends[:1], *(other["step"] for other in after[:1])], default=float("inf"))
        there = [i for i, step in enumerate(evaluated) if turn["step"] <= step < end]
        last = list(losses[there[-1]]) if there else None
        same = bool(after) and after[0].get("stage") == turn.get("stage")
        found.append({**turn, "retrained": after[0].get("loss_before") if same else last})
    return tuple(found)


def _retrained(row: dict[str, Any], following: dict[str, Any] | None, judged: Rows) -> Any:
    end = following["step"] if following else float("inf")
    if following and following.get("stage") == row.get("stage"):
        return following["pruned"][0].get("loss_before") if following["pruned"] else None
    later = [r for r in judged if row["step"] <= r["step"] < end and r.get("stage") == row.get("stage")]
    return later[-1]["evaluation"]["loss"] if later else None
