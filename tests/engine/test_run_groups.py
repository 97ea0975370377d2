"""Two sets of runs: blocks that differ are found, networks are counted, and blocks that do not match are told."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.analysis.run_groups import blocks_of_run, compare_groups
from engine.component import Invalid
from tests.engine.test_analysis_connectivity import a_connectome


def drawn(run: str, networks: int, stronger: float = 1.0, level: str = "type", measure: str = "mean_strength"):
    connectome = a_connectome(12)
    weights = torch.rand(networks, 12, 12, generator=torch.Generator().manual_seed(networks + int(10 * stronger)))
    to = torch.tensor([kind == connectome.types[0] for kind in connectome.types])
    weights[:, to] *= stronger
    return blocks_of_run(run, weights, connectome, level, measure), connectome, weights


def test_a_block_that_differs_is_found_and_n_counts_networks_not_runs():
    first = [drawn("a", 4)[0], drawn("b", 3)[0]]
    second = [drawn("c", 6, 2.0)[0]]
    found = compare_groups(first, second, "type")
    assert found.runs == (2, 1)
    assert found.networks == (7, 6)
    rows = found.table().set_index("post")
    hit = found.names.index(a_connectome(12).types[0])
    assert found.is_sure[hit].all()
    size = np.abs(found.map("difference"))
    assert size[hit].min() > 5 * np.delete(size, hit, 0).max()
    assert (rows["networks_a"] == 7).all()
    np.testing.assert_allclose(found.map("difference"), found.map("second") - found.map("first"))


def test_what_is_compared_is_the_mean_over_the_networks_of_a_group_of_that_block():
    made, connectome, weights = drawn("a", 4)
    of = np.array(connectome.types)
    post, pre = made.names[0], made.names[-1]
    wanted = weights[:, of == post][:, :, of == pre].mean().item()
    found = compare_groups([made], [drawn("b", 5)[0]], "type")
    assert found.map("first")[0, -1] == pytest.approx(wanted)


def test_blocks_in_another_order_are_put_into_the_same_and_others_are_told_in_one_sentence():
    made, other = drawn("a", 4)[0], drawn("b", 4)[0]
    turned = replace(other, names=other.names[::-1], sizes=other.sizes[::-1], values=other.values[:, ::-1, ::-1])
    straight, back = (compare_groups([made], [b], "type") for b in (other, turned))
    np.testing.assert_allclose(straight.map("difference"), back.map("difference"))
    unlike = replace(other, names=("PV", *other.names[1:]))
    with pytest.raises(Invalid, match=r"cell types of these runs do not match: b has PV, a has \w+, which the other"):
        compare_groups([made], [unlike], "type")


def test_a_group_of_one_network_is_refused_and_few_networks_are_warned_of():
    one, two, three = (drawn("a", n)[0] for n in (1, 2, 3))
    with pytest.raises(Invalid, match="1 and 3 networks cannot be compared; train at least 2"):
        compare_groups([one], [three], "type")
    assert "no p below 0.33" in compare_groups([two], [two], "type").remarks[0]


def test_a_run_with_a_network_that_diverged_is_named():
    _, connectome, weights = drawn("a", 2)
    weights[1, 0, 0] = float("nan")
    with pytest.raises(Invalid, match="steep run cannot be compared: The weight from unit 0"):
        blocks_of_run("steep run", weights, connectome, "area", "mean")
