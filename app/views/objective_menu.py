"""Which objectives there are, by what they are about, and what a wiring lacks for each."""

from typing import Any

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.randomness import torch_stream
from engine.training.objectives import OBJECTIVES
from engine.training.objectives.communicability_cost import CommunicabilityCost
from engine.training.objectives.earth_mover import EarthMover
from engine.training.objectives.entropy import Entropy
from engine.training.objectives.firing_rate import FiringRate
from engine.training.objectives.metabolic_cost import MetabolicCost
from engine.training.objectives.orthogonality import Orthogonality
from engine.training.objectives.rate_spread import RateSpread
from engine.training.objectives.spatially_embedded import SpatiallyEmbedded
from engine.training.objectives.weight_norm import WeightNorm
from engine.training.objectives.wiring_cost import WiringCost

OF_WIRING = (WiringCost, CommunicabilityCost, SpatiallyEmbedded, EarthMover)
OF_RATES = (FiringRate, RateSpread, MetabolicCost, Entropy)
OF_WEIGHTS = (WeightNorm, Orthogonality)
GROUPS = {
    "Wiring: length and communication": OF_WIRING,
    "Weights": OF_WEIGHTS,
    "Rates and energy": OF_RATES,
    "Course of the activity": tuple(o for o in OBJECTIVES if o not in (*OF_WIRING, *OF_WEIGHTS, *OF_RATES)),
}


def lacks(experiment: Any, connectome: Connectome, objectives: Any) -> tuple[str, ...]:
    """What the wiring or the task lacks for each, in a sentence; nothing where all is there."""
    epochs = experiment.task.trials(1, experiment.dt_ms, torch_stream(0, "check")).epochs
    found = []
    for objective in objectives:
        try:
            objective.given(connectome, epochs, "")
            found.append("")
        except Invalid as fault:
            found.append(str(fault))
    return tuple(found)


def offered(of_kinds: tuple[str, ...]) -> list[dict[str, str]]:
    """The cards of all kinds, group by group; those that this wiring cannot have say why."""
    why = dict(zip(OBJECTIVES, of_kinds, strict=False))
    return [
        {
            "value": of.model_fields["kind"].default, "title": of.title, "group": group, "picture": "", "more": "",
            "facts": " ".join((of.__doc__ or "").strip().split("\n\n")[0].split()), "disabled": why.get(of, ""),
        }
        for group, kinds in GROUPS.items()
        for of in kinds
    ]  # fmt: skip
