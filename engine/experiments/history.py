"""The history of a run: one line per optimiser step, told once, in order."""

import json
import math
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from engine.experiments.history_of_stages import lessons_in, pruned_in, stages_in
from engine.experiments.whole_file import MEGABYTE, read_bytes
from engine.training.progress import Progress

LARGEST = 1024 * MEGABYTE
REMEMBERED = 4096  # bytes: longer than a line, which tells the seconds and so never comes again
_PER_NETWORK = ("loss", "gradient_norm", "violations")


@dataclass(frozen=True, eq=False)
class History:
    """Curves of a run, per step and network; and its held-out evaluations. `ledger` is the latest audit, as JSON.

    With objectives, `costs` are the total, the loss of the task and every objective by name, and `shares` the parts of
    the gradient; both are empty without. `stages` are the first step and the name of every stage, if there are several;
    `pruned` tells every round of pruning as JSON (see `Pruned`), with its step and the loss `retrained` after it.
    `lessons` tells for every lesson of the curriculum how many of its values are learned by now.
    """

    step: Int[np.ndarray, " steps"]
    seconds: Float[np.ndarray, " steps"]
    loss: Float[np.ndarray, "steps networks"]
    gradient_norm: Float[np.ndarray, "steps networks"]
    violations: Float[np.ndarray, "steps networks"]
    evaluated: Int[np.ndarray, " evaluations"]
    evaluation_loss: Float[np.ndarray, "evaluations networks"]
    accuracy: Float[np.ndarray, "evaluations networks"]
    ideal: Float[np.ndarray, " evaluations"]
    chance: Float[np.ndarray, " evaluations"]
    costs: dict[str, Float[np.ndarray, "steps networks"]]
    shares: dict[str, Float[np.ndarray, "evaluations networks"]]
    ledger: list[dict[str, Any]] | None
    stages: tuple[tuple[int, str], ...] = ()
    pruned: tuple[dict[str, Any], ...] = ()
    lessons: tuple[int, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[dict[str, Any]]) -> "History":
        """The curves in some lines of metrics.jsonl; lines that are not of the first one's form are left out."""
        rows = [line for line in lines if _is_row(line)]
        networks = len(rows[0]["loss"]) if rows else 0
        rows = [row for row in rows if all(len(row[name]) == networks for name in _PER_NETWORK)]
        judged = [row for row in rows if _is_evaluation(row.get("evaluation"), networks)]
        told = [row["evaluation"] for row in judged]
        ledgers = [row["ledger"] for row in rows if isinstance(row.get("ledger"), list)]
        return cls(
            step=_column(rows, "step").astype(np.int64),
            seconds=_column(rows, "seconds"),
            loss=_table(rows, "loss", networks),
            gradient_norm=_table(rows, "gradient_norm", networks),
            violations=_table(rows, "violations", networks),
            evaluated=_column(told, "step").astype(np.int64),
            evaluation_loss=_table(told, "loss", networks),
            accuracy=_table(told, "accuracy", networks),
            ideal=_column(told, "ideal"),
            chance=_column(told, "chance"),
            costs=_by_name(rows, "costs", networks),
            shares=_by_name(judged, "shares", networks),
            ledger=ledgers[-1] if ledgers else None,
            stages=stages_in(rows),
            pruned=pruned_in(rows, judged),
            lessons=lessons_in(rows),
        )


class Tail:
    """Reads what was added to a history since the last look.

    After a resume the history may have been cut; then `lines` begins anew and `restarts` has grown by one.
    """

    def __init__(self, path: Path):
        self.path = path
        self.restarts = 0
        self._at = 0
        self._last = b""  # what stood before `_at`; if something else stands there now, the history was cut

    def lines(self, limit: int = 64 * MEGABYTE) -> list[dict[str, Any]]:
        """The new whole lines, at most `limit` bytes of them."""
        try:
            with open(self.path, "rb") as file:
                self._begin_anew_if_cut(file)
                content = file.read(limit)
        except OSError:
            return []
        whole = content[: content.rfind(b"\n") + 1]
        if len(content) == limit and not whole:
            whole = content  # no line of ours is so long: pass over it
        if whole:
            self._at += len(whole)
            self._last = whole[-REMEMBERED:]
        return _parsed(whole)

    def _begin_anew_if_cut(self, file: Any) -> None:
        file.seek(self._at - len(self._last))
        if file.read(len(self._last)) != self._last:
            self._at, self._last = 0, b""
            self.restarts += 1
        file.seek(self._at)


