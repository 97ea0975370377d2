"""Saved models of nn4n: the same rates and gradients here, and no file that does anything but hold tensors."""

import contextlib
import os
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.component import Invalid
from engine.networks.nn4n import read_nn4n

CTRNN = pytest.importorskip("nn4n.model").CTRNN
DIMS = [3, 12, 2]


def masks(seed=0, dale=True):
    """Sparsity and E/I masks (pre, post) of the three matrices; separate lists."""
    rng = np.random.default_rng(seed)
    shapes = [(3, 12), (12, 12), (12, 2)]
    sparsity = [(rng.random(shape) < 0.6).astype(float) for shape in shapes]
    row = np.where(np.arange(12) < 9, 1.0, -1.0)[:, None]
    hidden = np.repeat(row, 12, 1) if dale else rng.choice([-1.0, 1.0], (12, 12))
    return sparsity, [np.ones((3, 12)), hidden, np.repeat(row, 2, 1)]


def model(**options):
    torch.manual_seed(3)
    chosen = {"dims": DIMS, "dt": 20, "tau": 100, "biases": "uniform", "suppress_warnings": True, **options}
    return CTRNN(**chosen)


def saved(theirs, folder):
    path = str(folder / "model.pth")
    theirs.save(path)
    return path


def layers(theirs):
    return {
        "W_in": theirs.recurrent_layer.input_layer,
        "W_rec": theirs.recurrent_layer.hidden_layer,
        "W_out": theirs.readout_layer,
    }


