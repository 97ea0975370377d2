"""How many units each region gets, what is refused, and the forecast of the whole."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from engine.component import Invalid, parameters
from engine.connectomes import measured as shelf
from engine.connectomes.expansion import AnyExpansion, ByDensity, Constant, Listed, Total
from engine.connectomes.measured import MeasuredWiring
from engine.randomness import numpy_stream
from tests.engine.test_expansion import pretend, wire

EXPANSIONS = (Constant(), Listed(), ByDensity(), Total())
DENSITIES = np.array([30.0, 10.0, np.nan, 20.0, 20.0])


def sizes_of(monkeypatch: pytest.MonkeyPatch, expansion: object) -> list[int]:
    """Units per region of five regions whose densities are DENSITIES."""
    pretend(monkeypatch, np.ones((5, 5)), maps={"neurons": DENSITIES})
    return TypeAdapter(AnyExpansion).validate_python(expansion).sizes(shelf.measurement("")).tolist()


@pytest.mark.parametrize(("by", "missing", "expected"), [
    ("ratio", {"missing": "mean"}, [6, 2, 4, 4, 4]),
    ("ratio", {"missing": "drop"}, [6, 2, 0, 4, 4]),
    ("ratio", {"missing": "median"}, [6, 2, 4, 4, 4]),
    ("ratio", {"missing": "value", "missing_value": 40.0}, [6, 2, 8, 4, 4]),
    ("rank", {"missing": "drop"}, [8, 2, 0, 5, 5]),
    ("rank", {"missing": "value", "missing_value": 5.0}, [10, 4, 2, 7, 7]),
])  # fmt: skip
def test_units_follow_the_density_of_neurons_also_where_it_is_missing_or_tied(
    monkeypatch, by, missing, expected
) -> None:
    densities = {"map": "neurons", **missing}
    assert sizes_of(monkeypatch, {"kind": "density", "by": by, "seed_units": 2, "densities": densities}) == expected
    listed = {f"r{i}": d for i, d in enumerate(DENSITIES) if not np.isnan(d)}
    densities = {"listed": listed, **missing}
    assert sizes_of(monkeypatch, {"kind": "density", "by": by, "seed_units": 2, "densities": densities}) == expected


def test_a_total_is_shared_out_to_the_last_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sizes_of(monkeypatch, {"kind": "total", "total": 13}) == [3, 3, 3, 2, 2]
    dense = {"kind": "total", "total": 12, "shared": "by_density", "densities": {"map": "neurons", "missing": "drop"}}
    assert sizes_of(monkeypatch, dense) == [5, 1, 0, 3, 3]


@pytest.mark.parametrize(("expansion", "said", "address"), [
    ({"kind": "density"}, "its maps are neurons", "densities.map"),
    ({"kind": "density", "densities": {"map": "neuron"}}, "Did you mean 'neurons'", "densities.map"),
    ({"kind": "density", "densities": {"listed": {"r9": 1.0}}}, "no region 'r9'", "densities.listed"),
    ({"kind": "listed", "units": {"r": 1}}, "no region 'r'", "units"),
    ({"kind": "listed", "others": 0}, "no unit", "units"),
    ({"kind": "total", "total": 4}, "too few for 5 regions", "total"),
    ({"kind": "constant", "units_per_region": 1000}, None, None),
    ({"kind": "density", "seed_units": 1000, "densities": {"listed": {"r0": 1, "r1": 50}}}, "more than", "seed_units"),
])  # fmt: skip
def test_numbers_of_units_that_cannot_be_are_refused_at_their_address(monkeypatch, expansion, said, address) -> None:
    # bio 9.6: densities of the wrong length print a line and return None
    pretend(monkeypatch, np.ones((5, 5)), maps={"neurons": DENSITIES})
    if said is None:
        assert MeasuredWiring(expansion=expansion, density=None).expected(numpy_stream(0)).units == 5000
        return
    with pytest.raises(Invalid, match=said) as error:
        wire(expansion)
    assert error.value.address == f"wiring.expansion.{address}"


@pytest.mark.parametrize("name", ["human_dk84", "fly_opticlobe65", "worm_cook2019", "column_pd14"])
@pytest.mark.parametrize("density", [None, 0.1])
@pytest.mark.parametrize("units", [{}, {"kind": "constant", "units_per_region": 3}, {"kind": "total", "total": 400}])
def test_the_forecast_counts_what_the_wiring_makes(name: str, density: float | None, units: dict) -> None:
    synapses = {"density_between": 0.4, "density_within": 0.5, "within": {"kind": "intrinsic"}, "self_synapses": False}
    expansion = {"kind": "constant", **units, "synapses": synapses}
    wiring = MeasuredWiring(connectome=name, density=density, expansion=expansion, self_connections=True)
    made, size = wiring.wire(numpy_stream(3)), wiring.expected(numpy_stream(3))
    assert (size.units, size.synapses) == (made.n, made.mask.sum())
    assert size.density == pytest.approx(made.mask.mean())
    assert size.memory_bytes == made.weights.nbytes + made.mask.nbytes


def test_one_unit_for_each_region_is_the_connectome_itself() -> None:
    plain = MeasuredWiring(connectome="worm_cook2019", self_connections=True)
    other = plain.with_values(
        {"expansion.synapses.density_between": 0.1, "expansion.synapses.weights.kind": "lognormal"}
    )
    assert np.array_equal(plain.wire(numpy_stream(0)).weights, other.wire(numpy_stream(0)).weights)
    assert "region" not in plain.wire(numpy_stream(0)).labels


def test_the_signs_of_units_do_not_depend_on_how_their_synapses_are_drawn() -> None:
    one = MeasuredWiring(expansion={"kind": "constant", "units_per_region": 4})
    other = one.with_value("expansion.synapses.density_between", 0.2)
    assert np.array_equal(one.wire(numpy_stream(0)).signs, other.wire(numpy_stream(0)).signs)


@pytest.mark.parametrize("expansion", EXPANSIONS, ids=lambda e: e.kind)
def test_every_expansion_travels_as_json_with_help_and_sensible_defaults(expansion) -> None:
    wiring = MeasuredWiring(expansion=expansion)
    assert MeasuredWiring.read(wiring.model_dump_json()) == wiring
    assert expansion.sets in type(expansion).model_fields
    for p in parameters(wiring):
        assert p.help, p.address
        if p.typical is not None and p.value is not None:
            assert p.typical.low <= p.value <= p.typical.high, p.address


def test_the_name_of_earlier_versions_leads_to_the_new_one() -> None:
    with pytest.raises(Invalid, match=r"Did you mean 'expansion.units_per_region'\?"):
        MeasuredWiring.read({"units_per_region": 3})
