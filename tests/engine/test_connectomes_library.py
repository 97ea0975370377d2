"""The library keeps a user's own connectomes whole, refuses what was changed, and is always fresh."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from engine.component import Invalid
from engine.connectomes.catalogue import catalogue, choices, measurement, record
from engine.connectomes.graph import Graph
from engine.connectomes.kept_graph import packed
from engine.connectomes.library import Library
from engine.connectomes.measured import MeasuredWiring
from engine.experiments.execute import execute, take_up
from engine.experiments.open_bundle import open_bundle
from engine.experiments.status import Process
from engine.experiments.store import Store
from engine.whole_file import VARIABLE
from tests.engine.small_experiment import small_experiment


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "data"))
    return tmp_path / "data" / "connectomes"


def small_graph(n: int = 12, seed: int = 0) -> Graph:
    rng = np.random.default_rng(seed)
    post, pre = np.nonzero((rng.random((n, n)) < 0.4) & ~np.eye(n, dtype=bool))
    signs = rng.choice(np.array([-1, 0, 1], np.int8), len(post))
    unknown = np.zeros((n, n), bool)
    unknown[0, 1] = True
    return Graph(
        tuple(f"unit {i}" for i in range(n)), pre, post, rng.gamma(1, 5, len(post)), signs,
        {"type": ("A", "B", "") * (n // 3)}, rng.normal(size=(n, 3)), {"length_mm": rng.random((n, n))},
        {"gain": rng.random(n)}, unknown,
    )  # fmt: skip


def test_what_was_added_comes_back_bit_for_bit():
    made = small_graph()
    id = Library().add(made, {"title": "My fly", "area_by": "type", "licence": "CC BY 4.0"}, ("A remark.",))
    assert id.startswith("my_fly_")
    back = Library().graph(id)
    assert (back.names, dict(back.labels)) == (made.names, made.labels)
    assert np.array_equal(back.dense()[0], made.dense()[0])
    assert np.array_equal(back.dense()[1], made.dense()[1])
    for one, other in (
        (back.positions_um, made.positions_um), (back.pairs["length_mm"], made.pairs["length_mm"]),
        (back.maps["gain"], made.maps["gain"]), (back.unknown, made.unknown),
    ):  # fmt: skip
        assert np.array_equal(one, other)
    told = record(id)
    assert (told.title, told.licence, told.area_by, told.sign) == ("My fly", "CC BY 4.0", "type", "edge")
    assert told.remarks == ("A remark.",)
    assert Library().add(made, {"title": "My fly"}) == id


def test_it_is_in_the_catalogue_at_once_and_gone_at_once():
    before = catalogue()
    id = Library().add(small_graph(), {"title": "Mine"})
    assert [r.id for r in catalogue()] == [*(r.id for r in before), id]
    assert (id, "Mine") in choices()
    Library().remove(id)
    assert catalogue() == before
    with pytest.raises(Invalid, match="open the bundle of the run"):
        measurement(id)
    assert Library().removed() == (id,)
    Library().restore(id)
    assert measurement(id).n == 12
    Library().remove(id)
    Library().purge(older_than_s=-1)
    with pytest.raises(Invalid, match="not in the trash"):
        Library().restore(id)


def test_a_network_is_wired_by_it_and_unlabelled_units_are_an_area():
    id = Library().add(small_graph(), {"title": "Mine", "area_by": "type"})
    made = MeasuredWiring(connectome=id, density=None).wire(np.random.default_rng(0))
    assert set(made.areas) == {"A", "B", "unlabelled"}
    assert made.unknown[0, 1]
    assert made.unknown.sum() == 1


SPOILT = {
    "swapped": lambda npz, js: npz.write_bytes(packed(small_graph(seed=9))),
    "truncated": lambda npz, js: npz.write_bytes(npz.read_bytes()[:-200]),
    "changed": lambda npz, js: npz.write_bytes(npz.read_bytes().replace(b"unit", b"uint")[:-1] + b"x"),
    "objects": lambda npz, js: _forge(npz, js, lambda: np.savez(npz, **{"weights.post": np.array([{}], object)})),
    "another": lambda npz, js: _forge(npz, js, lambda: np.savez(npz, units=np.zeros(3))),
    "no_zip": lambda npz, js: _forge(npz, js, lambda: npz.write_bytes(b"PK\x03\x04 no zip at all")),
    "no_arrays": lambda npz, js: npz.unlink(),
    "no_json": lambda npz, js: js.write_text("{"),
    "a_list": lambda npz, js: js.write_text("[1, 2]"),
    "other_types": lambda npz, js: js.write_text(json.dumps(json.loads(js.read_text()) | {"matrices": 7})),
    "other_id": lambda npz, js: js.write_text(json.dumps(json.loads(js.read_text()) | {"id": "../../x"})),
    "endless": lambda npz, js: js.write_bytes(b" " * (5 << 20)),
    "link": lambda npz, js: (js.unlink(), js.symlink_to("/etc/passwd")),
}


def _forge(npz: Path, js: Path, write) -> None:
    """Somebody who puts a file there by hand also gets the hash right."""
    import hashlib

    write()
    js.write_text(json.dumps(json.loads(js.read_text()) | {"sha256": hashlib.sha256(npz.read_bytes()).hexdigest()}))


@pytest.mark.parametrize("how", SPOILT)
def test_a_spoilt_file_never_breaks_the_catalogue_and_says_so(how: str, folder: Path):
    good, id = (Library().add(small_graph(seed=s), {"title": title}) for s, title in ((1, "Good"), (2, "Bad")))
    SPOILT[how](folder / f"{id}.npz", folder / f"{id}.json")
    assert {good, id} <= {r.id for r in catalogue()}
    with pytest.raises(Invalid) as refused:
        measurement(id)
    assert "\n" not in str(refused.value)
    assert measurement(good).n == 12
    Library().remove(id)  # what is spoilt can be taken away
    assert id not in {r.id for r in catalogue()}


def test_files_that_are_not_ours_are_passed_over(folder: Path):
    folder.mkdir(parents=True)
    for name in ("evil.json", "..json", ".json", "human_dk84.json", "a b_123456.json"):
        (folder / name).write_text("{}")
    assert Library().records() == ()


def test_a_graph_beyond_a_matrix_is_kept_and_asks_for_a_cut():
    n = 12_000
    ring = Graph(tuple(map(str, range(n))), np.arange(n), (np.arange(n) + 1) % n, np.ones(n))
    id = Library().add(ring, {"title": "Ring"})
    assert record(id).n == n
    with pytest.raises(Invalid, match="cut it") as asked:
        MeasuredWiring(connectome=id).wire(np.random.default_rng(0))
    assert asked.value.address == "wiring.cuts"
    cut = {"kind": "neighbourhood", "names": ("5",), "hops": 2, "direction": "out"}
    made = MeasuredWiring.read({"connectome": id, "density": None, "cuts": (cut,)}).wire(np.random.default_rng(0))
    assert made.names == ("5", "6", "7")
    assert any("3 of 12,000 units" in said for said in made.remarks)


def test_the_bundle_of_a_run_brings_its_connectome_to_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    id = Library().add(small_graph(), {"title": "Mine", "licence": "CC0", "citation": "Me (2026)"})
    store = Store(tmp_path / "data")
    asked = small_experiment(seeds__networks=1).with_values(
        {"wiring.kind": "measured", "wiring.connectome": id, "training.steps": 2}
    )
    run = store.create(asked)
    assert take_up(run, Process.this())
    list(execute(run))
    bundle = store.bundle(run.id)
    with zipfile.ZipFile(bundle) as archive:
        assert {f"connectome/{id}.npz", f"connectome/{id}.json"} <= set(archive.namelist())
        assert "CC0" in archive.read("connectome/CITATION.txt").decode()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "elsewhere"))
    with pytest.raises(Invalid, match="open the bundle"):
        measurement(id)
    assert open_bundle(bundle) == run.experiment()
    assert np.array_equal(measurement(id).strengths, small_graph().dense()[0])


def test_a_bundle_whose_connectome_was_changed_is_refused(tmp_path: Path):
    id = Library().add(small_graph(), {"title": "Mine"})
    arrays, told = (path.read_bytes() for path in Library().files(id))
    with pytest.raises(Invalid, match="hash differs"):
        Library().adopt(arrays[:-1] + b"x", told)
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(Invalid, match="no bundle"):
        open_bundle(tmp_path / "b.zip")
