"""Units are to be joined as closely, all in all, as those of the connectome."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs
from engine.training.objectives.communicability import AS_PUBLISHED, weighted_communicability
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective


class EarthMover(Objective):
    """Mean distance between the sorted communicabilities of the network and of its connectome (1-D Wasserstein-1).

    In the published form a unit without outputs has an out-strength of 1e-10, by which the connectome's values reach
    1e5 and the cost is all but constant; mended, such a unit joins nobody.
    """

    kind: Literal["earth_mover"] = "earth_mover"
    title: ClassVar[str] = "Earth mover's distance"
    source: ClassVar[str] = "Shakiba et al. (2026), term EMD"

    version: Annotated[
        Literal["mended", "as_published"], Field(description="What a unit without outputs counts for")
    ] = "mended"  # fmt: skip

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        if not connectome.weights.any():
            said = "The connectome has no weights to compare with"
            raise Invalid(f"{said}; choose another wiring or leave this objective out.", address)
        return {"wanted": lambda: self._sorted(torch.from_numpy(connectome.weights).abs()[None])[0]}

    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        return (self._sorted(evidence.W_rec.abs()) - evidence.given["wanted"]).abs().mean(1)

    def _sorted(self, strengths: Float[Tensor, "networks post pre"]) -> Float[Tensor, "networks pairs"]:
        empty = AS_PUBLISHED if self.version == "as_published" else 0.0
        return weighted_communicability(strengths, empty).flatten(1).sort(1).values