def read_history(path: Path) -> History:
    """All of a history; a torn last line does not count. An absent file is an empty history."""
    if not path.exists():
        return History.of([])
    content = read_bytes(path, LARGEST)
    return History.of(_parsed(content[: content.rfind(b"\n") + 1]))


def read_end(path: Path, size: int = MEGABYTE) -> History:
    """The end of a history: what stands in its last `size` bytes; empty if there is nothing that can be read."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - size))
            return History.of(_parsed(file.read()))
    except OSError:
        return History.of([])


def cut_after(path: Path, step: int) -> None:
    """The history ends with `step`: what was told of later steps, and a torn last line, is gone."""
    if not path.exists():
        return
    keep = 0
    with open(path, "r+b") as file:
        for line in file:
            told = _parsed(line)
            if not line.endswith(b"\n") or (told and _is_row(told[0]) and told[0]["step"] > step):
                break
            keep += len(line)
        file.truncate(keep)
        os.fsync(file.fileno())


def line_of(progress: Progress) -> dict[str, Any]:
    """One line of the history. Numbers that are not finite become null, since JSON has no word for them."""
    line: dict[str, Any] = {
        "step": progress.step,
        "seconds": round(progress.seconds, 4),
        "loss": plain(progress.loss),
        "gradient_norm": plain(progress.gradient_norm),
        "violations": plain(progress.violations),
    }
    if (evaluation := progress.evaluation) is not None:
        line["evaluation"] = {
            "step": evaluation.step,
            "loss": plain(evaluation.loss),
            "accuracy": plain(evaluation.accuracy),
            "ideal": evaluation.ideal,
            "chance": evaluation.chance,
        }
    if progress.costs:
        line["costs"] = {name: plain(cost) for name, cost in progress.costs.items()}
    if progress.shares is not None:
        line["shares"] = {name: plain(share) for name, share in progress.shares.items()}
    if progress.stage:
        line["stage"] = progress.stage
    if progress.pruned:
        line["pruned"] = [_json(asdict(pruned)) for pruned in progress.pruned]
    if progress.lessons:
        line["lessons"] = list(progress.lessons)
    if progress.ledger is not None:
        line["ledger"] = [json.loads(ledger.to_json()) for ledger in progress.ledger]
    return line


def _json(told: dict[str, Any]) -> dict[str, Any]:
    finite = {n: [x if math.isfinite(x) else None for x in v] for n, v in told.items() if isinstance(v, list)}
    return {**told, **finite}


def plain(values: Tensor) -> list[Any]:
    """The values as JSON numbers, with None for those that are not finite."""
    return [value if math.isfinite(value) else None for value in values.tolist()]


def _parsed(content: bytes) -> list[dict[str, Any]]:
    found = []
    for line in content.splitlines():
        try:
            found.append(json.loads(line))
        except (ValueError, RecursionError):
            continue  # torn by a crash: the steps around it still count
    return [line for line in found if isinstance(line, dict)]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(value is None or _is_number(value) for value in values)


def _is_row(line: dict[str, Any]) -> bool:
    numbers = all(_is_number(line.get(name)) for name in ("step", "seconds"))
    return numbers and all(_are_numbers(line.get(name)) for name in _PER_NETWORK)


def _is_evaluation(told: Any, networks: int) -> bool:
    if not isinstance(told, dict) or not all(_is_number(told.get(name)) for name in ("step", "ideal", "chance")):
        return False
    return all(_are_numbers(told.get(name)) and len(told[name]) == networks for name in ("loss", "accuracy"))


def _column(rows: list[dict[str, Any]], name: str) -> Float[np.ndarray, " rows"]:
    return np.array([row[name] for row in rows], dtype=np.float64)


def _table(rows: list[dict[str, Any]], name: str, networks: int) -> Float[np.ndarray, "rows networks"]:
    return np.array([row[name] for row in rows], dtype=np.float64).reshape(len(rows), networks)


def _by_name(rows: list[dict[str, Any]], what: str, networks: int) -> dict[str, Float[np.ndarray, "rows networks"]]:
    """A table for every name that some row tells; not a number where a row does not, as in another stage."""
    named = [found if isinstance(found := row.get(what), dict) else {} for row in rows]
    nothing = [None] * networks
    tables = {}
    for name in dict.fromkeys(name for told in named for name in told):
        found = [told.get(name) for told in named]
        fine = [v if _are_numbers(v) and len(v) == networks else nothing for v in found]
        tables[name] = np.array(fine, dtype=np.float64).reshape(len(rows), networks)
    return tables
