"""Edits do exactly what they say and nothing else, and keep a connectome lawful."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from engine.component import Invalid, parameters
from engine.connectomes import AreasWiring, RandomWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps import (
    STEPS,
    AddConnections,
    AnyStep,
    AssignAreas,
    FlipSigns,
    KeepUnits,
    Lesion,
    MinimumDegree,
    NewName,
    RemoveConnections,
    RemoveSelfConnections,
    RemoveUnits,
    Rename,
    ScaleBlock,
    SetBlockWeights,
    SetDensity,
    Step,
    UnitsOfArea,
)
from engine.connectomes.steps.pairs import compact
from engine.randomness import numpy_stream
from tests.engine.test_steps_nulls import a_connectome, seeds, specs


def three_areas(**choices) -> Connectome:
    return AreasWiring(weight_spread=0.5, self_connections=True, **choices).wire(numpy_stream(1))


def after(step: Step, source: Connectome, seed: int = 0) -> Connectome:
    return step.change(source, np.random.default_rng(seed))


def of_area(c: Connectome, name: str) -> np.ndarray:
    return np.flatnonzero(np.array(c.areas) == name)


def same_outside(made: Connectome, source: Connectome, block: tuple) -> bool:
    inside = np.zeros(source.mask.shape, bool)
    inside[block] = True
    return np.array_equal(made.weights[~inside], source.weights[~inside])


@pytest.mark.parametrize("step", [s() for s in STEPS], ids=lambda s: s.kind)
def test_every_step_travels_has_help_and_a_title(step: Step) -> None:
    assert TypeAdapter(AnyStep).validate_json(step.model_dump_json()) == step
    assert hash(step) == hash(type(step).read(step.model_dump_json()))
    assert step.title
    assert step.source
    assert (type(step).__doc__ or "").strip().endswith(".")
    assert all(p.help for p in parameters(step))


@pytest.mark.parametrize("step", [s() for s in STEPS], ids=lambda s: s.kind)
@given(spec=specs, seed=seeds)
@settings(max_examples=15, deadline=None)
def test_every_step_by_default_gives_a_lawful_connectome_or_says_why_not(step: Step, spec: tuple, seed: int) -> None:
    source = a_connectome(spec)
    kept = source.weights.copy(), source.mask.copy()
    try:
        made = after(step, source, seed)
    except Invalid:
        return
    assert len(made.provenance) == 1
    assert made.provenance[0].endswith(".")
    assert np.array_equal(kept[0], source.weights)
    assert np.array_equal(kept[1], source.mask)
    if made.unknown is not None:
        assert not (made.unknown & made.mask).any()


@pytest.mark.parametrize("density", [0.0, 0.07, 0.5, 1.0])
def test_the_density_of_a_block_is_exact_and_the_rest_stays(density: float) -> None:
    source = three_areas()
    made = after(SetDensity(post_areas=("motor",), pre_areas=("sensory",), density=density), source)
    block = np.ix_(of_area(source, "motor"), of_area(source, "sensory"))
    assert made.mask[block].sum() == round(density * 1600)
    assert same_outside(made, source, block)
    within = after(SetDensity(post_areas=("motor",), pre_areas=("motor",), density=density), source)
    own = np.ix_(of_area(source, "motor"), of_area(source, "motor"))
    assert within.mask[own].sum() - np.trace(source.mask[own]) == round(density * 40 * 39)


def test_every_block_of_several_gets_the_density() -> None:
    source = three_areas()
    made = after(SetDensity(density=0.25), source)
    for post in source.area_names:
        for pre in source.area_names:
            block = made.mask[np.ix_(of_area(source, post), of_area(source, pre))]
            own = np.trace(block) if post == pre else 0
            assert block.sum() - own == round(0.25 * (1560 if post == pre else 1600))


def test_areas_of_one_unit_do_not_fade_and_their_density_is_exact_in_the_sum() -> None:
    source = three_areas()
    single = source.but(areas=source.names)
    for density in (0.01, 0.2, 0.9):
        made = after(SetDensity(density=density), single)
        assert (made.mask & ~np.eye(120, dtype=bool)).sum() == round(density * 120 * 119)


def test_added_connections_are_as_strong_as_those_of_their_block_and_sign() -> None:
    source = after(ScaleBlock(post_areas=("motor",), pre_areas=("association",), factor=100.0), three_areas())
    made = after(SetDensity(post_areas=("motor",), pre_areas=("association",), density=0.9), source)
    block = np.ix_(of_area(source, "motor"), of_area(source, "association"))
    assert set(made.weights[block][made.weights[block] > 0].tolist()) <= set(source.weights[block].ravel().tolist())
    assert set(made.weights[made.weights < 0].tolist()) <= set(source.weights[source.weights < 0].tolist())


def test_a_thinned_block_keeps_some_of_its_connections_and_adds_none() -> None:
    source = three_areas()
    made = after(SetDensity(post_areas=("motor",), pre_areas=("motor",), density=0.02), source)
    assert not (made.mask & ~source.mask).any()
    assert np.array_equal(made.weights[made.mask], source.weights[made.mask])


def test_types_choose_the_block_together_with_areas() -> None:
    source = three_areas()
    made = after(SetDensity(post_areas=("motor",), post_types=("I",), pre_types=("E",), density=1.0), source)
    types, areas = np.array(source.types), np.array(source.areas)
    assert made.mask[np.ix_((areas == "motor") & (types == "I"), types == "E")].sum() == 8 * 96


def test_connections_are_removed_and_added_by_name() -> None:
    source = three_areas()
    post, pre = np.nonzero(source.mask)
    some = compact(source, pre[::7], post[::7])
    gone = after(RemoveConnections(**some), source)
    assert source.mask.sum() - gone.mask.sum() == len(pre[::7])
    back = after(AddConnections(**some, weights=tuple(source.weights[post[::7], pre[::7]].tolist())), gone)
    assert np.array_equal(back.weights, source.weights)
    assert np.array_equal(back.mask, source.mask)


def test_an_added_connection_takes_the_sign_of_its_source_and_replaces_what_was_there() -> None:
    source = three_areas()
    inhibits = int(np.flatnonzero(source.signs < 0)[0])
    targets = np.arange(source.n)
    made = after(AddConnections(**compact(source, np.full(source.n, inhibits), targets), weights=(3.0,)), source)
    assert (made.weights[:, inhibits] == -3.0).all()
    old = int(source.mask[:, inhibits].sum())
    assert made.provenance[-1] == f"{120 - old} connections added, {old} given another weight."


def test_removing_what_is_not_there_is_counted() -> None:
    source = RandomWiring(units=5, density=0.0).wire(numpy_stream(0))
    made = after(RemoveConnections(names=("u1", "u2"), pre=(0,), post=(1,)), source)
    assert made.provenance[-1] == "0 connections removed; 1 of the list did not exist."


def test_a_list_of_connections_names_every_unit_once() -> None:
    source = RandomWiring(units=100, density=0.5).wire(numpy_stream(0))
    post, pre = np.nonzero(source.mask)
    step = RemoveConnections(**compact(source, pre, post))
    text = step.model_dump_json()
    assert text.count('"u7"') == 1
    assert len(text) < 8 * len(pre) + 1000
    assert json.loads(text)["kind"] == "remove_connections"


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (SetDensity(pre_areas=("sensry",)), "There is no area 'sensry'. Did you mean 'sensory'?"),
        (ScaleBlock(post_types=("PV",)), "There is no type 'PV'. There are E, I."),
        (RemoveUnits(units=("motor.99",)), "There is no unit 'motor.99'."),
        (RemoveUnits(areas=("sensory", "association", "motor")), "No unit would be left; keep at least one."),
        (MinimumDegree(connections=120), "sensory.1 has only 119 possible partners, fewer than the 120 inputs asked"),
        (AssignAreas(areas=(UnitsOfArea(area="x", units=("motor.1", "motor.1")),)), "'motor.1' is listed twice"),
        (Rename(names=(NewName(old="motr"),)), "There is no area 'motr'. Did you mean 'motor'?"),
    ],
    ids=lambda v: getattr(v, "kind", ""),
)
def test_what_cannot_be_done_is_told_in_a_sentence(step: Step, told: str) -> None:
    with pytest.raises(Invalid) as fault:
        after(step, three_areas())
    assert told in str(fault.value)


@pytest.mark.parametrize(
    "wrong",
    [{"pre": (0,)}, {"names": ("a",), "pre": (0,), "post": (1,)}, {"weights": (0.0,)}, {"weights": (1.0, 2.0)}],
    ids=str,
)
def test_lists_that_do_not_fit_together_are_refused_at_the_door(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        AddConnections(**wrong)


def test_units_are_removed_with_all_that_belongs_to_them() -> None:
    source = three_areas()
    made = after(RemoveUnits(areas=("motor",), units=("sensory.3",)), source)
    kept = [k for k in range(120) if source.areas[k] != "motor" and source.names[k] != "sensory.3"]
    assert made.n == 79
    assert np.array_equal(made.weights, source.weights[np.ix_(kept, kept)])
    assert made.labels["sign"] == tuple(source.labels["sign"][k] for k in kept)
    assert made.names == after(KeepUnits(units=tuple(source.names[k] for k in kept)), source).names


def test_keeping_units_of_an_area_and_a_type_keeps_both_conditions() -> None:
    made = after(KeepUnits(areas=("motor",), types=("I",)), three_areas())
    assert set(made.areas) == {"motor"}
    assert set(made.types) == {"I"}


@pytest.mark.parametrize("cuts", ["units", "outputs", "inputs", "connections"])
def test_a_lesion_of_a_type_hits_all_of_it_and_nothing_else(cuts: str) -> None:
    source = three_areas()
    made, inhibits = after(Lesion(types=("I",), share=1.0, cuts=cuts), source), source.signs < 0
    spared = np.ix_(~inhibits, ~inhibits)
    if cuts == "units":
        assert np.array_equal(made.weights, source.weights[spared])
        return
    assert np.array_equal(made.weights[spared], source.weights[spared])
    assert made.mask[:, inhibits].any() == (cuts == "inputs")
    assert made.mask[inhibits].any() == (cuts == "outputs")


def test_a_lesion_hits_the_rounded_share() -> None:
    source = three_areas()
    assert after(Lesion(share=0.25, cuts="units"), source).n == 90
    assert after(Lesion(share=0.5, areas=("motor",), cuts="units"), source).n == 100


def test_flipping_signs_twice_gives_the_source() -> None:
    source = three_areas()
    once = after(FlipSigns(areas=("motor",)), source)
    motor = np.array(source.areas) == "motor"
    assert np.array_equal(once.signs, np.where(motor, -source.signs, source.signs))
    assert np.array_equal(np.abs(once.weights), np.abs(source.weights))
    assert once.types == tuple({1: "E", -1: "I"}[s] for s in once.signs.tolist())
    twice = after(FlipSigns(areas=("motor",)), once)
    assert np.array_equal(twice.weights, source.weights)
    assert twice.types == source.types


def test_units_without_a_sign_flip_the_signs_of_their_weights() -> None:
    source = RandomWiring(units=10, signs={"kind": "unsigned"}).wire(numpy_stream(0))
    made = after(FlipSigns(units=("u3",)), source)
    assert np.array_equal(made.weights[:, 2], -source.weights[:, 2])
    assert np.array_equal(np.delete(made.weights, 2, 1), np.delete(source.weights, 2, 1))


@pytest.mark.parametrize("of", ["all", "excitatory", "inhibitory"])
def test_a_block_is_scaled_and_the_rest_stays(of: str) -> None:
    source = three_areas()
    made = after(ScaleBlock(post_areas=("motor",), pre_areas=("motor",), factor=3.0, of=of), source)
    block = np.ix_(of_area(source, "motor"), of_area(source, "motor"))
    meant = {"all": source.weights != 0, "excitatory": source.weights > 0, "inhibitory": source.weights < 0}[of]
    assert np.array_equal(made.weights[block], np.where(meant, source.weights * 3.0, source.weights)[block])
    assert same_outside(made, source, block)


def test_weights_of_a_block_have_the_mean_that_was_asked_for() -> None:
    source = three_areas()
    made = after(SetBlockWeights(pre_types=("I",), strength=2.5), source)
    assert set(made.weights[:, source.signs < 0].ravel()) == {0.0, -2.5}
    spread = after(SetBlockWeights(strength=2.5, weight_spread=0.5), source)
    assert np.abs(spread.weights[spread.mask]).mean() == pytest.approx(2.5, rel=0.05)
    assert np.array_equal(spread.mask, source.mask)


def test_self_connections_are_removed_and_nothing_else() -> None:
    source = three_areas()
    made = after(RemoveSelfConnections(), source)
    assert not np.trace(made.mask)
    assert (source.mask & ~made.mask).sum() == np.trace(source.mask)


@given(spec=specs, seed=seeds, least=st.integers(1, 5), end=st.sampled_from(["inputs", "outputs"]))
@settings(max_examples=50, deadline=None)
def test_every_unit_has_the_least_degree_and_no_more_was_added_than_it_takes(
    spec: tuple, seed: int, least: int, end: str
) -> None:
    source = a_connectome(spec)
    if source.n <= least:
        return
    made = after(MinimumDegree(connections=least, end=end), source, seed)
    axis, off = (1 if end == "inputs" else 0), ~np.eye(source.n, dtype=bool)
    before, then = (source.mask & off).sum(axis), (made.mask & off).sum(axis)
    assert np.array_equal(then, np.maximum(before, least))
    assert np.array_equal(made.weights[source.mask], source.weights[source.mask])


def test_guaranteed_inputs_come_from_the_allowed_sources_only() -> None:
    source = RandomWiring(units=50, density=0.0).wire(numpy_stream(0))
    made = after(MinimumDegree(connections=4, pre_types=("I",)), source)
    assert (made.mask.sum(1) == 4).all()
    assert not made.mask[:, source.signs > 0].any()
    assert set(made.weights[made.mask]) == {-1.0}


def test_areas_are_assigned_and_renamed() -> None:
    source = three_areas()
    made = after(AssignAreas(areas=(UnitsOfArea(area="deep", units=("motor.1", "sensory.2")),)), source)
    assert [made.names[k] for k in of_area(made, "deep")] == ["sensory.2", "motor.1"]
    swap = Rename(names=(NewName(old="motor", new="sensory"), NewName(old="sensory", new="motor")))
    assert after(swap, source).areas == tuple({"motor": "sensory", "sensory": "motor"}.get(a, a) for a in source.areas)
    merged = after(Rename(what="type", names=(NewName(old="I", new="E"),)), source)
    assert set(merged.types) == {"E"}
    assert np.array_equal(merged.signs, source.signs)


def test_steps_follow_each_other_and_a_change_to_one_leaves_the_chance_of_the_others() -> None:
    first = {"kind": "set_density", "density": 0.5}
    one = RandomWiring(units=30, steps=(first, {"kind": "lesion", "cuts": "units"})).wire(numpy_stream(3))
    two = RandomWiring(units=30, steps=({**first, "density": 0.1}, {"kind": "lesion", "cuts": "units"})).wire(
        numpy_stream(3)
    )
    assert one.names == two.names
    assert one.n == 27
    assert one.provenance[-2].startswith("Density")


def test_the_remark_on_units_without_connections_is_that_of_the_result() -> None:
    lonely = RandomWiring(units=5, density=0.0)
    assert lonely.wire(numpy_stream(0)).remarks[0].startswith("5 units have no connection")
    joined = RandomWiring(units=5, density=0.0, steps=({"kind": "minimum_degree"},)).wire(numpy_stream(0))
    assert not any("no connection" in remark for remark in joined.remarks)
    cut = RandomWiring(units=5, density=1.0, steps=({"kind": "set_density", "density": 0.0},)).wire(numpy_stream(0))
    assert any(remark.startswith("5 units have no connection") for remark in cut.remarks)


def test_measures_of_pairs_follow_their_units() -> None:
    lengths = np.arange(14400.0).reshape(120, 120)
    source = three_areas().but(pairs={"length_mm": lengths})
    kept = [k for k in range(120) if source.areas[k] == "motor"]
    made = after(KeepUnits(areas=("motor",)), source)
    assert np.array_equal(made.pairs["length_mm"], lengths[np.ix_(kept, kept)])


@given(spec=specs, seed=seeds, steps=st.lists(st.sampled_from(STEPS), min_size=2, max_size=5))
@settings(max_examples=80, deadline=None)
def test_any_steps_in_any_order_give_a_lawful_connectome_or_a_sentence(spec: tuple, seed: int, steps: list) -> None:
    made, rng = a_connectome(spec), np.random.default_rng(seed)
    for kind in steps:
        before = made
        try:
            made = kind().change(made, rng)
        except Invalid as refusal:
            made = before.but(str(refusal))
    assert len(made.provenance) == len(steps)
    assert all(told[0].isalnum() and told.endswith(".") for told in made.provenance)
    assert not (made.weights * made.signs[None, :] < 0).any()
    assert np.array_equal(made.mask | (made.weights != 0), made.mask)
