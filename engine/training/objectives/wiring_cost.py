"""Long connections cost more than short ones."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs
from engine.training.objectives.distance import Distance
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective


class WiringCost(Objective):
    """Σ |W| d^p over the recurrent weights: material and space that the connections take."""

    kind: Literal["wiring_cost"] = "wiring_cost"
    title: ClassVar[str] = "Wiring cost"
    source: ClassVar[str] = "Shakiba et al. (2026), term WD; Chen, Hall & Chklovskii (2006) PNAS 103: 4723"

    distance: Annotated[Distance, Field(description="How far apart units lie")] = Distance()

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        self.distance.require_places(connectome, f"{address}.distance")
        return {"distance": lambda: torch.from_numpy(self.distance.between(connectome))}

    def remarks(self, connectome: Connectome) -> tuple[str, ...]:
        return self.distance.remarks(connectome)

    def cost(self, evidence: Evidence) -> Float[Tensor, " networks"]:
        return (evidence.W_rec.abs() * evidence.given["distance"]).sum((1, 2))
