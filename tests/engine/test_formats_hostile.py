"""Files that mean harm are refused in one sentence: nothing is run or written, and memory stays small."""

import tracemalloc
from pathlib import Path

import pytest

from engine.component import Invalid
from engine.connectomes.formats import Answers, graph, look
from tests.engine.hostile_files import HOSTILE, MB

PEAK_BYTES = 250 * MB


def _listing(folder: Path) -> dict[str, int]:
    return {str(path): path.lstat().st_size for path in folder.rglob("*")}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_unharmed_in_one_sentence(name: str, tmp_path: Path):
    # bio 9.12: names are unpickled, which runs code
    write, word = HOSTILE[name]
    path = write(tmp_path)
    before = _listing(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(Invalid) as refused:
            graph(look(path), Answers())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    said = str(refused.value)
    assert word in said
    assert said.isprintable()
    assert said.endswith((".", "?"))
    assert "new to us" not in said
    assert _listing(tmp_path) == before
    assert peak < PEAK_BYTES