def trained(theirs, steps):
    """After some steps of Adam with the projection that nn4n itself does, which comes before each step only."""
    optimiser, rng = torch.optim.Adam(theirs.parameters(), 1e-2), torch.Generator().manual_seed(0)
    theirs.train()
    for _ in range(steps):
        optimiser.zero_grad()
        theirs(torch.randn(8, 4, 3, generator=rng))[0].sub(1).square().mean().backward()
        optimiser.step()
    return theirs


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "retanh"])
@pytest.mark.parametrize("dale", [True, False])
@pytest.mark.parametrize("steps", [0, 5])
def test_a_saved_model_gives_the_same_rates_outputs_and_gradients_here(tmp_path, dtype, activation, dale, steps):
    sparsity, signs = masks(dale=dale)
    theirs = trained(model(activation=activation, sparsity_masks=sparsity, ei_masks=signs), steps)
    network = read_nn4n(saved(theirs, tmp_path)).network(dtype)
    inputs = torch.randn(5, 30, 3)
    theirs.train()  # projects what the last step left unlawful
    theirs.zero_grad()
    outputs, (rates,) = theirs(inputs.transpose(0, 1))
    ours = network(inputs, keep_states=True)
    torch.testing.assert_close(ours.outputs[0].float(), outputs.transpose(0, 1), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours.rates[0].float(), rates.transpose(0, 1), rtol=1e-5, atol=1e-5)
    outputs.square().mean().backward()
    ours.outputs.square().mean().backward()
    for matrix, layer in layers(theirs).items():
        exists = network.laws[matrix].exists.expand(layer.weight.shape)
        here = getattr(network, f"free_{matrix}").grad[0].float()
        torch.testing.assert_close(here[exists], layer.weight.grad[exists], rtol=1e-5, atol=1e-5)
        assert (here[~exists] == 0).all()
    torch.testing.assert_close(network.bias.grad[0].float(), layers(theirs)["W_rec"].bias.grad, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(network.bias_out.grad[0].float(), theirs.readout_layer.bias.grad, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dale", [True, False])
def test_its_masks_are_ours_from_pre_to_post_and_zero_is_lawful_under_either_sign(tmp_path, dale):
    sparsity, signs = masks(dale=dale)
    expected = [(mask.T != 0, sign.T) for mask, sign in zip(sparsity, signs, strict=True)]
    found = read_nn4n(saved(model(sparsity_masks=list(sparsity), ei_masks=list(signs)), tmp_path))
    laws = found.network().laws
    for (exists, sign), matrix in zip(expected, ("W_in", "W_rec", "W_out"), strict=True):
        low, high = (side.expand(exists.shape).numpy() for side in (laws[matrix].low, laws[matrix].high))
        assert ((high > 0) == (exists & (sign > 0))).all()
        assert ((low < 0) == (exists & (sign < 0))).all()
    assert found.constraints.dales_law.sign_of == ("unit" if dale else "synapse")
    assert (found.connectome.signs[:9] == (1 if dale else 0)).all()


def test_without_masks_every_weight_is_free(tmp_path):
    network = read_nn4n(saved(model(), tmp_path)).network()
    assert all(law.is_free for law in network.laws.values())


def test_its_two_biases_are_added_and_biases_that_it_fixes_stay_fixed(tmp_path):
    theirs = model(biases=["normal", "uniform", None])
    found = read_nn4n(saved(theirs, tmp_path))
    both = theirs.recurrent_layer.input_layer.bias + theirs.recurrent_layer.hidden_layer.bias
    torch.testing.assert_close(found.weights["bias"].float(), both.detach())
    network = found.network()
    assert network.bias.requires_grad
    assert not network.bias_out.requires_grad


def test_its_plasticity_is_scaled_jointly_and_acts_on_updates(tmp_path):
    hidden = torch.ones(12, 12)
    hidden[:, :6], hidden[:, 6:8] = 0.2, 0.6  # columns of (pre, post) are targets
    network = read_nn4n(saved(model(plasticity_masks=[None, hidden, None]), tmp_path)).network()
    assert network.laws["W_in"].plasticity is None
    factors = network.laws["W_rec"].plasticity.expand(12, 12)
    torch.testing.assert_close(factors[:, 0], torch.tensor([0.0] * 6 + [0.5] * 2 + [1.0] * 4))


def test_learned_alpha_and_start_are_taken_over(tmp_path):
    state = model().state_dict()
    state["recurrent_layer.alpha"] = torch.linspace(0.05, 1, 12)
    state["recurrent_layer.hidden_state"] = torch.linspace(-1, 1, 12)
    path = tmp_path / "model.pth"
    torch.save({"model_state_dict": state, "kwargs": {"dt": 20, "tau": 100}}, path)
    network = read_nn4n(path).network()
    torch.testing.assert_close(network.time_constants.tau_ms()[0], 20 / torch.linspace(0.05, 1, 12))
    torch.testing.assert_close(network.initial_state[0].detach(), torch.linspace(-1, 1, 12))


def test_its_noise_is_drawn_by_its_own_convention(tmp_path):
    dynamics = read_nn4n(saved(model(preact_noise=0.5, postact_noise=0.3), tmp_path)).dynamics
    assert dynamics.state_noise_per_step(0.2) == pytest.approx(0.2 * 0.5)
    assert dynamics.rate_noise_per_step(0.2) == pytest.approx(0.3)


def test_a_bare_state_dict_is_read_and_what_it_does_not_say_is_said(tmp_path):
    path = tmp_path / "bare.pt"
    torch.save(model().state_dict(), path)
    found = read_nn4n(path)
    assert (found.dt_ms, found.dynamics.tau_ms) == (10, 100)
    assert "dt, tau" in found.remarks[0]


def test_numpy_masks_are_refused_with_the_way_to_convert(tmp_path):
    hidden = np.ones((12, 12))
    hidden[0] = 0
    path = saved(model(plasticity_masks=[None, hidden, None]), tmp_path)
    with pytest.raises(Invalid, match=r"NumPy.*torch.as_tensor.*save again"):
        read_nn4n(path)


class Evil:
    def __reduce__(self):
        return os.mkdir, ("evil_was_here",)


def test_a_file_that_would_run_something_is_refused_and_runs_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save({"model_state_dict": model().state_dict(), "kwargs": {"dt": Evil()}}, "evil.pth")
    with pytest.raises(Invalid, match="mkdir"):
        read_nn4n("evil.pth")
    (tmp_path / "old.pth").write_bytes(pickle.dumps(Evil(), 2))
    with pytest.raises(Invalid, match=r"torch\.save"):
        read_nn4n("old.pth")
    bomb = {"model_state_dict": {"recurrent_layer.input_layer.weight": torch.zeros(1).expand(9000, 9000)}}
    torch.save(bomb, "bomb.pth")
    with pytest.raises(Invalid, match="stores fewer"):
        read_nn4n("bomb.pth")
    with zipfile.ZipFile("packed.pth", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("packed/data.pkl", b"\x80\x02}q\x00." + b"\0" * 1_000_000)
    with pytest.raises(Invalid, match="writes it"):
        read_nn4n("packed.pth")
    assert not (tmp_path / "evil_was_here").exists()


@pytest.mark.parametrize(
    ("key", "tensor", "said"),
    [
        ("recurrent_layer.hidden_layer.weight", None, "lacks the matrix"),
        ("recurrent_layer.hidden_layer.weight", torch.zeros(12, 11), "do not fit together"),
        ("recurrent_layer.hidden_layer.bias", torch.zeros(3), "bias of"),
        ("readout_layer.weight", torch.full((2, 12), torch.nan), "not finite"),
        ("recurrent_layer.alpha", torch.zeros(12), "alpha"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_in_one_sentence(tmp_path, key, tensor, said):
    state = model().state_dict()
    state[key] = tensor
    path = tmp_path / "model.pth"
    torch.save({k: v for k, v in state.items() if v is not None}, path)
    with pytest.raises(Invalid, match=said):
        read_nn4n(path)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_file_is_read_or_refused_in_one_sentence_and_nothing_else(tmp_path, seed):
    whole = Path(saved(model(sparsity_masks=masks()[0]), tmp_path)).read_bytes()
    rng, path, refused = random.Random(seed), tmp_path / "damaged.pth", 0
    pickled = whole.index(b"data.pkl")
    for _ in range(60):
        damaged = bytearray(whole)
        for _ in range(rng.choice([1, 2, 8])):
            near = pickled + rng.randrange(1500)
            damaged[rng.choice([near, rng.randrange(len(whole)), len(whole) - rng.randrange(1, 30)])] = rng.randrange(
                256
            )
        path.write_bytes(damaged[: rng.choice([None, None, None, rng.randrange(len(whole))])])
        with contextlib.suppress(Invalid):
            read_nn4n(path).network()
            refused -= 1
        refused += 1
    assert 20 < refused <= 60
