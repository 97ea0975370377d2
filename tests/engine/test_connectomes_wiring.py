"""Every wiring yields a connectome that keeps its promises."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.component import Component, Invalid, parameters
from engine.connectomes import (
    AnyWiring,
    Area,
    AreasWiring,
    ColumnWiring,
    MeasuredWiring,
    RandomWiring,
    SpatialWiring,
)  # fmt: skip
from engine.connectomes.catalogue import catalogue, measurement
from engine.connectomes.column import scaled_sizes
from engine.connectomes.signs import shares
from engine.connectomes.spatial import mean_between, scaled_to_density
from engine.connectomes.transform import strongest, transformed
from engine.randomness import numpy_stream

WIRINGS = (MeasuredWiring(), RandomWiring(), SpatialWiring(), AreasWiring(), ColumnWiring())
EVERYTHING = [(r.id, m.name, kind) for r in catalogue() if r.available for m in r.matrices for kind in r.signs_offered]
fractions = st.floats(0, 1)
seeds = st.integers(0, 2**31)
strengths = (
    st.integers(2, 12)
    .flatmap(
        lambda n: st.lists(
            st.lists(st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.0, 7.0, 3000.0]), min_size=n, max_size=n),
            min_size=n,
            max_size=n,
        )
    )
    .map(np.array)
)


def same(a, b) -> bool:
    """Whether two connectomes are equal to the bit."""
    return (
        np.array_equal(a.weights, b.weights)
        and np.array_equal(a.signs, b.signs)
        and (a.names, a.areas, a.types) == (b.names, b.areas, b.types)
    )


def times(units: int) -> dict[str, object]:
    """So many units for each region."""
    return {"kind": "constant", "units_per_region": units}


@pytest.mark.parametrize(("id", "matrix", "kind"), EVERYTHING)
def test_every_connectome_can_be_wired_with_every_sign_rule_it_offers(id: str, matrix: str, kind: str) -> None:
    made = MeasuredWiring(connectome=id, matrix=matrix, signs={"kind": kind}).wire(numpy_stream(0))
    assert np.array_equal(made.mask, made.weights != 0)
    assert (made.signs == 0).all() if kind == "unsigned" else (made.signs != 0).all()
    assert made.density <= 0.2505
    assert measurement(id, matrix).record.remarks[0] in made.remarks


@pytest.mark.parametrize("wiring", WIRINGS, ids=lambda w: w.kind)
def test_a_wiring_travels_through_json_and_repeats_under_its_seed(wiring: AnyWiring) -> None:
    again = TypeAdapter(AnyWiring).validate_json(wiring.model_dump_json())
    assert again == wiring
    assert type(wiring).read(wiring.changes()) == wiring
    assert same(wiring.wire(numpy_stream(3, "wiring")), again.wire(numpy_stream(3, "wiring")))


@pytest.mark.parametrize("wiring", WIRINGS, ids=lambda w: w.kind)
def test_equal_wirings_have_equal_hashes(wiring: AnyWiring) -> None:
    assert len({wiring, type(wiring).read(wiring.model_dump_json())}) == 1


@pytest.mark.parametrize("wiring", [w for w in WIRINGS if w.kind != "measured"], ids=lambda w: w.kind)
def test_another_seed_gives_another_connectome(wiring: AnyWiring) -> None:
    assert not same(wiring.wire(numpy_stream(1)), wiring.wire(numpy_stream(2)))


@pytest.mark.parametrize("wiring", WIRINGS, ids=lambda w: w.kind)
def test_every_parameter_has_help_and_a_default_inside_its_range(wiring: AnyWiring) -> None:
    assert all((wiring.title, wiring.source, type(wiring).__doc__))
    for p in parameters(wiring):
        assert p.help, p.address
        if p.typical is not None and p.value is not None:
            assert p.typical.low <= p.value <= p.typical.high, p.address
            assert p.low is None or p.low <= p.typical.low
            assert p.high is None or p.typical.high <= p.high
    assert isinstance(wiring, Component)


@given(st.integers(1, 4), st.sampled_from(["human_dk84", "fly_opticlobe65", "worm_functional_randi"]))
@settings(max_examples=12, deadline=None)
def test_units_of_a_region_share_its_input_names_and_area(units: int, id: str) -> None:
    one = MeasuredWiring(connectome=id, signs={"kind": "unsigned"}).wire(numpy_stream(0))
    expansion = {"kind": "constant", "units_per_region": units, "synapses": {"conserved": "input"}}
    many = MeasuredWiring(connectome=id, signs={"kind": "unsigned"}, expansion=expansion).wire(numpy_stream(0))
    blocks = many.weights.reshape(one.n, units, one.n, units)
    np.testing.assert_allclose(blocks.sum(3), one.weights[:, None, :].repeat(units, 1), atol=1e-12, rtol=1e-12)
    assert many.areas[::units] == one.areas
    assert many.names[0] == (one.names[0] if units == 1 else f"{one.names[0]}.1")


@given(strengths, fractions, st.booleans(), seeds)
def test_the_threshold_keeps_exactly_the_strongest(region, density: float, directed: bool, seed: int) -> None:
    region = region if directed else region + region.T
    mask, kept, ties = strongest(region, density, directed, np.random.default_rng(seed))
    off = ~np.eye(len(region), dtype=bool)
    pairs = off.sum() if directed else off.sum() // 2
    wanted = min(int(density * pairs + 0.5), np.count_nonzero(region[off]) // (1 if directed else 2))
    assert mask.sum() == wanted * (1 if directed else 2)
    assert not (mask & ~off).any()
    assert (region[mask] > 0).all()
    assert 0 <= kept <= ties
    assert directed or np.array_equal(mask, mask.T)
    if mask.any() and (off & ~mask).any():
        assert region[mask].min() >= region[off & ~mask].max()


@given(strengths, st.sampled_from(["raw", "log1p", "rank", "binary"]))
def test_a_transform_keeps_order_and_absence(region, kind: str) -> None:
    new = transformed(region, kind)
    assert np.array_equal(new > 0, region > 0)
    order = np.argsort(region, axis=None, kind="stable")
    assert (np.diff(new.ravel()[order]) >= 0).all()
    if kind != "binary":
        assert (np.diff(new.ravel()[order]) > 0).sum() == (np.diff(region.ravel()[order]) > 0).sum()


@given(
    fractions,
    seeds,
    st.sampled_from(["human_dk84", "human_schaefer100", "fly_opticlobe65", "column_pd14"]),
    st.integers(1, 3),
)
@settings(max_examples=40, deadline=None)
def test_the_ratio_of_units_is_met_and_no_area_loses_excitation(
    fraction: float, seed: int, id: str, units: int
) -> None:
    rule = {"kind": "ratio_by_unit", "excitatory_fraction": fraction}
    made = MeasuredWiring(connectome=id, signs=rule, expansion=times(units)).wire(numpy_stream(seed))
    excitatory = made.signs > 0
    assert abs(excitatory.sum() - fraction * made.n) <= 0.5 + 1e-9
    if excitatory.sum() >= len(made.area_names):
        assert {area for area, e in zip(made.areas, excitatory, strict=True) if e} == set(made.area_names)


@pytest.mark.parametrize("kind", ["ratio_by_unit", "ratio_by_region"])
@pytest.mark.parametrize(
    "wiring", [MeasuredWiring(), RandomWiring(), SpatialWiring(), AreasWiring()], ids=lambda w: w.kind
)
def test_all_units_may_excite_and_all_may_inhibit(wiring: AnyWiring, kind: str) -> None:
    for fraction, sign in ((1.0, 1), (0.0, -1)):
        made = wiring.with_values({"signs.kind": kind, "signs.excitatory_fraction": fraction}).wire(numpy_stream(0))
        assert (made.signs == sign).all()
        assert (made.weights * sign >= 0).all()


@given(fractions, seeds)
@settings(max_examples=20, deadline=None)
def test_the_ratio_of_regions_gives_all_units_of_a_region_one_sign(fraction: float, seed: int) -> None:
    rule = {"kind": "ratio_by_region", "excitatory_fraction": fraction}
    made = MeasuredWiring(signs=rule, expansion=times(3)).wire(numpy_stream(seed))
    by_region = made.signs.reshape(84, 3)
    assert (by_region == by_region[:, :1]).all()
    assert abs((by_region[:, 0] > 0).sum() - fraction * 84) <= 1


@given(st.lists(st.integers(1, 30), min_size=1, max_size=8), fractions)
def test_shares_add_up_and_spare_one_in_each_area(sizes: list[int], fraction: float) -> None:
    wanted = int(fraction * sum(sizes))
    quotas = shares(np.array(sizes), wanted)
    assert quotas.sum() == wanted
    assert ((quotas >= 0) & (quotas <= sizes)).all()
    if wanted <= sum(sizes) - len(sizes):
        assert (quotas < sizes).all()


def test_a_slider_of_the_ratio_flips_few_units() -> None:
    signs = [
        RandomWiring(signs={"kind": "ratio_by_unit", "excitatory_fraction": f}).wire(numpy_stream(0)).signs
        for f in (0.7, 0.8)
    ]
    assert (signs[0] != signs[1]).sum() == 10


def test_a_majority_sign_takes_along_the_connections_that_contradict_it() -> None:
    made = MeasuredWiring(connectome="fly_opticlobe65", signs={"kind": "edge_majority"}, density=None).wire(
        numpy_stream(0)
    )
    found = measurement("fly_opticlobe65")
    column = found.names.index("C3")
    assert made.signs[column] == np.sign((found.strengths * found.edge_signs)[:, column].sum()) == -1
    assert any("17 connections of 4 units contradict" in remark for remark in made.remarks)
    assert any("Dale's law" in remark and "4 of 63" in remark for remark in made.remarks)


def test_dales_law_by_unit_is_violated_by_97_of_243_worm_neurons() -> None:
    made = MeasuredWiring(connectome="worm_signed_fenyves").wire(numpy_stream(0))
    assert any("97 of 243" in remark for remark in made.remarks)


@pytest.mark.parametrize(("unknown", "sign"), [("excitatory", 1), ("inhibitory", -1), ("free", 0)])
def test_units_of_unknown_transmitter_are_what_the_user_says(unknown: str, sign: int) -> None:
    rule = {"kind": "transmitter", "unknown_is": unknown}
    made = MeasuredWiring(connectome="worm_cook2019", signs=rule, density=None).wire(numpy_stream(0))
    nobody_knows = [t in ("unknown", "betaine") for t in made.labels["transmitter"]]
    assert sum(nobody_knows) == 30
    assert (made.signs[nobody_knows] == sign).all()
    assert ((made.signs > 0).sum(), (made.signs < 0).sum()) == (241 + 30 * (sign > 0), 31 + 30 * (sign < 0))


@pytest.mark.parametrize(
    ("wiring", "kind"),
    [
        (RandomWiring(), "transmitter"),
        (AreasWiring(), "edge_majority"),
        (MeasuredWiring(), "transmitter"),
        (MeasuredWiring(), "edge_majority"),
    ],
)
def test_a_sign_rule_without_its_facts_is_refused_with_those_that_work(wiring: AnyWiring, kind: str) -> None:
    with pytest.raises(Invalid, match="what works is ratio_by_unit, ratio_by_region, unsigned") as error:
        wiring.with_value("signs.kind", kind).wire(numpy_stream(0))
    assert error.value.address == "wiring.signs.kind"


@pytest.mark.parametrize("id", ["human_dk84", "human_schaefer100", "mouse_dmri232"])
def test_thirty_percent_of_the_tractography_leave_nobody_alone_where_section_1_says_so(id: str) -> None:
    made = MeasuredWiring(connectome=id, density=0.3).wire(numpy_stream(0))
    assert made.isolated == ()


def test_units_left_alone_by_the_threshold_are_named_and_not_refused() -> None:
    made = MeasuredWiring(density=0.01).wire(numpy_stream(0))
    assert made.isolated
    assert any(remark.startswith(f"{len(made.isolated)} units have no connection") for remark in made.remarks)
    assert made.names[made.isolated[0]] in made.remarks[-1]


@pytest.mark.parametrize(("field", "value", "address", "said"), [
    ("area_by", "hemispere", "wiring.area_by", "Did you mean 'hemisphere'"),
    ("merged_areas", {"ocipital": "visual"}, "wiring.merged_areas", "Did you mean 'occipital'"),
    ("merged_areas", {"occipital": " "}, "wiring.merged_areas", "needs a name"),
    ("matrix", "gap", "wiring.matrix", "has no matrix 'gap'"),
    ("connectome", "human_dk48", "wiring.connectome", "Did you mean 'human_dk84'"),
])  # fmt: skip
def test_a_wrong_name_is_refused_at_its_address(field: str, value, address: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as error:
        MeasuredWiring().with_value(field, value).wire(numpy_stream(0))
    assert error.value.address == address


@pytest.mark.parametrize("found", [r for r in catalogue() if r.available], ids=lambda r: r.id)
def test_areas_come_from_any_label(found) -> None:
    for label in found.area_labels:
        made = MeasuredWiring(connectome=found.id, area_by=label).wire(numpy_stream(0))
        assert made.areas == made.labels[label]
    assert set(MeasuredWiring(connectome=found.id, area_by="one").wire(numpy_stream(0)).areas) == {"all"}


def test_merged_areas_become_one() -> None:
    made = MeasuredWiring(merged_areas={"frontal": "front", "insula": "front"}).wire(numpy_stream(0))
    assert made.areas.count("front") == 24
    assert not {"frontal", "insula"} & set(made.areas)


def test_self_connections_are_kept_only_when_asked_for() -> None:
    without = MeasuredWiring(connectome="worm_cook2019", density=None).wire(numpy_stream(0))
    kept = MeasuredWiring(connectome="worm_cook2019", density=None, self_connections=True).wire(numpy_stream(0))
    assert (np.trace(without.mask), np.trace(kept.mask)) == (0, 38)
    assert any("38 measured self-connections are left out" in remark for remark in without.remarks)


@given(st.integers(20, 150), fractions, seeds)
@settings(max_examples=25, deadline=None)
def test_random_density_lies_within_binomial_bounds(n: int, density: float, seed: int) -> None:
    made = RandomWiring(units=n, density=density).wire(numpy_stream(seed))
    pairs = n * (n - 1)
    assert abs(made.density - density) <= 6 * np.sqrt(density * (1 - density) / pairs) + 6 / pairs  # also of very few


@given(
    st.floats(0.01, 1),
    st.floats(30, 2000),
    st.sampled_from(["exponential", "gaussian"]),
    st.sampled_from([2, 3]),
    seeds,
)
@settings(max_examples=25, deadline=None)
def test_spatial_density_is_met_or_reported(
    density: float, length: float, fall_off: str, dimensions: int, seed: int
) -> None:
    wiring = SpatialWiring(units=80, density=density, length_um=length, fall_off=fall_off, dimensions=dimensions)
    made = wiring.wire(numpy_stream(seed))
    short = any("permits a density of only" in remark for remark in made.remarks)
    assert short or abs(made.density - density) <= 6 * np.sqrt(density * (1 - density) / (80 * 79)) + 0.01 * density
    assert made.positions_um.shape == (80, 3)
    assert (made.positions_um[:, 2] == 0).all() == (dimensions == 2)


@given(st.integers(2, 30), st.floats(0.01, 1), seeds)
def test_the_chance_of_a_connection_has_the_density_as_its_mean(n: int, density: float, seed: int) -> None:
    falling = np.exp(-np.random.default_rng(seed).random((n, n)) * 5)
    chance = scaled_to_density(falling, density)
    assert chance.max() <= 1
    assert mean_between(chance) == pytest.approx(density, rel=1e-9)


def test_near_units_connect_more_often_than_far_ones() -> None:
    made = SpatialWiring(units=300).wire(numpy_stream(0))
    distance = np.linalg.norm(made.positions_um[:, None] - made.positions_um[None], axis=2)
    assert made.mask[(distance > 0) & (distance < 150)].mean() > 3 * made.mask[distance > 500].mean()


def test_areas_connect_as_the_table_says_and_inhibition_stays_at_home() -> None:
    table = ((0.5, 0.0), (0.3, 0.4))
    wiring = AreasWiring(areas=(Area(name="V1", units=100), Area(name="V2", units=50)), densities=table)
    made = wiring.wire(numpy_stream(0))
    area, excitatory = np.array(made.areas), made.signs > 0
    for row, post in enumerate(("V1", "V2")):
        for column, pre in enumerate(("V1", "V2")):
            sources = (area == pre) & (excitatory | (post == pre))
            block = made.mask[np.ix_(area == post, sources)]
            expected = table[row][column] * (1 - (post == pre) / block.shape[0])
            assert block.mean() == pytest.approx(expected, abs=0.03)
    assert not made.mask[np.ix_(area == "V2", (area == "V1") & ~excitatory)].any()
    everywhere = wiring.with_value("between.inhibitory_to_excitatory", True).wire(numpy_stream(0))
    assert everywhere.mask[np.ix_(area == "V2", (area == "V1") & (everywhere.signs < 0))].any()


@pytest.mark.parametrize(("change", "address", "said"), [
    ({"areas": [{"name": "a", "units": 0}]}, "areas.0.units", "greater than or equal to 1"),
    ({"areas": [{"name": "", "units": 1}]}, "areas.0.name", "at least 1 character"),
    ({"areas": []}, "areas", "at least 1 item"),
    ({"densities": [[1.5]]}, "densities.0.0", "less than or equal to 1"),
])  # fmt: skip
def test_an_area_without_units_and_a_density_above_one_are_refused(change, address: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as error:
        AreasWiring.read(change)
    assert error.value.address == address


def test_a_table_that_does_not_fit_and_a_name_given_twice_are_refused() -> None:
    with pytest.raises(Invalid, match="must have 3 x 3") as error:
        AreasWiring(densities=((0.1,),)).wire(numpy_stream(0))
    assert error.value.address == "wiring.densities"
    with pytest.raises(Invalid, match="Two areas are called 'a'") as error:
        AreasWiring(areas=(Area(name="a"), Area(name="a"))).wire(numpy_stream(0))
    assert error.value.address == "wiring.areas"


@given(st.integers(8, 400))
@settings(max_examples=30, deadline=None)
def test_the_column_shares_its_units_out_as_the_neurons_are(units: int) -> None:
    neurons = measurement("column_pd14").tables["neurons"]
    sizes = scaled_sizes(neurons, units)
    assert (sum(sizes), min(sizes) >= 1) == (units, True)
    if units >= 100:
        np.testing.assert_allclose(sizes, neurons / neurons.sum() * units, atol=1.01)


def test_the_column_obeys_dales_law_and_its_table() -> None:
    made = ColumnWiring(units=800).wire(numpy_stream(0))
    population = np.array(made.labels["population"])
    assert all((sign < 0) == name.endswith("I") for sign, name in zip(made.signs, population, strict=True))
    assert set(made.areas) == {"L2/3", "L4", "L5", "L6"}
    assert set(np.unique(made.weights)) == {-4.0, 0.0, 1.0, 2.0}
    block = made.mask[np.ix_(population == "L23I", population == "L23E")]
    assert block.mean() == pytest.approx(0.1346, abs=0.02)
    assert set(made.weights[np.ix_(population == "L23E", population == "L4E")].ravel()) == {0.0, 2.0}


@given(st.floats(0, 1.5))
@settings(max_examples=10, deadline=None)
def test_drawn_weights_have_mean_one(spread: float) -> None:
    made = RandomWiring(units=200, density=0.5, weight_spread=spread, signs={"kind": "unsigned"}).wire(numpy_stream(0))
    assert made.weights[made.mask].mean() == pytest.approx(1, abs=0.15)


def test_more_units_than_a_dense_matrix_can_hold_are_refused() -> None:
    with pytest.raises(Invalid, match="are more than the") as error:
        MeasuredWiring(connectome="worm_cook2019", expansion=times(100)).wire(numpy_stream(0))
    assert error.value.address == "wiring.expansion.units_per_region"
