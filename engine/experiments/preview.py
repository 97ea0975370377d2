"""What an experiment starts from, before any run: the lawful weights of its first network and their spectrum."""

from dataclasses import dataclass, replace
from functools import cached_property

from jaxtyping import Float
from torch import Tensor

from engine.analysis.spectrum import Spectrum, random_spectrum, spectrum
from engine.connectomes.connectome import Connectome
from engine.connectomes.expand import Size
from engine.connectomes.measured import MeasuredWiring
from engine.constraints.law import Law
from engine.experiments.experiment import Experiment
from engine.randomness import numpy_stream

MOST_UNITS = 1500  # of more, the eigenvalues take too long to follow a slider
VANISHING = 1e-6  # a single-precision spectral radius below this may be rounding error


@dataclass(frozen=True, eq=False)
class Preview:
    """The recurrent weights [post, pre] of network 0 before training, and their spectrum. Dimensionless.

    Of more than MOST_UNITS units there is no spectrum, and the weights lack the factor that sets their spectral radius.
    `remarks` are sentences on the start that a user should know.
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


def preview(experiment: Experiment, connectome: Connectome) -> Preview:
    """Network 0 as a run would draw it. Raises Invalid where the experiment does not fit together.

    The wanted spectral radius is a last factor on all recurrent weights, so the eigenvalues, which cost most here, are
    computed once for the weights without it and take the same factor; unless weights have limits that it would break.
    """
    wanted = experiment.weights.spectral_radius
    alone = experiment.with_values({"seeds.networks": 1, "weights.spectral_radius": None})
    network = alone.network(connectome)
    if wanted is not None and _has_limits(network.laws["W_rec"]):
        alone, wanted = experiment.with_value("seeds.networks", 1), None
        network = alone.network(connectome)
    weights, said = network.W_rec[0].detach(), experiment.weights.remarks(connectome, network.laws["W_rec"])
    if connectome.n > MOST_UNITS:
        return Preview(weights, None, said)
    found = spectrum(weights, experiment.dynamics.kind)
    if wanted is not None and found.radius < VANISHING:
        weights = experiment.with_value("seeds.networks", 1).network(connectome).W_rec[0].detach()
        return Preview(weights, spectrum(weights, experiment.dynamics.kind), said)
    if wanted is None:
        return Preview(weights, found, said)
    return replace(_scaled(weights, found, wanted / found.radius), remarks=said)


def _has_limits(law: Law) -> bool:
    """Whether some weight may not become as large as it likes."""
    return any(bool((limit.isfinite() & (limit != 0)).any()) for limit in (law.low, law.high))


def _scaled(weights: Float[Tensor, "post pre"], found: Spectrum, factor: float) -> Preview:
    scaled = weights * factor
    return Preview(
        scaled,
        replace(
            found,
            eigenvalues=found.eigenvalues * factor,
            radius=found.radius * factor,
            abscissa=found.abscissa * factor,
            random=random_spectrum(scaled),
        ),
    )
