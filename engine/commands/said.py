"""What a command says: data on stdout, everything for people on stderr."""

import json
import math
import sys
from typing import Any


def say(sentence: str) -> None:
    """A sentence for the person at the terminal."""
    print(sentence, file=sys.stderr, flush=True)


def tell(value: Any) -> None:
    """One line of strict JSON for the program behind the pipe."""
    print(json.dumps(_strict(value), ensure_ascii=False, allow_nan=False, default=str), flush=True)


def table(rows: list[tuple[str, ...]]) -> str:
    """The rows in aligned columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def _strict(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _strict(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
