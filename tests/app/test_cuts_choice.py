"""The part of a large connectome is chosen while it is imported, with the names that its files have."""

import numpy as np
import pytest

from app.views.cuts_choice import CutsChoice
from engine.connectomes.importing import Importing

SIZES = {"neuron": 700, "glia": 400, "": 100}


@pytest.fixture(scope="module")
def importing(tmp_path_factory):
    """Files of 1,200 units in a ring, with a class each."""
    folder, ids = tmp_path_factory.mktemp("fly"), 720575940600000000 + np.arange(1200)
    kinds = np.repeat([*SIZES], [*SIZES.values()])
    rows = [f"{a},{b},ME_L,9,ACH" for a, b in zip(ids, np.roll(ids, -1), strict=True)]
    (folder / "connections.csv").write_text("\n".join(["pre_root_id,post_root_id,neuropil,syn_count,nt_type", *rows]))
    told = [f"{i},intrinsic,{kind},left" for i, kind in zip(ids, kinds, strict=True)]
    (folder / "classification.csv").write_text("\n".join(["root_id,flow,super_class,side", *told]))
    return Importing(tuple(sorted(folder.iterdir(), reverse=True)))


@pytest.fixture
def chosen(importing):
    made = CutsChoice()
    made.begin(importing.state({}))
    return made


@pytest.fixture
def add(chosen, importing):
    """Add the cut of this kind by its menu, and hear what is left."""

    def added(kind: str) -> str:
        control = chosen._form.controls["cuts"]
        control._add(control.kinds[kind]())
        chosen.follow(importing.state({}, chosen.experiment))
        return chosen.left.object

    return added


def test_every_kind_of_cut_can_be_added_and_says_what_is_left(add, chosen):
    kinds = [*chosen._form.controls["cuts"].kinds]
    assert len(kinds) == 5
    for kind in kinds:
        said = add(kind)
        assert "of 1,200 units" in said or chosen.problem is not None, kind


def test_a_cut_by_label_begins_with_a_label_that_there_is_and_suggests_its_values(add, chosen):
    assert "1,100 of 1,200 units" in add("label")
    (cut,) = chosen.experiment.cuts
    inside = chosen._form.controls["cuts"].forms[0].controls
    assert cut.label == "super_class"
    assert set(inside["cuts.0.label"].widget.options) >= {"super_class", "side", "flow"}
    assert inside["cuts.0.values"].widget.options == ["neuron", "glia"]


def test_units_to_begin_with_are_suggested_and_one_that_there_is_not_is_told(add, chosen, importing):
    add("neighbourhood")
    inside = chosen._form.controls["cuts"].forms[0].controls["cuts.0.names"]
    assert inside.widget.options[0] == "720575940600000000"
    chosen.change("cuts.0.names", ("720575940600000007",))
    chosen.follow(importing.state({}, chosen.experiment))
    assert "3 of 1,200 units" in chosen.left.object
    chosen.change("cuts.0.names", ("AVAL",))
    chosen.follow(importing.state({}, chosen.experiment))
    assert "no unit 'AVAL'" in chosen.message("cuts.0.names.0")
