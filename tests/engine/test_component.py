"""A component's fields are its parameters: addresses, kinds, limits, and errors that say what to do."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from engine.component import Component, Invalid, Typical, parameters


class Leaky(Component):
    kind: Literal["leaky"] = "leaky"
    tau_ms: Annotated[float, Field(gt=0, description="time constant"), Typical(10, 200)] = 50.0
    gain: int = 3


class Fast(Component):
    kind: Literal["fast"] = "fast"
    tau_ms: Annotated[float, Field(gt=0, le=60)] = 20.0
    form: Literal["x", "y"] = "x"


class Whole(Component):
    dynamics: Annotated[Leaky | Fast, Field(discriminator="kind")] = Leaky()
    target: float | None = None
    dt_ms: Annotated[float, Field(gt=0)] = 10.0


def test_every_leaf_has_an_address_with_its_limits_and_unit():
    found = {p.address: p for p in parameters(Whole())}
    assert list(found) == ["dynamics.kind", "dynamics.tau_ms", "dynamics.gain", "target", "dt_ms"]
    tau = found["dynamics.tau_ms"]
    assert (tau.low, tau.low_is_open, tau.high, tau.unit, tau.typical) == (0, True, None, "ms", Typical(10, 200))
    assert found["dynamics.kind"].choices == ("leaky", "fast")
    assert found["target"].optional


def test_setting_a_value_leaves_the_old_component_untouched():
    old = Whole()
    new = old.with_value("dynamics.tau_ms", 40)
    assert (old.dynamics.tau_ms, new.dynamics.tau_ms) == (50, 40)


def test_a_new_kind_keeps_the_shared_fields_that_were_changed_and_are_valid_for_it():
    assert Whole().with_value("dynamics.kind", "fast").dynamics == Fast()
    assert Whole(dynamics=Leaky(tau_ms=40)).with_value("dynamics.kind", "fast").dynamics == Fast(tau_ms=40)
    assert Whole(dynamics=Leaky(tau_ms=90)).with_value("dynamics.kind", "fast").dynamics == Fast(tau_ms=20)


def test_changes_hold_only_what_differs_and_read_back():
    whole = Whole().with_value("dynamics.kind", "fast").with_value("target", 0.5)
    assert whole.changes() == {"dynamics": {"kind": "fast"}, "target": 0.5}
    assert Whole.read(whole.changes()) == whole
    assert Whole.read(whole.model_dump_json()) == whole


@pytest.mark.parametrize(
    ("fault", "address", "said"),
    [
        (lambda: Whole().with_value("dynamics.tau", 1), "dynamics.tau", "Did you mean 'dynamics.tau_ms'?"),
        (lambda: Whole().with_value("dynamic.tau_ms", 1), "dynamic.tau_ms", "Did you mean 'dynamics.tau_ms'?"),
        (lambda: Whole().with_value("gain", 1), "gain", "Did you mean 'dynamics.gain'?"),
        (lambda: Whole().with_value("dynamic.kind", 1), "dynamic.kind", "Did you mean 'dynamics"),
        (lambda: Whole().with_value("tau", 1), "tau", "Did you mean 'dynamics.tau_ms'?"),
        (lambda: Whole().with_value("tau_m", 1), "tau_m", "Did you mean 'dynamics.tau_ms'?"),
        (lambda: Whole.read({"gain": 1}), "gain", "Did you mean 'dynamics.gain'?"),
        (lambda: Whole.read('{"tau_s": 1}'), "tau_s", "Did you mean 'dynamics.tau_ms'?"),
        (lambda: Whole().with_value("dynamics.tau_ms", -1), "dynamics.tau_ms", "dynamics.tau_ms is -1"),
        (lambda: Whole().with_value("dynamics.kind", "fasst"), "dynamics.kind", "Did you mean 'fast'?"),
        (lambda: Whole().with_value("dt_ms", "abc"), "dt_ms", "dt_ms is 'abc'"),
        (lambda: Whole().with_value("target", float("nan")), "target", "finite"),
        (lambda: Whole().with_value("dt_ms.x", 1), "dt_ms.x", "no parts"),
        (
            lambda: Whole.read('{"dynamics": {"kind": "leaky", "tau": 3}}'),
            "dynamics.tau",
            "Did you mean 'dynamics.tau_ms'?",
        ),
        (lambda: Whole.read('{"dynamics": {"kind": "q"}}'), "dynamics.kind", "'q' is not a kind"),
        (
            lambda: Whole.read('{"dynamics": {"tau_ms": 3}}'),
            "dynamics.kind",
            "needs a 'kind'; known are 'leaky', 'fast'",
        ),
        (lambda: Whole.read('{"dynamics": {"kind": "leaky", "tau_ms": -3}}'), "dynamics.tau_ms", "-3"),
        (lambda: Whole.read('{"d'), "", "not JSON"),
        (lambda: Whole.read("[1, 2]"), "", "The whole is [1, 2], but it should be an object."),
        (lambda: Whole.read([1, 2]), "", "The whole is [1, 2], but it should be an object."),
        (lambda: Whole.read({"dynamics": 3}), "dynamics", "dynamics"),
    ],
)
def test_a_fault_is_one_sentence_with_its_address(fault, address, said):
    with pytest.raises(Invalid) as caught:
        fault()
    assert caught.value.address == address
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


class Many(Component):
    parts: Annotated[tuple[Annotated[Leaky | Fast, Field(discriminator="kind")], ...], Field(max_length=3)] = ()
    wholes: tuple[Whole, ...] = ()


def test_a_part_of_a_list_without_its_kind_is_told_which_kinds_there_are():
    with pytest.raises(Invalid, match=r"parts\.0 needs a 'kind'; known are 'leaky', 'fast'"):
        Many.read({"parts": [{"tau_ms": 3}]})


def test_an_address_reaches_into_a_list_of_components():
    many = Many(parts=(Leaky(), Fast(tau_ms=30)), wholes=(Whole(),))
    assert many.value_at("parts.1.tau_ms") == 30
    changed = many.with_values({"parts.0.tau_ms": 70, "wholes.0.dynamics.tau_ms": 60, "parts.1.kind": "leaky"})
    assert changed.parts == (Leaky(tau_ms=70), Leaky(tau_ms=30))
    assert changed.wholes[0].dynamics.tau_ms == 60
    assert many.parts == (Leaky(), Fast(tau_ms=30))
    assert Many.read(changed.changes()) == changed


@pytest.mark.parametrize(
    ("fault", "address", "said"),
    [
        (lambda m: m.with_value("parts.2.tau_ms", 1), "parts.2.tau_ms", "0 to 1"),
        (lambda m: m.with_value("parts.0.tau_ms", -1), "parts.0.tau_ms", "greater than 0"),
        (lambda m: m.with_value("parts.0.kind", "lek"), "parts.0.kind", "leaky, fast"),
        (lambda m: m.with_value("parts.1.taus_ms", 1), "parts.1.taus_ms", "Did you mean 'parts.1.tau_ms'?"),
        (lambda m: Many.read({"parts": [{"kind": "fast", "tau_ms": 99}]}), "parts.0.tau_ms", "less than"),
        (lambda m: Many.read({"parts": [{"kind": "fast", "tau": 9}]}), "parts.0.tau", "parts.0.tau_ms"),
        (lambda m: Many.read({"wholes": [{"dynamics": {"kind": "fst"}}]}), "wholes.0.dynamics.kind", "fast"),
    ],
)
def test_a_fault_inside_a_list_names_its_address(fault, address, said):
    with pytest.raises(Invalid, match=said.replace("?", r"\?")) as caught:
        fault(Many(parts=(Leaky(), Fast())))
    assert caught.value.address == address
