"""Initial weights: what a network knows before training."""

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Bool, Float
from pydantic import Field
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from torch import Tensor

from engine.component import Component, Typical
from engine.connectomes.connectome import Connectome
from engine.constraints.law import Law
from engine.constraints.spectral_radius import spectral_radius
from engine.randomness import torch_stream

VANISHING = 1e-9  # a spectral radius below this is rounding error


Radius = Annotated[
    float | None,
    Field(
        gt=0,
        description="Largest absolute eigenvalue of the recurrent weights, or singular value where they have no loop; "
        "empty leaves it as drawn",
    ),
    Typical(0.5, 1.5, 0.05),
]
Balance = Annotated[
    Literal["none", "per_unit", "global"],
    Field(description="Inhibition cancels excitation onto every unit, or only in the sum of all recurrent weights"),
]


class InitialWeights(Component):
    """Base of the family. Draws recurrent weights, makes them lawful, balances them, then sets their spectral radius.

    A wiring without loops (a feed-forward chain) has the spectral radius 0 whatever its weights are; there the largest
    singular value is set, which is the strongest gain from one layer to the next.

    Balance per unit scales the inhibitory weights onto each unit; global balance, as in nn4n, scales down the larger
    side over the whole matrix. Input and readout weights are Gaussian with variance scale^2 / (number of inputs) and
    scale^2 / (number of units read out), so that drive and output are of order 1. Biases start at 0.
    """

    spectral_radius: Radius = 1.0
    balance: Balance = "per_unit"
    wrong_signs: Annotated[
        Literal["fold", "clamp"],
        Field(description="A draw of the wrong sign keeps its strength, or becomes 0 (as published in nn4n: half do)"),
    ] = "fold"
    input_scale: Annotated[float, Field(gt=0, description="Strength of the input weights"), Typical(0.1, 2, 0.1)] = 1.0
    readout_scale: Annotated[
        float, Field(gt=0, description="Strength of the readout weights"), Typical(0.1, 2, 0.1)
    ] = 1.0

    ends: Annotated[
        Literal["gaussian", "even"],
        Field(
            description="Input and readout weights: Gaussian, or as PyTorch draws them, even over ± scale / √n, where "
            "n is the number of units (input), or of those read out"
        ),
    ] = "gaussian"

    @abstractmethod
    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """One draw of recurrent weights, not yet lawful, in float64."""

    def draw(
        self, connectome: Connectome, laws: Mapping[str, Law], inputs: int, outputs: int, seed: int, network: int
    ) -> dict[str, Float[Tensor, "post pre"]]:
        """Lawful W_in, W_rec and W_out of one network of a population, from the stream (seed, "weights", network)."""
        rng = torch_stream(seed, "weights", network)
        drawn = self.recurrent(connectome, laws["W_rec"], rng)
        recurrent = laws["W_rec"].reachable(BALANCE[self.balance](self._lawful(drawn, laws["W_rec"])))
        if self.spectral_radius is not None:
            recurrent = scaled(recurrent, self.spectral_radius)
        read = laws["W_out"].exists.expand(outputs, connectome.n).sum(1, keepdim=True).clamp(min=1).double()
        ends = _normal if self.ends == "gaussian" else _even
        fan = inputs if self.ends == "gaussian" else connectome.n
        W_in = ends(connectome.n, inputs, rng) * (self.input_scale / math.sqrt(max(1, fan)))
        W_out = ends(outputs, connectome.n, rng) * (self.readout_scale / read.sqrt())
        start = {"W_in": W_in, "W_rec": recurrent, "W_out": W_out}
        return {matrix: laws[matrix].folded(weights[None])[0] for matrix, weights in start.items()}

    def remarks(self, connectome: Connectome, law: Law) -> tuple[str, ...]:
        """What a user should know of such a start under this law; nothing is drawn. Raises Invalid if it cannot be."""
        paths = csr_array(self._possible(connectome, law))
        if self.spectral_radius is None or paths.diagonal().any():
            return ()
        groups, _ = connected_components(paths, connection="strong", return_labels=True)
        if groups < connectome.n:
            return ()
        said = "The recurrent weights have no loop, so that their spectral radius is 0 whatever they are"
        return (f"{said}: their largest singular value is set to {self.spectral_radius:g} instead.",)

    def _possible(self, connectome: Connectome, law: Law) -> Bool[np.ndarray, "post pre"]:
        """Which connections a draw may have."""
        return law.exists.expand(connectome.n, connectome.n).numpy()

    def _lawful(self, weights: Float[Tensor, "post pre"], law: Law) -> Float[Tensor, "post pre"]:
        folded = law.folded(weights[None])[0]
        return folded if self.wrong_signs == "fold" else torch.where(folded * weights < 0, 0.0, folded)


