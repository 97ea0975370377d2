"""One battery over every kind of wiring: its connectome keeps its promises, whatever its fields say."""

from collections.abc import Mapping
from dataclasses import fields
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.component import Component, Invalid, Parameter, element_kinds, parameters
from engine.connectomes import AnyWiring, ComposedWiring, Connectome
from engine.connectomes.wiring import MOST_UNITS
from engine.experiments.experiment import LONGEST_LINK, Experiment
from engine.randomness import numpy_stream

KINDS = {of.model_fields["kind"].default: of for of in get_args(AnyWiring)}
GENERATORS = {kind: of for kind, of in KINDS.items() if kind != "measured"}
STRUCTURE = {"steps", "parts", "populations", "table", "areas", "densities", "grid", "exceptions", "connectome"}
MOST = {"scale": 4, "layers": 8}  # as much as keeps the test quick
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def same(one: Connectome, other: Connectome) -> bool:
    """Whether two connectomes are equal to the bit, in every field."""
    pairs = ((getattr(one, f.name), getattr(other, f.name)) for f in fields(Connectome))
    return all(alike(a, b) for a, b in pairs)


def alike(a: object, b: object) -> bool:
    """Whether two values, arrays or tables of arrays are equal to the bit."""
    if isinstance(a, Mapping):
        return a.keys() == b.keys() and all(alike(a[key], b[key]) for key in a)
    return np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b


def values_of(parameter: Parameter) -> st.SearchStrategy:
    """Values between the hard limits of one parameter, kept small where they mean a number of units."""
    low, high = parameter.low or 0, parameter.high if parameter.high is not None else 1e4
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if isinstance(parameter.default, bool):
        return st.booleans()
    if isinstance(parameter.default, int):
        return st.integers(int(low), min(int(high), MOST.get(parameter.name, 40)))
    return st.floats(low, high, exclude_min=parameter.low_is_open, exclude_max=parameter.high_is_open)


def drawn(of: type[AnyWiring]) -> st.SearchStrategy:
    """Values for some fields by address. Nothing is built here: what is built draws from the global `random`."""
    asked = [p for p in parameters(of()) if isinstance(p.value, (bool, int, float, str)) and p.name not in STRUCTURE]
    return st.lists(st.sampled_from(asked), unique_by=lambda p: p.address).flatmap(
        lambda some: st.tuples(*(st.tuples(st.just(p.address), values_of(p)) for p in some))
    )


DRAWN = {kind: drawn(of) for kind, of in GENERATORS.items()}


def built(of: type[AnyWiring], values: tuple[tuple[str, object], ...]) -> AnyWiring:
    """The wiring with those values, whether or not it makes sense; a value without a place is left out."""
    made = of()
    for address, value in values:
        if address in {p.address for p in parameters(made)}:
            made = made.with_value(address, value)
    return made


def wired(wiring: AnyWiring, seed: int = 0) -> Connectome | None:
    """Its connectome, or nothing where the request cannot be met, which one sentence with an address must say."""
    fault = None
    try:
        return wiring.wire(numpy_stream(seed, "wiring"))
    except Invalid as refused:
        fault = refused
    assert fault.address.startswith("wiring")
    assert str(fault).endswith((".", "?"))
    assert "\n" not in str(fault)
    return None


@pytest.mark.parametrize("kind", GENERATORS)
def test_whatever_its_fields_say_a_wiring_yields_a_lawful_connectome_or_one_sentence(kind: str) -> None:
    @SETTINGS
    @given(DRAWN[kind], st.integers(0, 2**31))
    def check(values: tuple, seed: int) -> None:
        wiring = built(GENERATORS[kind], values)
        made = wired(wiring, seed)
        again = type(wiring).read(wiring.changes())
        assert again == wiring
        assert hash(again) == hash(wiring)
        if made is None:
            return
        assert same(made, again.wire(numpy_stream(seed, "wiring")))
        assert np.array_equal(made.mask, made.weights != 0)
        assert set(np.unique(made.signs)) <= {-1, 0, 1}
        assert made.provenance
        if not getattr(wiring, "self_connections", True):
            assert not np.trace(made.mask)
        if made.positions_um is not None:
            assert np.isfinite(made.positions_um).all()

    check()


