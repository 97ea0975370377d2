"""Initial weights made of function: units that were active together start connected strongly."""

from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical, near
from engine.connectomes.connectome import Connectome
from engine.constraints.law import Law
from engine.networks.initial_weights import Balance, InitialWeights, Radius

OWN = "weights"  # the name under which the strengths of the connectome itself are a measure
PREFERRED = (("correlation", "sttc"), ("sttc",), ("correlation",), ("bold_correlation",))


class FromFunction(InitialWeights):
    """Products of measures of pairs (correlation, tiling coefficient, …), each scaled to 0 … 1, times lognormal draws.

    The mean is set, weights below a floor are raised to it, and the spectral radius is set: as published. A unit goes
    with itself best of all, so weights of units onto themselves are about 200 times as strong as others: the network
    starts as a bank of leaky integrators, which the controls show. The laws come last: the connection mask cuts what
    the connectome lacks (often just those weights of units onto themselves), Dale's law sets signs.
    Pairs that were never measured count as the lowest value.
    """

    title: ClassVar[str] = "From function"
    source: ClassVar[str] = "Shakiba M, Rokni R, Mohammadi M, Dehghani N (2026) arXiv:2606.14975"

    kind: Annotated[Literal["from_function"], Field(description="Made of measures of joint activity")] = "from_function"
    measures: Annotated[
        tuple[str, ...],
        Field(
            max_length=8,
            description="Measures of pairs that are multiplied; empty: correlation and sttc, or those there are; "
            "'weights' are the connectome's own strengths",
        ),
    ] = ()
    scaling: Annotated[
        Literal["with_diagonal", "without_diagonal"],
        Field(description="Lowest and highest value over all pairs (as published), or over different units only"),
    ] = "with_diagonal"
    log_mean: Annotated[float, Field(description="Mean of the log of the draws"), Typical(-2, 1, 0.1)] = -0.5
    log_sd: Annotated[
        float, Field(ge=0, le=5, description="Spread of the log of the draws; 0: no chance"), Typical(0, 1.5, 0.05)
    ] = 0.5
    mean: Annotated[float, Field(gt=0, description="Mean weight before the floor"), Typical(0.01, 1, log=True)] = 0.1
    floor: Annotated[
        float, Field(ge=0, description="Lesser weights above 0 are raised to this"), Typical(0, 0.1, 0.005)
    ] = 0.01
    control: Annotated[
        Literal["none", "permuted", "shuffled", "shuffled_off_diagonal", "diagonal"],
        Field(
            description="Control: units in another order, weights anywhere, weights anywhere but on the diagonal, or "
            "only those of units onto themselves"
        ),
    ] = "none"
    spectral_radius: Radius = 0.95
    balance: Balance = "none"

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """All at least 0. Raises Invalid for a measure that the connectome lacks."""
        n = connectome.n
        if self.control == "diagonal" and not law.exists.expand(n, n).diagonal().any():
            raise Invalid(
                "Only weights of units onto themselves are asked for, but no unit may connect to itself; let the mask "
                "go, or keep self-connections in the wiring.",
                "weights.control",
            )
        weights = torch.exp(self.log_mean + self.log_sd * torch.randn(n, n, generator=rng, dtype=torch.float64))
        for measure in self._chosen(connectome):
            weights = weights * unit_scaled(torch.from_numpy(measure.astype("float64")), self.scaling)
        weights = weights * (self.mean / weights.mean())
        weights = torch.where((weights > 0) & (weights < self.floor), self.floor, weights)
        return controlled(weights, self.control, rng)

    def _chosen(self, connectome: Connectome) -> list[np.ndarray]:
        known = {**connectome.pairs, OWN: np.abs(connectome.weights)}
        names = self.measures or next((names for names in PREFERRED if set(names) <= set(known)), ())
        missing = next((name for name in names if name not in known), None)
        if missing is not None or not names:
            asked = f"no measure '{missing}' of pairs" if missing else "no known measure of joint activity"
            said = f"This connectome has {asked}; there are {', '.join(known)}: name those to use."
            raise Invalid(said + near(missing or "", known), "weights.measures")
        return [known[name] for name in names]


def unit_scaled(measure: Float[Tensor, "post pre"], scaling: str) -> Float[Tensor, "post pre"]:
    """The measure from 0 for the lowest pair to 1 for the highest; 1 everywhere if all are equal.

    Without the diagonal, limits are those of pairs of different units, and units with themselves count as the highest.
    """
    own = torch.eye(len(measure), dtype=torch.bool)
    among = measure[~own] if scaling == "without_diagonal" else measure.flatten()
    among = among[~among.isnan()]
    low, high = (float(among.min()), float(among.max())) if len(among) else (0.0, 0.0)
    if high == low:
        return torch.ones_like(measure)
    relative = ((measure.nan_to_num(nan=low) - low) / (high - low)).clamp(0, 1)
    return torch.where(own, 1.0, relative) if scaling == "without_diagonal" else relative


def controlled(weights: Float[Tensor, "post pre"], control: str, rng: torch.Generator) -> Float[Tensor, "post pre"]:
    """The weights without what the control takes away."""
    n = len(weights)
    own = torch.eye(n, dtype=torch.bool)
    if control == "permuted":
        units = torch.randperm(n, generator=rng)
        return weights[units][:, units]
    if control == "diagonal":
        return torch.where(own, weights, 0.0)
    moved = {"shuffled": torch.ones_like(own), "shuffled_off_diagonal": ~own}.get(control, torch.zeros_like(own))
    shuffled = weights.clone()
    entries = weights[moved]
    shuffled[moved] = entries[torch.randperm(len(entries), generator=rng)]
    return shuffled
