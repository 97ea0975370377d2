"""One network of a population by itself, with the weights that it has."""

from collections.abc import Mapping

from torch import Tensor

from engine.connectomes.connectome import Connectome
from engine.experiments.experiment import Experiment
from engine.networks import Uniform
from engine.networks.network import Network
from engine.training.difference import AsForAll


def one_network(
    experiment: Experiment, weights: Mapping[str, Tensor], index: int, connectome: Connectome | None = None
) -> Network:
    """Network `index` (from 0) as a population of one, under the laws that set it apart, with these weights of its own.

    Raises Invalid where the weights break a law.
    """
    mine = {"networks": (1,), "weights": AsForAll(), "draw": None}
    apart = tuple(d.model_copy(update=mine) for d in experiment.training.differences if index + 1 in d.networks)
    quickly_drawn = {
        "weights": Uniform(spectral_radius=None, balance="none"), "seeds.networks": 1, "training.differences": apart,
    }  # fmt: skip
    network = experiment.with_values(quickly_drawn).network(connectome)
    network.load_lawful({name: tensor[None] for name, tensor in weights.items()})
    return network
