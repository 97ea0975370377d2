"""Whatever laws are combined, the network is lawful at the start, after every step, in its files and after loading.

What is lawful is worked out here again, synapse by synapse, without the code under test.
"""

import math

import numpy as np
import torch
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.constraints import Constraints, SynapseRule, TargetRule
from engine.networks import Normal
from tests.engine.small_networks import small_connectome, small_network

INPUTS, OUTPUTS = ("stimulus", "go"), ("left", "right")
UNITS = st.sampled_from(["all", "area:left", "type:I", "sign:E", "unit:unit 1", "unit:unit 2|area:right"])
SIDES = {
    "W_in": (UNITS, st.sampled_from(["all", "input:go", "input:0"])),
    "W_rec": (UNITS, UNITS),
    "W_out": (st.sampled_from(["all", "output:right", "output:0|output:1"]), UNITS),
    "bias": (UNITS, st.just("all")),
    "bias_out": (st.sampled_from(["all", "output:left"]), st.just("all")),
}
maybe = lambda *values: st.sampled_from([None, None, *values])  # noqa: E731


@st.composite
def rules(draw):
    matrix = draw(st.sampled_from(sorted(SIDES)))
    post, pre = SIDES[matrix]
    return SynapseRule(
        matrix=matrix, post=draw(post), pre=draw(pre), exists=draw(maybe(True, False)),
        sign=draw(maybe("excitatory", "inhibitory", "free")), plasticity=draw(maybe(0.0, 0.3, 1.0, 2.0)),
        low=draw(maybe(-1.0, -0.01, 0.02)), high=draw(maybe(1.0, 0.05, -0.02)),
    )  # fmt: skip


targets = st.builds(
    TargetRule,
    from_type=st.sampled_from(["", "E", "I"]),
    to_type=st.sampled_from(["", "E", "I"]),
    where=st.sampled_from(["anywhere", "within_areas", "between_areas"]),
    allowed=st.booleans(),
)
constraints = st.builds(
    lambda rules, targets, law, keep, part: Constraints.read(
        {
            "rules": [rule.model_dump() for rule in rules],
            "target_rules": [rule.model_dump() for rule in targets],
            "dales_law": law,
            "connection_mask": {"keep": keep},
            "projections": {"input_fraction": part[0], "readout_fraction": part[1], "overlap": part[2]},
        }
    ),
    st.lists(rules(), max_size=5),
    st.lists(targets, max_size=3),
    st.fixed_dictionaries(
        {
            "method": st.sampled_from(["projection", "magnitude", "off", "faulty_rectifier_as_published"]),
            "magnitude": st.sampled_from(["abs", "relu", "softplus", "exponential"]),
            "sign_of": st.sampled_from(["unit", "synapse"]),
        }
    ),
    st.booleans(),
    st.sampled_from([(1.0, 1.0, True), (0.5, 0.5, False), (0.3, 1.0, True)]),
)


def picks(selector, connectome, channels, k):
    """Whether a selector picks entry k of a side."""
    for part in selector.split("|"):
        kind, _, name = part.partition(":")
        if kind == "all":
            return True
        if kind in ("input", "output"):
            if name in (channels[k], str(k)):
                return True
        elif (
            name
            == {
                "area": connectome.areas[k],
                "type": connectome.types[k],
                "unit": connectome.names[k],
                "sign": "E" if connectome.signs[k] > 0 else "I",
            }[kind]
        ):
            return True
    return False


def allowed(rules, connectome, post, pre):
    def applies(rule):
        within = connectome.areas[post] == connectome.areas[pre]
        fits = rule.from_type in ("", connectome.types[pre]) and rule.to_type in ("", connectome.types[post])
        return fits and (rule.where == "anywhere" or within == (rule.where == "within_areas"))

    return ([True] + [rule.allowed for rule in rules if applies(rule)])[-1]


