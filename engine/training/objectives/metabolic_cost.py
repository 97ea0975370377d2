"""Activity and its transmission cost energy."""

from typing import Annotated, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import RateObjective


class MetabolicCost(RateObjective):
    """Energy per unit and moment: of firing, |r|^p, and of passing it on through recurrent synapses, Σ |W| |r_pre|."""

    kind: Literal["metabolic_cost"] = "metabolic_cost"
    title: ClassVar[str] = "Metabolic cost"
    source: ClassVar[str] = (
        "Sussillo et al. (2015) Nat Neurosci 18: 1025 (firing); Ali et al. (2022) Patterns 3: 100639 (synapses)"
    )

    exponent: Annotated[float, Field(ge=1, description="p of the cost of firing"), Typical(1, 2, 0.5)] = 2.0
    synaptic: Annotated[
        float, Field(ge=0, description="Factor of the cost of transmission beside that of firing"), Typical(0, 1, 0.05)
    ] = 0.0  # fmt: skip

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        size = rates.abs()
        firing = (size.square() if self.exponent == 2 else size**self.exponent).mean((1, 2, 3))
        if not self.synaptic:
            return firing
        out = evidence.W_rec.abs().sum(-2)[:, evidence.given["units"]]
        return firing + self.synaptic * (size.mean((1, 2)) * out).mean(1)