@pytest.mark.parametrize("kind", GENERATORS)
def test_a_link_to_any_wiring_is_short_and_brings_it_back(kind: str) -> None:
    experiment = Experiment.read({"wiring": {"kind": kind}})
    assert experiment.changes() == {"wiring": {"kind": kind}}
    changed = experiment.with_value("wiring.least_inputs", 3)
    assert len(changed.to_link()) < 300 < LONGEST_LINK
    assert Experiment.from_link(changed.to_link()) == changed


@pytest.mark.parametrize("kind", GENERATORS)
def test_every_generator_says_what_it_is_and_its_defaults_lie_in_their_range(kind: str) -> None:
    wiring = GENERATORS[kind]()
    assert all((wiring.title, wiring.source, type(wiring).__doc__))
    assert (type(wiring).__doc__ or "").split("\n")[0].endswith(".") or "\n\n" in (type(wiring).__doc__ or "")
    for p in parameters(wiring):
        assert p.help.endswith("."), p.address
        if p.typical is not None:
            assert p.typical.low <= p.value <= p.typical.high, p.address
            assert p.low is None or p.low <= p.typical.low, p.address
            assert p.high is None or p.typical.high <= p.high, p.address


@pytest.mark.parametrize("kind", GENERATORS)
def test_another_seed_gives_another_connectome_and_the_same_seed_the_same(kind: str) -> None:
    one, other = (GENERATORS[kind]().wire(numpy_stream(seed)) for seed in (1, 2))
    assert not np.array_equal(one.weights, other.weights)
    assert same(one, GENERATORS[kind]().wire(numpy_stream(1)))


@pytest.mark.parametrize("kind", [k for k in GENERATORS if k != "composed"])
@pytest.mark.parametrize("least", [1, 7])
def test_every_unit_hears_the_least_number_of_others_or_is_named(kind: str, least: int) -> None:
    made = GENERATORS[kind](least_inputs=least).wire(numpy_stream(0))
    inputs = (made.mask & ~np.eye(made.n, dtype=bool)).sum(1)
    few = int((inputs < least).sum())
    named = [remark for remark in made.remarks if f"fewer than {least} others" in remark]
    assert bool(few) == bool(named)
    assert not few or named[0].startswith(f"{few} unit")
    if kind not in ("chain", "populations", "column"):
        assert few == 0


@pytest.mark.parametrize("kind", ["random", "spatial", "areas", "modular", "ring"])
def test_a_density_so_low_that_units_are_alone_is_raised_only_where_it_must_be(kind: str) -> None:
    sparse = {"density": 0.01, "within": 0.01, "between": 0.01, "forward": 0.01, "backward": 0.01, "pattern": "all"}
    of = GENERATORS[kind]
    fits = {n: v for n, v in sparse.items() if n in of.model_fields and not (n == "between" and kind == "areas")}
    without, made = (of(**fits, least_inputs=least).wire(numpy_stream(0)) for least in (0, 4))
    assert made.mask[without.mask].all()
    inputs = made.mask.sum(1)
    assert inputs.min() == 4
    assert (inputs[without.mask.sum(1) >= 4] == without.mask.sum(1)[without.mask.sum(1) >= 4]).all()


@pytest.mark.parametrize("kind", ["random", "spatial", "ring", "modular", "areas"])
@pytest.mark.parametrize("density", [0.0, 1.0])
def test_a_density_of_0_connects_nobody_and_one_of_1_everybody(kind: str, density: float) -> None:
    of = GENERATORS[kind]
    names = {"density", "within", "between", "forward", "backward"} & set(of.model_fields)
    changes = {name: density for name in names if not isinstance(of.model_fields[name].default, Component)}
    if kind == "areas":
        changes |= {"pattern": "all", "between": dict.fromkeys(type(of().between).model_fields, True)}
    for exact in (False, True):
        made = of(**changes, exact=exact).wire(numpy_stream(0))
        assert made.density == density, exact
        itself = of(**changes, exact=exact, self_connections=True).wire(numpy_stream(0))
        assert np.trace(itself.mask) == density * itself.n


@pytest.mark.parametrize("kind", [k for k in GENERATORS if "units" in GENERATORS[k].model_fields and k != "column"])
def test_one_unit_is_wired_or_refused_and_too_many_are_refused(kind: str) -> None:
    made = wired(GENERATORS[kind](units=1))
    assert made is None or (made.n, made.density) == (1, 0.0)
    assert (made is None) == (kind in ("small_world", "modular"))
    with pytest.raises(Invalid, match=f"less than or equal to {MOST_UNITS}"):
        GENERATORS[kind].read({"units": MOST_UNITS + 1})


