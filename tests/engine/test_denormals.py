"""Numbers too small to matter do not slow a training down, and nothing else of the process is changed."""

import torch

from engine.networks.threads import without_denormals
from tests.engine.small_experiment import small_experiment

TINY = 1e-40


def denormals_count() -> bool:
    return bool(torch.tensor([TINY]).mul(1.0).item() > 0)


def test_numbers_below_1e_38_are_0_meanwhile_and_count_again_afterwards():
    assert denormals_count()
    with without_denormals():
        assert not denormals_count()
    assert denormals_count()


def test_training_leaves_no_denormal_numbers_in_the_moments_of_weights_without_a_gradient():
    experiment = small_experiment(training__steps=2, training__evaluate_every=2)
    training = experiment.train(experiment.network())
    next(training)
    checkpoint = next(training).checkpoint()
    moments = {name: tensor for name, tensor in checkpoint.tensors.items() if "exp_avg" in name and "sq" not in name}
    for tensor in moments.values():
        tensor.fill_(
            1.1e-38
        )  # just above the smallest normal number: the next step brings it below where nothing is added
    later = list(experiment.train(experiment.network(), checkpoint))[-1].checkpoint()
    smallest = torch.finfo(torch.float32).tiny
    sizes = torch.cat([later.tensors[name].abs().flatten() for name in moments])
    assert moments
    assert not ((sizes > 0) & (sizes < smallest)).any()
    assert denormals_count()
