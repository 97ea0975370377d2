"""The gallery shows the user's own connectomes as they are now, however large or spoilt."""

from pathlib import Path

import numpy as np
import pytest

from app.views.gallery import items
from engine.connectomes.graph import Graph
from engine.connectomes.library import Library
from engine.whole_file import VARIABLE


def ring(n: int) -> Graph:
    return Graph(tuple(map(str, range(n))), np.arange(n), (np.arange(n) + 1) % n, np.ones(n))


def test_own_connectomes_have_cards_whether_small_large_or_spoilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    before = sum(value.startswith("measured:") for value in (item["value"] for item in items()))
    small, large, bad = (Library().add(ring(n), {"title": f"Ring of {n}"}) for n in (9, 12_000, 7))
    (tmp_path / "connectomes" / f"{bad}.json").write_text("{")
    cards = {item["value"]: item for item in items()}
    assert sum(value.startswith("measured:") for value in cards) == before + 3
    assert all(cards[f"measured:{id}"]["picture"] for id in (small, large))
    assert not cards[f"measured:{small}"]["disabled"]
    assert "Not readable" in cards[f"measured:{bad}"]["disabled"]
    Library().remove(small)
    assert f"measured:{small}" not in {item["value"] for item in items()}
