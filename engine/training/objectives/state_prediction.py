"""Activity is to change slowly."""

from typing import Annotated, ClassVar, Literal

from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, RateObjective


class StatePrediction(RateObjective):
    """Mean squared change of the rates over some time: 0 if each moment predicts the later one perfectly.

    The lag runs along time; the published code slices trials instead.
    """

    kind: Literal["state_prediction"] = "state_prediction"
    title: ClassVar[str] = "Slow activity"
    source: ClassVar[str] = "nn4n (StatePredictionLoss), with the axis mended"

    lag_ms: Annotated[
        float, Field(gt=0, description="How far ahead, in whole time steps and at least one"), Typical(10, 200, 10)
    ] = 20.0  # fmt: skip

    def given(self, connectome: Connectome, epochs: Epochs, address: str) -> Given:
        found = super().given(connectome, epochs, address)
        if (lag := self._steps(epochs)) >= (there := len(found["steps"]())):
            said = f"A lag of {self.lag_ms:g} ms is {lag} steps, but only {there} are judged"
            raise Invalid(f"{said}; shorten the lag or name longer epochs.", f"{address}.lag_ms")
        return found

    def of(
        self, rates: Float[Tensor, "networks trials chosen_steps chosen"], evidence: Evidence
    ) -> Float[Tensor, " networks"]:
        lag = self._steps(evidence.trials.epochs)
        return (rates[:, :, lag:] - rates[:, :, :-lag]).square().mean((1, 2, 3))

    def _steps(self, epochs: Epochs) -> int:
        return max(1, round(self.lag_ms / epochs.dt_ms))