def limits(laws, connectome, matrix, post, pre, receives, is_read):
    """Lowest and highest lawful value, and the plasticity, of one synapse or bias."""
    exists, sign, low, high, plasticity = True, 0, -math.inf, math.inf, 1.0
    if matrix == "W_rec":
        exists = allowed(laws.target_rules, connectome, post, pre)
        exists = exists and bool(connectome.mask[post, pre] or not laws.connection_mask.keep)
        if laws.dales_law.method != "off":
            by_unit = laws.dales_law.sign_of == "unit"
            sign = connectome.signs[pre] if by_unit else np.sign(connectome.weights[post, pre])
    exists = exists and (matrix != "W_in" or receives[post]) and (matrix != "W_out" or is_read[pre])
    for rule in laws.rules:
        on_pre = pre is None or rule.matrix != matrix or picks(rule.pre, connectome, INPUTS, pre)
        if rule.matrix == matrix and on_pre and picks(rule.post, connectome, OUTPUTS, post):
            exists = exists if rule.exists is None else rule.exists
            sign = sign if rule.sign is None else {"excitatory": 1, "inhibitory": -1, "free": 0}[rule.sign]
            low, high = low if rule.low is None else rule.low, high if rule.high is None else rule.high
            plasticity = plasticity if rule.plasticity is None else rule.plasticity
    if not exists:
        return 0.0, 0.0, plasticity
    return max(low, 0 if sign > 0 else low), min(high, 0 if sign < 0 else high), plasticity


def table(laws, connectome):
    """[low, high, plasticity] of every weight and bias."""
    plain = Constraints(projections=laws.projections).bind(connectome)  # the random parts are drawn alike
    receives = plain["W_in"].exists[:, 0].expand(12).tolist()
    is_read = plain["W_out"].exists[0].expand(12).tolist()
    shapes = {"W_in": (12, 2), "W_rec": (12, 12), "W_out": (2, 12), "bias": (12, None), "bias_out": (2, None)}
    return {
        matrix: torch.tensor(
            [
                [limits(laws, connectome, matrix, i, j, receives, is_read) for j in range(pre)]
                if pre
                else limits(laws, connectome, matrix, i, None, receives, is_read)
                for i in range(post)
            ],
            dtype=torch.float64,
        )
        for matrix, (post, pre) in shapes.items()
    }


def assert_lawful(weights, expected):
    for matrix, bounds in expected.items():
        low, high = bounds[..., 0].float().double(), bounds[..., 1].float().double()
        assert ((weights[matrix] >= low) & (weights[matrix] <= high)).all(), matrix


def attempt(laws, **options):
    """A network under these laws, or why there is none."""
    chosen = {"inputs": INPUTS, "outputs": OUTPUTS, "networks": 2} | options
    try:
        return small_network(small_connectome(), laws, Normal(spectral_radius=None), **chosen), None
    except Invalid as fault:
        return None, fault


@given(laws=constraints, seed=st.integers(0, 2**31), rate=st.floats(1e-3, 1))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
def test_any_combination_of_laws_holds_at_every_moment(laws, seed, rate):
    network, fault = attempt(laws, seed=seed)
    assume(fault is None)
    expected = table(laws, network.connectome)
    before = network.lawful_weights()
    assert_lawful(before, expected)
    rng = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=0.1)
    for _ in range(4):
        for parameter in network.parameters():
            parameter.grad = torch.randn(parameter.shape, generator=rng, dtype=torch.float64)
        network.step(optimiser)
        assert network.violations().tolist() == [0, 0]
        assert_lawful(network.lawful_weights(), expected)
    after = network.lawful_weights()
    for matrix, bounds in expected.items():
        frozen = (bounds[..., 2] == 0).expand(after[matrix].shape)
        assert torch.equal(after[matrix][frozen], before[matrix][frozen])
    other, _ = attempt(laws, seed=seed + 1)
    other.load_lawful(after)
    assert other.violations().tolist() == [0, 0]
    assert_lawful(other.lawful_weights(), expected)
    for matrix in expected:
        torch.testing.assert_close(other.lawful_weights()[matrix], after[matrix], rtol=1e-6, atol=2e-6)


@given(laws=constraints)
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_laws_that_leave_nothing_are_refused_and_only_these(laws):
    fault = attempt(laws, networks=1)[1]
    expected = table(laws, small_connectome())
    contradict = any((bounds[..., 0] > bounds[..., 1]).any() for bounds in expected.values())
    cut_off = any((expected[m][..., :2] == 0).all() for m in ("W_in", "W_out"))
    assert (fault is not None) == bool(contradict or cut_off)
    assert fault is None or fault.address.startswith("constraints.rules")