class FromConnectome(InitialWeights):
    """The weights of the connectome itself, scaled to the wanted spectral radius; all networks start alike in W_rec."""

    title: ClassVar[str] = "From the connectome"

    kind: Annotated[Literal["from_connectome"], Field(description="The connectome's own weights, scaled")] = (
        "from_connectome"
    )

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """The measured or generated weights; nothing is drawn."""
        return torch.from_numpy(connectome.weights.astype("float64"))

    def _possible(self, connectome: Connectome, law: Law) -> Bool[np.ndarray, "post pre"]:
        return super()._possible(connectome, law) & (connectome.weights != 0)


class Uniform(InitialWeights):
    """Weights spread evenly over ±sqrt(3 / n), n being the number of connections onto the unit: variance 1 / n."""

    title: ClassVar[str] = "Uniform"

    kind: Annotated[Literal["uniform"], Field(description="Drawn evenly from an interval around 0")] = "uniform"

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """Compensated for density: a unit with fewer connections has stronger ones."""
        draw = torch.rand(connectome.n, connectome.n, generator=rng, dtype=torch.float64)
        return (2 * draw - 1) * math.sqrt(3) * _per_connection(connectome.n, law)


class Normal(InitialWeights):
    """Gaussian weights of variance 1 / n, n being the number of connections onto the unit."""

    title: ClassVar[str] = "Normal"

    kind: Annotated[Literal["normal"], Field(description="Drawn from a Gaussian around 0")] = "normal"

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """Compensated for density: a unit with fewer connections has stronger ones."""
        return _normal(connectome.n, connectome.n, rng) * _per_connection(connectome.n, law)


class Orthogonal(InitialWeights):
    """A random rotation. Under a mask or Dale's law it cannot stay one: entries are cut, signs folded, then scaled."""

    title: ClassVar[str] = "Orthogonal"
    source: ClassVar[str] = "Saxe, McClelland & Ganguli (2014) arXiv:1312.6120"

    kind: Annotated[Literal["orthogonal"], Field(description="A random rotation, before mask and signs")] = "orthogonal"

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """Uniform over all rotations and reflections."""
        rotation, triangle = torch.linalg.qr(_normal(connectome.n, connectome.n, rng))
        return rotation * triangle.diagonal().sign()


def balanced(weights: Float[Tensor, "post pre"]) -> Float[Tensor, "post pre"]:
    """Weights whose inhibition cancels excitation onto every unit that receives both; other units stay as they are."""
    excitation = weights.clamp(min=0).sum(1, keepdim=True)
    inhibition = -weights.clamp(max=0).sum(1, keepdim=True)
    both = (excitation > 0) & (inhibition > 0)
    factor = torch.where(both, excitation / inhibition.clamp(min=torch.finfo(weights.dtype).tiny), 1.0)
    return torch.where(weights < 0, weights * factor, weights)


def balanced_in_sum(weights: Float[Tensor, "post pre"]) -> Float[Tensor, "post pre"]:
    """Weights that add up to 0: the stronger of excitation and inhibition is scaled down; without both, as they are.

    The global balance of nn4n, which without both divides all weights by 10 instead.
    """
    excitation, inhibition = weights.clamp(min=0).sum(), -weights.clamp(max=0).sum()
    if not (excitation > 0 and inhibition > 0):
        return weights
    weaker = torch.minimum(excitation, inhibition)
    return torch.where(weights > 0, weights * (weaker / excitation), weights * (weaker / inhibition))


BALANCE: Mapping[str, Callable[[Tensor], Tensor]] = MappingProxyType(
    {"none": lambda weights: weights, "per_unit": balanced, "global": balanced_in_sum}
)


def scaled(weights: Float[Tensor, "post pre"], wanted: float) -> Float[Tensor, "post pre"]:
    """Weights of the wanted spectral radius; without a loop, where it is 0, of that largest singular value."""
    found = spectral_radius(weights)
    if found < VANISHING:
        found = float(torch.linalg.matrix_norm(weights, 2))
    return weights * (wanted / found) if found > 0 else weights


def _normal(post: int, pre: int, rng: torch.Generator) -> Float[Tensor, "post pre"]:
    return torch.randn(post, pre, generator=rng, dtype=torch.float64)


def _even(post: int, pre: int, rng: torch.Generator) -> Float[Tensor, "post pre"]:
    return 2 * torch.rand(post, pre, generator=rng, dtype=torch.float64) - 1


def _per_connection(n: int, law: Law) -> Float[Tensor, "post 1"]:
    return law.exists.expand(n, n).sum(1, keepdim=True).clamp(min=1).double().rsqrt()
