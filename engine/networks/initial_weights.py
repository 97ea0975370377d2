"""Initial weights: what a network knows before training."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Component, Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.constraints.law import Law
from engine.constraints.ledger import spectral_radius
from engine.randomness import torch_stream

VANISHING = 1e-9  # a spectral radius below this is rounding error


class InitialWeights(Component):
    """Base of the family. Draws recurrent weights, makes them lawful, balances them, then sets their spectral radius.

    A draw of the wrong sign keeps its strength and takes its unit's sign. Input and readout weights are Gaussian with
    variance scale^2 / (number of inputs) and scale^2 / (number of units read out), so that drive and output are of
    order 1. Biases start at 0.
    """

    spectral_radius: Annotated[
        float | None,
        Field(gt=0, description="Largest absolute eigenvalue of the recurrent weights; empty leaves it as drawn"),
        Typical(0.5, 1.5, 0.05),
    ] = 1.0
    balance: Annotated[
        Literal["none", "per_unit"],
        Field(
            description="per_unit scales the inhibitory weights onto every unit so that they cancel the excitatory ones"
        ),
    ] = "per_unit"
    input_scale: Annotated[float, Field(gt=0, description="Strength of the input weights"), Typical(0.1, 2, 0.1)] = 1.0
    readout_scale: Annotated[
        float, Field(gt=0, description="Strength of the readout weights"), Typical(0.1, 2, 0.1)
    ] = 1.0

    @abstractmethod
    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """One draw of recurrent weights, not yet lawful, in float64."""

    def draw(
        self, connectome: Connectome, laws: Mapping[str, Law], inputs: int, outputs: int, seed: int, network: int
    ) -> dict[str, Float[Tensor, "post pre"]]:
        """Lawful W_in, W_rec and W_out of one network of a population, from the stream (seed, "weights", network)."""
        rng = torch_stream(seed, "weights", network)
        recurrent = laws["W_rec"].folded(self.recurrent(connectome, laws["W_rec"], rng)[None])[0]
        if self.balance == "per_unit":
            recurrent = balanced(recurrent)
        if self.spectral_radius is not None:
            recurrent = scaled(recurrent, self.spectral_radius)
        read = int(laws["W_out"].exists.expand(outputs, connectome.n)[0].sum())
        W_in = _normal(connectome.n, inputs, rng) * (self.input_scale / math.sqrt(inputs))
        W_out = _normal(outputs, connectome.n, rng) * (self.readout_scale / math.sqrt(read))
        return {
            "W_in": laws["W_in"].folded(W_in[None])[0],
            "W_rec": recurrent,
            "W_out": laws["W_out"].folded(W_out[None])[0],
        }


class FromConnectome(InitialWeights):
    """The weights of the connectome itself, scaled to the wanted spectral radius; all networks start alike in W_rec."""

    title: ClassVar[str] = "From the connectome"

    kind: Annotated[Literal["from_connectome"], Field(description="The connectome's own weights, scaled")] = (
        "from_connectome"
    )

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """The measured or generated weights; nothing is drawn."""
        return torch.from_numpy(connectome.weights.astype("float64"))


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


def scaled(weights: Float[Tensor, "post pre"], wanted: float) -> Float[Tensor, "post pre"]:
    """Weights of the wanted spectral radius; raises Invalid if the wiring has no loop, so that it is 0."""
    radius = spectral_radius(weights)
    if radius < VANISHING:
        raise Invalid(
            f"A spectral radius of {wanted:g} cannot be reached: the recurrent weights have no loop, so theirs is 0; "
            "leave the spectral radius empty, or choose a wiring with loops.",
            "weights.spectral_radius",
        )
    return weights * (wanted / radius)


def _normal(post: int, pre: int, rng: torch.Generator) -> Float[Tensor, "post pre"]:
    return torch.randn(post, pre, generator=rng, dtype=torch.float64)


def _per_connection(n: int, law: Law) -> Float[Tensor, "post 1"]:
    return law.exists.expand(n, n).sum(1, keepdim=True).clamp(min=1).double().rsqrt()
