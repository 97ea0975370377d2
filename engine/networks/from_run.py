"""Weights before training that are those of a trained run, or of an imported model."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.connectomes.connectome import Connectome
from engine.constraints.law import Law
from engine.networks.initial_weights import Balance, InitialWeights, Radius

Part = Literal["keep", "replace"]


class FromRun(InitialWeights):
    """The weights that a run of this store came to, pruned where it pruned, or those of an imported model of nn4n.

    An experiment takes them over (`engine.experiments.transfer`), and so needs that run or model. Input or readout
    weights can be drawn anew instead, as they must where the task has other inputs or outputs.
    """

    title: ClassVar[str] = "From a trained run or model"

    kind: Annotated[
        Literal["from_run"], Field(description="Those that a run in the store came to, or of an imported model")
    ] = "from_run"
    spectral_radius: Radius = None
    balance: Balance = "none"
    run: Annotated[
        str,
        Field(
            max_length=80, description="Id of a run (r_…), or of a saved nn4n model that was imported (its connectome)"
        ),
    ] = ""
    step: Annotated[
        int | None,
        Field(
            ge=0, description="Step of a snapshot that the run kept; empty is its last weights (a model has no other)"
        ),
    ] = None
    network: Annotated[
        int | None,
        Field(ge=1, le=256, description="Which of its networks all begin with; empty: each with its own counterpart"),
    ] = None
    input: Annotated[Part, Field(description="Its input weights, or new ones")] = "keep"
    readout: Annotated[Part, Field(description="Its readout weights and biases, or new ones")] = "keep"

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """None, until those of the run are taken over."""
        return torch.zeros(connectome.n, connectome.n, dtype=torch.float64)
