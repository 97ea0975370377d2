"""What an experiment starts from, before any run: the lawful weights of its first network and their spectrum."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from engine.analysis.spectrum import Spectrum, spectrum
from engine.connectomes.connectome import Connectome
from engine.experiments.experiment import Experiment


@dataclass(frozen=True, eq=False)
class Preview:
    """The recurrent weights [post, pre] of network 0 before training, and their spectrum. Dimensionless."""

    weights: Float[Tensor, "post pre"]
    spectrum: Spectrum


def preview(experiment: Experiment, connectome: Connectome) -> Preview:
    """Draw network 0 as a run would. Raises Invalid where the experiment does not fit together."""
    alone = experiment.with_value("seeds.networks", 1)
    weights = alone.network(connectome).W_rec[0].detach()
    return Preview(weights, spectrum(weights, experiment.dynamics.kind))
