"""Pruning: how many connections each method keeps and which, in blocks or overall, at once or in rounds."""

import numpy as np
import pytest
import torch

from engine.constraints import Constraints
from engine.networks import Normal
from engine.randomness import torch_stream
from engine.training.prune import Prune
from engine.training.prune_round import prune_round
from engine.training.pruning import as_published, chances, kept, spanning_tree, tree_overlap, water_filled
from tests.engine.small_networks import small_connectome, small_network


def drawn(zeros: float = 0.0) -> torch.Tensor:
    rng = torch_stream(0, "weights")
    weights = torch.randn(100, 100, generator=rng, dtype=torch.float64)
    return weights * (torch.rand(100, 100, generator=rng) >= zeros)


@pytest.mark.parametrize("density", [0.06, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("zeros", [0.0, 0.07])
def test_water_filling_keeps_as_many_as_asked_and_each_in_proportion_to_its_size_up_to_1(density, zeros):
    weights = drawn(zeros)
    chance = water_filled(weights.abs(), density * 1e4)
    assert chance.sum().item() == pytest.approx(density * 1e4)
    below = (chance < 1) & (weights != 0)
    share = chance[below] / weights[below].abs()
    torch.testing.assert_close(share, share[:1].expand_as(share))
    assert (weights[chance == 1].abs().min() if (chance == 1).any() else 9) >= weights[below].abs().max()
    assert (chance[weights == 0] == 0).all()


def test_as_published_zeros_make_it_keep_more_than_was_asked():
    """Dales 2.1: with 7 % zeros, 6.3 to 6.8 % of the pairs are left for a target of 6 %."""
    weights, wanted = drawn(0.07), 600.0
    n, zeros = 1e4, int((weights == 0).sum())
    z0 = zeros + 100
    sparsity = ((1 - wanted / n) * n - z0) / (n - z0)
    chance = as_published(weights.abs(), wanted, fills_zeros=False)
    torch.testing.assert_close(chance, (n * (1 - sparsity) * weights.abs() / weights.abs().sum()).clamp(max=1))
    assert 0.063 <= chance.sum() / n <= 0.068
    assert water_filled(weights.abs(), wanted).sum() / n == pytest.approx(0.06)


def test_the_task_notebooks_spread_the_excess_evenly_also_onto_what_is_zero():
    weights = drawn(0.07)
    plain, spread = (as_published(weights.abs(), 6000.0, fills_zeros=fills) for fills in (False, True))
    assert (spread <= 1).all()
    assert (spread[weights == 0] > 0).all()
    assert spread.sum().item() == pytest.approx(6000 * 1e4 / (1e4 - 100), rel=1e-6)  # the correction by min(N) alone
    assert (plain == 1).sum() > 0
    assert plain.sum() < 6500


def test_methods_keep_the_strongest_any_or_the_strong_more_often():
    weights, every = drawn(), torch.ones(100, 100, dtype=torch.bool)
    found = {
        method: kept(chances(weights, every, 3000.0, method), torch_stream(0, method))
        for method in ("random", "magnitude", "top_prob")
    }
    assert found["magnitude"].sum() == 3000
    assert weights[found["magnitude"]].abs().min() >= weights[~found["magnitude"]].abs().max()
    assert found["top_prob"].sum().item() == pytest.approx(3000, abs=150)
    sizes = {method: weights[there].abs().mean().item() for method, there in found.items()}
    assert sizes["random"] == pytest.approx(weights.abs().mean().item(), rel=0.05)
    assert sizes["random"] < sizes["top_prob"] < sizes["magnitude"]


def test_the_spanning_tree_joins_all_units_by_their_strongest_connections():
    weights = torch.tensor([[3.0, 1.0], [2.0, 5.0]])
    assert spanning_tree(weights).tolist() == [[True, False], [True, True]]
    assert int(spanning_tree(drawn()).sum()) == 199
    assert tree_overlap(weights, weights > 2.5) == pytest.approx(2 / 3)


def pruned(prune: Prune, rounds: int = 1, networks: int = 2) -> tuple[torch.Tensor, torch.Tensor, list]:
    """What there was and what is left of a small network with two areas, and what was told in every round."""
    network = small_network(small_connectome(24, 0.5), Constraints(), Normal(), networks=networks)
    there = network.W_rec.detach() != 0
    streams, told = [torch_stream(k, "prune") for k in range(networks)], []
    for turn in range(rounds):
        left, said = prune_round(network, prune, turn, streams, torch.ones(networks, dtype=torch.bool))
        law = network.laws[prune.matrix]
        network.constrain({prune.matrix: law.allowing(law.allowed * left)})
        told.append(said)
    return there, network.W_rec.detach() != 0, told


AREAS = np.arange(12), np.arange(12, 24)
BLOCKS = {(a, b): np.ix_(AREAS[a], AREAS[b]) for a in (0, 1) for b in (0, 1)}


def test_block_by_block_every_block_keeps_its_share_and_overall_the_whole_does():
    there, left, _ = pruned(Prune(density=0.5, blocks="areas"))
    whole, over, _ = pruned(Prune(density=0.5))
    for network in range(2):
        for block in BLOCKS.values():
            assert left[network][block].sum() == pytest.approx(there[network][block].sum() / 2, abs=0.5)
        assert over[network].sum() == pytest.approx(whole[network].sum() / 2, abs=0.5)
    assert any(abs(over[0][b].sum() - whole[0][b].sum() / 2) > 1 for b in BLOCKS.values())


@pytest.mark.parametrize("where", ["within_areas", "between_areas"])
def test_where_it_does_not_prune_all_stays(where):
    there, left, _ = pruned(Prune(density=0.25, where=where))
    for (a, b), block in BLOCKS.items():
        concerned = (a == b) == (where == "within_areas")
        assert (left[0][block].sum() < there[0][block].sum()) == concerned


def test_rounds_fall_evenly_on_a_logarithmic_scale_to_the_density_that_one_shot_has_at_once():
    there, left, told = pruned(Prune(density=0.25, rounds=4), rounds=4)
    _, once, one = pruned(Prune(density=0.25))
    shares = [t.realised[0] / (there[0].sum() / 576).item() for t in told]
    assert shares == pytest.approx([0.25**0.25, 0.25**0.5, 0.25**0.75, 0.25], abs=0.01)
    assert left[0].sum() == pytest.approx(once[0].sum().item(), abs=1)
    assert one[0].requested[0] == pytest.approx(one[0].realised[0], abs=0.002)


def test_random_pruning_takes_existing_zeros_again_but_tells_what_is_left():
    """Dales A2: realised sparsity drifts from the requested one, where the share is of what exists."""
    there, left, (told,) = pruned(Prune(method="random", density=0.9))
    assert told.realised == pytest.approx((left.sum((1, 2)) / 576).tolist())
    assert told.realised[0] < 0.9 * 0.5
    assert told.requested[0] == pytest.approx(0.9 * there[0].sum().item() / 576)
