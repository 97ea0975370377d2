"""What an experiment starts from, before any run: the lawful weights of its first network and their spectrum."""

from dataclasses import dataclass
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from engine.analysis.spectrum import Spectrum, spectrum
from engine.connectomes.connectome import Connectome
from engine.connectomes.expand import Size
from engine.connectomes.measured import MeasuredWiring
from engine.constraints.law import Law
from engine.experiments.experiment import Experiment
from engine.networks.network import Network
from engine.randomness import numpy_stream
from engine.training.difference import AsForAll

MOST_UNITS = 1500  # of more, the eigenvalues take too long to follow a slider
VANISHING = 1e-6  # a single-precision spectral radius below this may be rounding error


@dataclass(frozen=True, eq=False)
class Preview:
    """The recurrent weights [post, pre] of network 0 before training, and their spectrum. Dimensionless.

    Of more than MOST_UNITS units there is no spectrum. `remarks` are sentences on the start that a user should know.
    """

    weights: Float[Tensor, "post pre"]
    spectrum: Spectrum | None
    remarks: tuple[str, ...] = ()

    @cached_property
    def excitation(self) -> float:
        """The sum of all positive weights."""
        return float(self.weights.clamp(min=0).double().sum())

    @cached_property
    def inhibition(self) -> float:
        """The sum of all negative weights; in global balance it is minus the excitation."""
        return float(self.weights.clamp(max=0).double().sum())


def expected(experiment: Experiment) -> Size | None:
    """Units, synapses, density and memory of a measured wiring before its steps, in milliseconds: nothing is built.

    None where only building tells. Raises Invalid where the wiring cannot be.
    """
    wiring = experiment.wiring
    if not isinstance(wiring, MeasuredWiring):
        return None
    return wiring.expected(numpy_stream(experiment.seeds.wiring, "wiring"))


def preview(experiment: Experiment, connectome: Connectome, begun: Network | None = None) -> Preview:
    """Network 0 as a run would draw it. Raises Invalid where the experiment does not fit together.

    Of more than MOST_UNITS units it takes the network that the experiment has `begun` with, if that is there already.

    The wanted spectral radius is a last factor on all recurrent weights, so the eigenvalues, which cost most here, are
    computed once for the weights without it and take the same factor; unless weights have limits that it would break.
    They are computed in single precision: the radius is good to about 1e-6 of itself, single modes to 1e-4 of it.
    """
    wanted, kind = experiment.weights.spectral_radius, experiment.dynamics.kind
    first = experiment.with_value("seeds.networks", 1)
    if connectome.n > MOST_UNITS:
        network = begun or first.network(connectome)
        return Preview(network.W_rec[0].detach(), None, experiment.weights.remarks(connectome, network.laws["W_rec"]))
    network = first.with_value("weights.spectral_radius", None).network(connectome)
    if wanted is not None and (_has_limits(network.laws["W_rec"]) or _begins_apart(experiment)):
        wanted, network = None, first.network(connectome)
    weights, said = network.W_rec[0].detach(), experiment.weights.remarks(connectome, network.laws["W_rec"])
    found = spectrum(weights, kind, quick=True)
    if wanted is not None and found.radius < VANISHING:
        weights = first.network(connectome).W_rec[0].detach()
        return Preview(weights, spectrum(weights, kind), said)
    factor = 1.0 if wanted is None else wanted / found.radius
    return Preview(weights * factor, found.scaled(factor), said)


def _begins_apart(experiment: Experiment) -> bool:
    """Whether the first network begins otherwise than its population."""
    return any(1 in d.networks and not isinstance(d.weights, AsForAll) for d in experiment.training.differences)


def _has_limits(law: Law) -> bool:
    """Whether some weight may not become as large as it likes."""
    return any(bool((limit.isfinite() & (limit != 0)).any()) for limit in (law.low, law.high))
