"""What changed is found exactly, whatever was done, and a connectome can be kept as it stands."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.connectomes import AreasWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.difference import difference
from engine.connectomes.frozen import frozen
from engine.connectomes.library import Library
from engine.connectomes.steps import (
    AddConnections,
    AssignAreas,
    CellTypes,
    FlipSigns,
    FullShuffle,
    NewName,
    RemoveConnections,
    RemoveUnits,
    Rename,
    ScaleBlock,
    UnitsOfArea,
)
from engine.connectomes.steps.pairs import compact
from engine.randomness import numpy_stream
from tests.engine.test_steps_nulls import a_connectome, seeds, specs


def source() -> Connectome:
    return AreasWiring(weight_spread=0.5).wire(numpy_stream(0))


def applied(connectome: Connectome, changed) -> tuple[np.ndarray, np.ndarray]:
    """Mask and weights after the changes that a difference names."""
    mask, weights = connectome.mask.copy(), connectome.weights.copy()
    for part, exists in ((changed.added, True), (changed.removed, False)):
        mask[part.post, part.pre], weights[part.post, part.pre] = exists, part.after
    for part in (changed.reweighted, changed.flipped):
        weights[part.post, part.pre] = part.after
    return mask, weights


def test_nothing_changed_is_said_so() -> None:
    made = difference(source(), source())
    assert made.nothing
    assert made.sentences == (f"Nothing changed: all {source().mask.sum():,} connections are the same.",)


@given(spec=specs, seed=seeds, moves=st.sampled_from(["connections", "pairs"]))
@settings(max_examples=50, deadline=None)
def test_the_changes_lead_from_the_one_connectome_to_the_other(spec: tuple, seed: int, moves: str) -> None:
    before = a_connectome(spec)
    after = FullShuffle(moves=moves).change(before, np.random.default_rng(seed))
    after = FlipSigns(units=after.names[::3]).change(after, np.random.default_rng(seed))
    made = difference(before, after)
    mask, weights = applied(before, made)
    assert np.array_equal(mask, after.mask)
    assert np.array_equal(weights, after.weights)
    assert made.unchanged + made.counts["removed"] + made.counts["reweighted"] + made.counts["flipped"] == (
        before.mask.sum()
    )


def test_each_kind_of_change_is_counted_and_told() -> None:
    before, rng = source(), numpy_stream(0)
    post, pre = np.nonzero(before.mask)
    after = RemoveConnections(**compact(before, pre[:3], post[:3])).change(before, rng)
    free = np.argwhere(~before.mask & ~np.eye(before.n, dtype=bool))[:5]
    after = AddConnections(**compact(before, free[:, 1], free[:, 0])).change(after, rng)
    after = AssignAreas(areas=(UnitsOfArea(area="deep", units=("motor.1",)),)).change(after, rng)
    after = Rename(what="type", names=(NewName(old="I", new="PV"),)).change(after, rng)
    made = difference(before, after)
    assert made.sentences == (
        "5 connections were added.", "3 connections were removed.", "1 unit is in another area.",
        "24 units have another cell type.",
    )  # fmt: skip
    assert (made.areas.names, made.areas.before, made.areas.after) == (("motor.1",), ("motor",), ("deep",))
    found = {(made.names[i], made.names[j]) for i, j in zip(made.removed.pre, made.removed.post, strict=True)}
    assert found == {(before.names[i], before.names[j]) for i, j in zip(pre[:3], post[:3], strict=True)}


def test_strengths_and_signs_are_told_apart() -> None:
    before = source()
    scaled = difference(before, ScaleBlock(pre_types=("I",)).change(before, numpy_stream(0)))
    assert scaled.counts["reweighted"] == (before.weights < 0).sum()
    assert scaled.counts["flipped"] == 0
    flipped = difference(before, FlipSigns(types=("I",)).change(before, numpy_stream(0)))
    assert flipped.counts["flipped"] == (before.weights < 0).sum()
    assert flipped.counts["reweighted"] == 0
    assert flipped.counts["signs"] == flipped.counts["types"] == 24


def test_units_are_matched_by_name() -> None:
    before = source()
    after = RemoveUnits(areas=("association",)).change(before, numpy_stream(0))
    gone = np.array(before.areas) == "association"
    made = difference(before, after)
    assert made.removed_units == tuple(n for n, g in zip(before.names, gone, strict=True) if g)
    assert made.counts["removed"] == before.mask.sum() - before.mask[np.ix_(~gone, ~gone)].sum()
    assert sum(made.counts.values()) == made.counts["removed"] + 40
    back = difference(after, before)
    assert back.added_units == made.removed_units
    assert back.counts["added"] == made.counts["removed"]
    order = np.random.default_rng(0).permutation(before.n)
    mixed = Connectome(
        before.weights[np.ix_(order, order)], before.mask[np.ix_(order, order)], before.signs[order],
        *(tuple(entries[k] for k in order) for entries in (before.names, before.areas, before.types)),
    )  # fmt: skip
    assert difference(before, mixed).nothing


@given(spec=specs, signs=st.sampled_from([(1, -1), (0,), (0, 1, -1)]))
@settings(max_examples=40, deadline=None)
def test_a_frozen_connectome_has_the_same_connections_signs_and_labels(spec: tuple, signs: tuple) -> None:
    made = a_connectome(spec, signs).but("Made for a test.")
    graph, facts, _, steps = frozen(made, "Mine", {"licence": "CC0", "title": "old"})
    strengths, edge_signs = graph.dense()
    assert np.array_equal(strengths * (1 if edge_signs is None else edge_signs), made.weights)
    assert graph.names == made.names
    assert graph.labels["area"] == made.areas
    assert graph.labels["cell_type"] == made.types
    assert np.array_equal(graph.positions_um, made.positions_um)
    assert facts == {"licence": "CC0", "title": "Mine", "area_by": "area", "unit": "weight"}
    assert steps == ("Made for a test.",)


def test_what_a_graph_cannot_keep_is_told() -> None:
    mask = np.ones((2, 2), bool)
    silent = Connectome(np.zeros((2, 2)), mask, np.ones(2, np.int8), ("a", "b"), ("x", "x"), ("E", "E"))
    assert frozen(silent, "t")[2] == ("4 connections of weight 0 are left out: a graph has none.",)


def test_the_types_of_a_frozen_connectome_are_those_assigned() -> None:
    made = CellTypes().change(source(), numpy_stream(0))
    assert set(frozen(made, "t")[0].labels["cell_type"]) == {"Pyr", "SST", "VIP"}


def test_a_kept_connectome_is_wired_again_from_the_library_as_it_was(tmp_path) -> None:
    made = CellTypes().change(source(), numpy_stream(0))
    library = Library(tmp_path)
    id = library.add(*frozen(made, "My edit", {"licence": "CC0"}))
    strengths, signs = library.graph(id).dense()
    assert np.array_equal(strengths * signs, made.weights)
    record = library.record(id)
    assert (record.title, record.licence, record.area_by, record.cell_type) == ("My edit", "CC0", "area", "cell_type")
    assert record.steps == made.provenance
