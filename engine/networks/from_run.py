"""Weights before training that are those of a trained run."""

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
    """The weights that a run of this store came to; what it pruned stays pruned.

    An experiment takes them over (`engine.experiments.transfer`), and so needs that run. Input or readout weights can
    be drawn anew instead, as they must where the task has other inputs or outputs.
    """

    title: ClassVar[str] = "From a trained run"

    kind: Annotated[Literal["from_run"], Field(description="Those that a run in the store came to")] = "from_run"
    spectral_radius: Radius = None
    balance: Balance = "none"
    run: Annotated[str, Field(max_length=60, description="Id of the run (r_…), or of an imported model")] = ""
    step: Annotated[
        int | None, Field(ge=0, description="Step of a snapshot that the run kept; empty is its last weights")
    ] = None  # fmt: skip
    network: Annotated[
        int | None,
        Field(ge=1, le=256, description="Which of its networks all begin with; empty: each with its own counterpart"),
    ] = None
    input: Annotated[Part, Field(description="Its input weights, or new ones")] = "keep"
    readout: Annotated[Part, Field(description="Its readout weights and biases, or new ones")] = "keep"

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """None, until those of the run are taken over."""
        return torch.zeros(connectome.n, connectome.n, dtype=torch.float64)
