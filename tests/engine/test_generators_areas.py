"""Several areas: densities, routes by sign, exceptions and exact numbers, beside what nn4n makes."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nn4n.mask import MultiArea, MultiAreaEI

from engine.connectomes import Area, AreasWiring
from engine.randomness import numpy_stream

FLAGS = (
    "excitatory_to_excitatory", "excitatory_to_inhibitory", "inhibitory_to_excitatory", "inhibitory_to_inhibitory",
)  # fmt: skip
ALL = dict.fromkeys(FLAGS, True)
seeds = st.integers(0, 2**31)


def blocks(mask: np.ndarray, area: np.ndarray, inhibits: np.ndarray) -> dict[tuple, float]:
    """The density from every (area, sign) to every other one, self-connections included."""
    groups = [(a, i) for a in np.unique(area) for i in (False, True)]
    members = {g: (area == g[0]) & (inhibits == g[1]) for g in groups}
    return {(post, pre): mask[np.ix_(members[post], members[pre])].mean() for post in groups for pre in groups}


def quietly(mask, **options):
    """A mask of nn4n, which draws from the global generator and prints."""
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    with contextlib.redirect_stdout(io.StringIO()):
        made = mask(**options)
    np.random.set_state(state)  # noqa: NPY002
    return made


def areas(made) -> np.ndarray:
    return np.array([made.area_names.index(a) for a in made.areas])


def test_shorthand_densities_equal_those_of_nn4n() -> None:
    sizes, (forward, backward, within) = (60, 80, 100), (0.3, 0.1, 0.6)
    named = tuple(Area(name=f"a{k}", units=n) for k, n in enumerate(sizes))
    ours = AreasWiring(areas=named, pattern="all", forward=forward, backward=backward, within=within, between=ALL)
    theirs = quietly(MultiArea, dims=[1, 240, 1], n_areas=list(sizes), area_connectivities=[forward, backward, within])
    assert np.array_equal(ours.table(), theirs.area_connectivities)
    made = ours.with_value("self_connections", True).wire(numpy_stream(0))
    area = areas(made)
    for post in range(3):
        for pre in range(3):
            at = np.ix_(area == post, area == pre)
            p, n = ours.table()[post, pre], sizes[post] * sizes[pre]
            bound = 5 * np.sqrt(p * (1 - p) / n)
            assert abs(made.mask[at].mean() - p) < bound
            assert abs((theirs.hidden_mask[at] != 0).mean() - p) < bound


@pytest.mark.parametrize("kept", [(a, b, c, d) for a in (0, 1) for b in (0, 1) for c in (0, 1) for d in (0, 1)])
def test_the_flags_delete_the_same_routes_between_areas_as_those_of_nn4n(kept: tuple[int, ...]) -> None:
    flags = {name: bool(value) for name, value in zip(FLAGS, kept, strict=True)}
    named = tuple(Area(name=f"a{k}", units=100) for k in range(3))
    ours = AreasWiring(areas=named, pattern="all", forward=0.5, backward=0.5, within=0.9, between=flags)
    made = ours.wire(numpy_stream(1))
    theirs = quietly(
        MultiAreaEI, dims=[1, 300, 1], n_areas=3, area_connectivities=[0.5, 0.5, 0.9], exc_pct=0.8,
        inter_area_connections=[bool(k) for k in kept],
    )  # fmt: skip
    inhibits = np.zeros(300, bool)
    inhibits[np.concatenate(list(theirs.inhibitory_neurons)).astype(int)] = True
    found = blocks(made.mask, areas(made), made.signs < 0)
    wanted = blocks(theirs.hidden_mask != 0, np.repeat(np.arange(3), 100), inhibits)
    assert {k for k, v in found.items() if v == 0} == {k for k, v in wanted.items() if v == 0}
    assert all(abs(found[k] - wanted[k]) < 0.25 for k in found)


def test_an_exception_overrules_the_flags_for_its_pair_of_areas_only() -> None:
    wiring = AreasWiring(
        pattern="all", forward=1.0, backward=1.0, within=1.0,
        exceptions=(
            {"pre": "sensory", "post": "motor", "types": {"excitatory_to_inhibitory": False}},
            {"pre": "motor", "post": "motor", "types": ALL | {"inhibitory_to_inhibitory": False}},
        ),
    )  # fmt: skip
    made = wiring.wire(numpy_stream(0))
    found = blocks(made.mask, areas(made), made.signs < 0)
    assert found[(2, True), (0, False)] == 0
    assert found[(2, False), (0, False)] == found[(1, True), (0, False)] == found[(2, True), (1, False)] == 1
    assert found[(2, True), (2, True)] == 0
    assert found[(1, True), (1, True)] > 0.8


def test_a_chain_of_areas_reaches_its_neighbours_only() -> None:
    wiring = AreasWiring(areas=tuple(Area(name=str(k), units=10) for k in range(4)), pattern="neighbours", forward=0.1)
    expected = [[0.3, 0.05, 0, 0], [0.1, 0.3, 0.05, 0], [0, 0.1, 0.3, 0.05], [0, 0, 0.1, 0.3]]
    assert wiring.table().tolist() == expected


@given(st.floats(0, 1), seeds)
@settings(max_examples=25, deadline=None)
def test_exact_numbers_are_exact_for_every_pair_of_areas_and_signs(density: float, seed: int) -> None:
    wiring = AreasWiring(pattern="all", forward=density, backward=density / 2, within=density, exact=True, between=ALL)
    made = wiring.wire(numpy_stream(seed))
    area, inhibits, table = areas(made), made.signs < 0, wiring.table()
    for post in range(3):
        for pre in range(3):
            for post_sign in (False, True):
                for pre_sign in (False, True):
                    rows, columns = (area == post) & (inhibits == post_sign), (area == pre) & (inhibits == pre_sign)
                    pairs = rows.sum() * columns.sum() - (rows & columns).sum()
                    assert made.mask[np.ix_(rows, columns)].sum() == int(table[post, pre] * pairs + 0.5 + 1e-9)