@pytest.mark.parametrize(("wiring", "address"), [
    ({"kind": "areas", "areas": [{"name": "a", "units": 6000}, {"name": "b", "units": 6000}]}, "wiring.areas"),
    ({"kind": "chain", "layers": 100, "units_per_layer": 101}, "wiring.layers"),
    ({"kind": "populations", "scale": 112}, "wiring.scale"),
    ({"kind": "small_world", "units": 10, "neighbours": 5}, "wiring.neighbours"),
    ({"kind": "modular", "units": 3}, "wiring.modules"),
    ({"kind": "spatial", "placement": "grid", "grid": [3, 3]}, "wiring.grid"),
    ({"kind": "spatial", "placement": "grid", "grid": [10, 5, 2]}, "wiring.grid"),
    ({"kind": "areas", "densities": [[0.1, 0.1]] * 3}, "wiring.densities"),
    ({"kind": "areas", "exceptions": [{"pre": "sensory", "post": "motr"}]}, "wiring.exceptions.0.post"),
    ({"kind": "composed", "pattern": "table", "densities": [[0.1]]}, "wiring.densities"),
    ({"kind": "composed", "parts": [{"name": "a"}, {"name": "a"}]}, "wiring.parts"),
    ({"kind": "composed", "exceptions": [{"pre": "motor", "post": "motor"}]}, "wiring.exceptions.0.post"),
    ({"kind": "populations", "populations": [{"type": "Pyr"}, {"type": "Pyr"}]}, "wiring.populations.1"),
    ({"kind": "populations", "table": [{"pre_area": "V1", "post_area": "V9"}]}, "wiring.table.0.post_area"),
    ({"kind": "populations", "table": [{"pre_area": "V1"}]}, "wiring.table.0"),
    ({"kind": "populations", "table": [{}, {}]}, "wiring.table.1"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused_in_one_sentence_at_its_address(wiring: dict, address: str) -> None:
    experiment = Experiment.read({"wiring": wiring})
    with pytest.raises(Invalid) as error:
        experiment.connectome()
    assert error.value.address == address
    assert str(error.value).endswith((".", "?"))


def a_composition(one: str, other: str, areas: bool, *steps: dict) -> ComposedWiring:
    """Two wirings side by side, with all kinds of connections between them, and steps afterwards."""
    return ComposedWiring.read({
        "parts": [{"name": "a", "wiring": {"kind": one}}, {"name": "b", "wiring": {"kind": other}}],
        "keep_areas": areas, "between": {"inhibitory_to_excitatory": True, "inhibitory_to_inhibitory": True},
        "steps": list(steps),
    })  # fmt: skip


@given(st.sampled_from(list(KINDS)), st.sampled_from(list(KINDS)), st.integers(0, 2**31), st.booleans())
@settings(max_examples=30, deadline=None)
def test_any_two_wirings_compose_and_stay_what_they_were(one: str, other: str, seed: int, areas: bool) -> None:
    wiring = a_composition(one, other, areas)
    made = wiring.wire(numpy_stream(seed))
    streams = numpy_stream(seed).spawn(3)[1:]
    alone = [part.wiring.wire(rng) for part, rng in zip(wiring.parts, streams, strict=True)]
    n = alone[0].n
    assert np.array_equal(made.mask[:n, :n], alone[0].mask)
    assert np.array_equal(made.mask[n:, n:], alone[1].mask)
    assert np.array_equal(made.signs, np.concatenate([a.signs for a in alone]))
    assert np.array_equal(made.mask, made.weights != 0)
    assert made.mask[n:, :n].any()
    assert made.mask[:n, n:].any()


@pytest.mark.parametrize("step", element_kinds(ComposedWiring.model_fields["steps"]))
@pytest.mark.parametrize(("one", "other"), [("measured", "ring"), ("areas", "small_world"), ("spatial", "composed")])
def test_any_step_leaves_a_composition_lawful_or_says_why_it_cannot(step: str, one: str, other: str) -> None:
    wiring = a_composition(one, other, True, {"kind": step})
    made = wired(wiring)
    if made is not None:
        assert not (made.weights[~made.mask]).any()
        assert same(made, wiring.wire(numpy_stream(0, "wiring")))
