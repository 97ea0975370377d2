"""Every null model against every invariant: what it says that it keeps is kept exactly, what it changes is changed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from engine.component import Invalid
from engine.connectomes import RandomWiring, SpatialWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps import NULL_MODELS, AnyStep, Step
from engine.connectomes.steps.block_shuffle import BlockShuffle
from engine.connectomes.steps.degree_preserving import DegreePreserving
from engine.connectomes.steps.distance_preserving import DistancePreserving, distance_bins, distances_um
from engine.connectomes.steps.full_shuffle import FullShuffle
from engine.connectomes.steps.random_matched import RandomMatched
from engine.connectomes.steps.reversed import Reversed
from engine.connectomes.steps.selection import codes
from engine.connectomes.steps.sign_shuffle import SignShuffle
from engine.connectomes.steps.weight_shuffle import WeightShuffle
from engine.randomness import numpy_stream


def between(c: Connectome) -> np.ndarray:
    return c.mask & ~np.eye(c.n, dtype=bool)


def strengths(c: Connectome, where=True) -> list[float]:
    return sorted(np.abs(c.weights[between(c) & where]).tolist())


def per_source(c: Connectome, of: np.ndarray) -> list:
    return [sorted(of[:, k][between(c)[:, k]].tolist()) for k in range(c.n)]


def counts_by_block(c: Connectome) -> list:
    member = np.eye(len(c.area_names))[codes(c.areas)]
    return (member.T @ between(c) @ member).astype(int).tolist()


def sums_by_block(c: Connectome) -> list:
    member = np.eye(len(c.area_names))[codes(c.areas)]
    return np.round(member.T @ (c.weights * between(c)) @ member, 9).tolist()


def lengths(c: Connectome) -> list:
    return np.bincount(distance_bins(distances_um(c), DistancePreserving().bins)[between(c)], minlength=20).tolist()


INVARIANTS = {
    "N": lambda c: c.n,
    "names and areas": lambda c: (c.names, c.areas),
    "edges": lambda c: int(c.mask.sum()),
    "density": lambda c: c.density,
    "self-connections": lambda c: np.abs(np.diag(c.weights)).tolist(),
    "unknown pairs": lambda c: None if c.unknown is None else int((c.unknown & ~c.mask).sum()),
    "strengths": strengths,
    "weights of each sign": lambda c: sorted(c.weights[c.mask].tolist()),
    "number of E, I and free": lambda c: sorted(c.signs.tolist()),
    "number of E, I and free by area": lambda c: sorted(zip(c.areas, c.signs.tolist(), strict=True)),
    "signs of units": lambda c: c.signs.tolist(),
    "types of units": lambda c: c.types,
    "types of all": lambda c: sorted(c.types),
    "in-degree": lambda c: between(c).sum(1).tolist(),
    "in-degree from I": lambda c: between(c)[:, c.signs < 0].sum(1).tolist(),
    "out-degree": lambda c: between(c).sum(0).tolist(),
    "topology": lambda c: c.mask.tolist(),
    "output weights of a unit": lambda c: per_source(c, c.weights),
    "in-strength": lambda c: [sorted(row[there].tolist()) for row, there in zip(c.weights, between(c), strict=True)],
    "block counts": counts_by_block,
    "block sums": sums_by_block,
    "length distribution": lengths,
    "mutual pairs": lambda c: int((between(c) & between(c).T).sum()),
    "degrees, either": lambda c: sorted([sorted(between(c).sum(0)), sorted(between(c).sum(1))]),
}  # fmt: skip
ALWAYS = {"N", "names and areas", "edges", "density", "self-connections", "unknown pairs", "number of E, I and free",
          "types of all", "strengths"}  # fmt: skip
UNITS = {"signs of units", "types of units", "number of E, I and free by area"}
SHUFFLE = ALWAYS | UNITS | {"weights of each sign"}
TOPOLOGY = {"topology", "in-degree", "in-degree from I", "out-degree", "block counts", "length distribution",
            "mutual pairs", "degrees, either"}  # fmt: skip
DEGREES = {"in-degree", "out-degree", "degrees, either", "output weights of a unit"}
KEPT: list[tuple[Step, set[str]]] = [
    (WeightShuffle(), SHUFFLE | TOPOLOGY),
    (WeightShuffle(within="source"), SHUFFLE | TOPOLOGY | {"output weights of a unit"}),
    (WeightShuffle(within="target"), SHUFFLE | TOPOLOGY | {"in-strength"}),
    (WeightShuffle(within="area"), SHUFFLE | TOPOLOGY | {"block sums"}),
    (FullShuffle(), SHUFFLE),
    (FullShuffle(moves="pairs"), SHUFFLE | {"mutual pairs"}),
    (DegreePreserving(within="all"), SHUFFLE | DEGREES),
    (DegreePreserving(), SHUFFLE | DEGREES | {"in-degree from I"}),
    (DegreePreserving(within="area"), SHUFFLE | DEGREES | {"in-degree from I", "block counts", "block sums"}),
    (BlockShuffle(), SHUFFLE | {"block counts", "block sums"}),
    (BlockShuffle(by="area_and_type"), SHUFFLE | {"block counts", "block sums"}),
    (DistancePreserving(), SHUFFLE | {"length distribution"}),
    (DistancePreserving(keep_degrees=True), SHUFFLE | DEGREES | {"in-degree from I", "length distribution"}),
    (SignShuffle(), ALWAYS | TOPOLOGY - {"in-degree from I"} | {"number of E, I and free by area"}),
    (SignShuffle(within_areas=False), ALWAYS | TOPOLOGY - {"in-degree from I"}),
    (Reversed(), ALWAYS | UNITS | {"length distribution", "mutual pairs", "degrees, either"}),
    (RandomMatched(), ALWAYS | UNITS),
]
every_null = pytest.mark.parametrize(("step", "kept"), KEPT, ids=lambda v: str(v) if isinstance(v, Step) else "")
seeds = st.integers(0, 2**31)


specs = st.tuples(seeds, st.integers(1, 24), st.sampled_from([0.0, 0.1, 0.3, 0.6, 0.95, 1.0]), st.booleans())


def a_connectome(spec: tuple[int, int, float, bool], signs=(1, -1)) -> Connectome:
    """A directed weighted connectome of any density, with areas, positions, self-connections and unknown pairs."""
    seed, n, density, some_unknown = spec
    rng = np.random.default_rng(seed)
    mask = rng.random((n, n)) < density
    sign = rng.choice(signs, n).astype(np.int8)
    strength = np.exp(rng.standard_normal((n, n)))
    own = rng.choice([-1, 1], (n, n)) if 0 in signs else 1
    weights = np.where(mask, strength * np.where(sign[None, :] != 0, sign[None, :], own), 0.0)
    unknown = ~mask & (rng.random((n, n)) < 0.1) if some_unknown else None
    letter = {1: "E", -1: "I", 0: "free"}
    return Connectome(
        weights, mask, sign, tuple(f"u{k}" for k in range(n)), tuple(rng.choice(["a", "b", "c"], n).tolist()),
        tuple(letter[s] for s in sign.tolist()), rng.uniform(0, 100, (n, 3)), unknown,
    )  # fmt: skip


def large(units: int = 60) -> Connectome:
    wired = SpatialWiring(units=units, density=0.2, weight_spread=0.7, self_connections=True).wire(numpy_stream(4))
    return wired.but(areas=tuple("ab"[k % 2] for k in range(units)))


@every_null
@given(spec=specs, seed=seeds)
@settings(max_examples=25, deadline=None)
def test_a_null_model_keeps_exactly_what_it_says(step: Step, kept: set[str], spec: tuple, seed: int) -> None:
    # bio 9.10: the random control crashes
    source = a_connectome(spec)
    if isinstance(step, SignShuffle) and not source.signs.any():
        return
    made = step.change(source, np.random.default_rng(seed))
    broken = [name for name in kept if INVARIANTS[name](made) != INVARIANTS[name](source)]
    assert not broken
    assert len(made.provenance) == len(source.provenance) + 1


@every_null
def test_what_a_null_model_does_not_keep_it_changes(step: Step, kept: set[str]) -> None:
    source = large()
    several = [step.change(source, np.random.default_rng(seed)) for seed in range(3)]
    was = {name: INVARIANTS[name](source) for name in set(INVARIANTS) - kept}
    still = {name for name, value in was.items() if all(INVARIANTS[name](made) == value for made in several)}
    assert not still


@pytest.mark.parametrize("signs", [(0,), (0, 1), (0, 1, -1)], ids=str)
@pytest.mark.parametrize("step", [s for s, _ in KEPT if not isinstance(s, SignShuffle | Reversed)], ids=str)
@given(spec=specs, seed=seeds)
@settings(max_examples=10, deadline=None)
def test_units_without_a_sign_keep_their_signed_weights(step: Step, signs: tuple, spec: tuple, seed: int) -> None:
    source = a_connectome(spec, signs)
    made = step.change(source, np.random.default_rng(seed))
    assert strengths(made) == strengths(source)
    if not isinstance(step, RandomMatched):
        assert sorted(made.weights[made.mask]) == sorted(source.weights[source.mask])


@given(spec=specs, seed=seeds)
@settings(max_examples=30, deadline=None)
def test_whole_pairs_leave_a_symmetric_connectome_symmetric(spec: tuple, seed: int) -> None:
    # bio 9.10
    source = a_connectome(spec)
    weights, mask = np.abs(source.weights + source.weights.T), source.mask | source.mask.T
    even = source.but(weights=weights * mask, mask=mask, signs=np.zeros(source.n, np.int8), unknown=None)
    made = FullShuffle(moves="pairs").change(even, np.random.default_rng(seed))
    assert np.array_equal(made.weights, made.weights.T)


def test_reversing_twice_gives_the_source_and_once_the_transpose() -> None:
    source = RandomWiring(units=30, weight_spread=1.0, signs={"kind": "unsigned"}).wire(numpy_stream(0))
    once = Reversed().change(source, numpy_stream(1))
    assert np.array_equal(once.weights, source.weights.T)
    signed = RandomWiring(units=30, weight_spread=1.0).wire(numpy_stream(0))
    there = Reversed().change(signed, numpy_stream(1))
    assert np.array_equal(np.abs(there.weights), np.abs(signed.weights.T))
    assert np.array_equal(Reversed().change(there, numpy_stream(1)).weights, signed.weights)


def test_reversing_refuses_to_lose_the_sign_of_a_connection() -> None:
    weights = np.array([[0.0, -1.0], [2.0, 0.0]])
    mixed = Connectome(weights, weights != 0, np.array([1, 0], np.int8), ("a", "b"), ("x", "x"), ("E", "free"))
    with pytest.raises(Invalid, match="give all units signs"):
        Reversed().change(mixed, numpy_stream(0))


def test_rewiring_forgets_the_source_as_far_as_chance_does() -> None:
    source = RandomWiring(units=100, density=0.1).wire(numpy_stream(2))
    made = DegreePreserving().change(source, numpy_stream(3))
    assert (made.mask & source.mask).sum() / source.mask.sum() == pytest.approx(source.density, abs=0.04)


def test_rewiring_is_uniform_over_the_graphs_with_the_same_degrees() -> None:
    ring = np.roll(np.eye(4, dtype=bool), 1, axis=0)
    source = Connectome(
        ring * 1.0, ring, np.zeros(4, np.int8), tuple("abcd"), ("x",) * 4, ("free",) * 4
    )  # degrees of 1: the 9 permutations of 4 without a fixed point
    step, rng = DegreePreserving(within="all", swaps_per_connection=60), np.random.default_rng(0)
    seen: dict[bytes, int] = {}
    for _ in range(1800):
        found = step.change(source, rng).mask.tobytes()
        seen[found] = seen.get(found, 0) + 1
    assert len(seen) == 9
    assert (
        sum((count - 200) ** 2 / 200 for count in seen.values()) < 26.1
    )  # chi-square, 8 degrees of freedom, p = 0.001


def test_sign_shuffle_needs_a_sign_and_distances_need_positions() -> None:
    source = RandomWiring(units=10, signs={"kind": "unsigned"}).wire(numpy_stream(0))
    with pytest.raises(Invalid, match="No unit has a sign"):
        SignShuffle().change(source, numpy_stream(0))
    wiring = RandomWiring(units=10, steps=({"kind": "distance_preserving"},))
    with pytest.raises(Invalid, match="no positions") as fault:
        wiring.wire(numpy_stream(0))
    assert fault.value.address == "wiring.steps.0"


@pytest.mark.parametrize("keep_degrees", [False, True])
def test_measured_lengths_stand_in_for_positions_and_unknown_ones_are_the_longest(keep_degrees: bool) -> None:
    source = large()
    measured = distances_um(source) / 1000.0
    measured[::9, 1::7] = np.nan
    source = source.but(positions_um=None, pairs={"length_mm": measured})
    made = DistancePreserving(keep_degrees=keep_degrees).change(source, np.random.default_rng(0))
    assert lengths(made) == lengths(source)
    assert (made.mask != source.mask).any()


def test_the_mean_strength_is_kept_where_strengths_are_made_equal() -> None:
    source = large()
    made = RandomMatched(strengths="mean").change(source, numpy_stream(0))
    assert np.unique(np.abs(made.weights[between(made)]).round(12)).size == 1
    assert sum(strengths(made)) == pytest.approx(sum(strengths(source)))


@pytest.mark.parametrize("kind", NULL_MODELS, ids=lambda k: k.__name__)
def test_a_null_model_travels_repeats_and_names_its_source(kind: type[Step]) -> None:
    step = kind()
    assert kind.title
    assert kind.source
    assert TypeAdapter(AnyStep).validate_json(step.model_dump_json()) == step
    one, two = (step.change(large(), np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one.weights, two.weights)
