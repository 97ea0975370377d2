"""Questions to trained weights: their structure as published studies measure it, and the currents that they carry."""

from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from scipy.spatial.distance import cdist
from torch import Tensor

from engine.analysis.analysis import Analysis, Subject
from engine.analysis.block_levels import groups_at
from engine.analysis.population_currents import Currents, CurrentsByCondition, population_currents
from engine.analysis.rich_club import RichClubs, rich_club
from engine.analysis.strongest_graph import strongest
from engine.analysis.structure import Null, Structure, structure
from engine.analysis.variable_bins import bin_trials, find_variable
from engine.component import Invalid, Typical
from engine.tasks.task import Trials

Share = Annotated[
    float, Field(gt=0, lt=1, description="The strongest share of all weights makes the graph."),
    Typical(0.05, 0.3, 0.01),
]  # fmt: skip
Level = Literal["population", "area_layer", "layer", "type", "area"]


class StructureAnalysis(Analysis):
    """Modularity, small-worldness, assortativity, entropy, lengths and self-weights, before and after training."""

    kind: Literal["structure"] = "structure"
    title: ClassVar[str] = "Structure"
    source: ClassVar[str] = (
        "Achterberg et al. (2023) Nat. Mach. Intell. 5: 1369; Shakiba et al. (2026) arXiv:2606.14975"
    )
    help: ClassVar[str] = "Numbers depend on the threshold, on symmetry and on the null: all three are chosen here."
    share: Share = 0.1
    symmetric: Annotated[
        bool,
        Field(
            description="A connection in either direction joins two units; otherwise direction counts in all measures "
            "of the graph. The weighted Q always has direction, sums and entropy never depend on it."
        ),
    ] = True
    null: Annotated[
        Null, Field(description="Random graphs of the same density, or the denser ones of the published code.")
    ] = "matched"  # fmt: skip
    nulls: Annotated[int, Field(ge=5, le=1000, description="Random graphs; 20 times as many if published."),
                     Typical(20, 200, 10)] = 50  # fmt: skip

    def compute(self, subject: Subject) -> Structure:
        weights, before = (_moments(subject).get(moment) for moment in ("after", "before"))
        places = subject.connectome.positions_um
        distance = None if places is None else cdist(places, places)
        return structure(weights, before, distance, self.share, self.symmetric, self.null, self.nulls)


class RichClubAnalysis(Analysis):
    """Whether units of many connections are connected with each other, degree by degree, before and after training."""

    kind: Literal["rich_club"] = "rich_club"
    title: ClassVar[str] = "Rich club"
    source: ClassVar[str] = (
        "Colizza et al. (2006) Nat. Phys. 2: 110; Opsahl et al. (2008) Phys. Rev. Lett. 101: 168702; null: Maslov & "
        "Sneppen (2002) Science 296: 910"
    )
    help: ClassVar[str] = (
        "Above 1, over nulls that keep every degree: more than degrees explain. Weighted: by how strong they are."
    )
    share: Share = 0.1
    symmetric: Annotated[
        bool, Field(description="A connection in either direction joins two units; else inputs and outputs are counted "
                    "together.")
    ] = True  # fmt: skip
    nulls: Annotated[int, Field(ge=1, le=1000, description="Rewired graphs that keep all degrees."),
                     Typical(20, 200, 10)] = 50  # fmt: skip
    seed: Annotated[int, Field(ge=0, lt=2**63, description="Seed of the rewiring.")] = 0

    def compute(self, subject: Subject) -> RichClubs:
        return RichClubs({
            moment: rich_club(strongest(weights, self.share, self.symmetric), weights, self.nulls, self.seed)
            for moment, weights in _moments(subject).items()
        })  # fmt: skip


def _moments(subject: Subject) -> dict[str, Float[np.ndarray, "post pre"]]:
    """The recurrent weights after training, and before it if they were kept."""
    kept = subject.weights_before
    found = {"after": subject.recurrent()} | ({} if kept is None else {"before": kept["W_rec"]})
    return {moment: weights.detach().cpu().double().numpy() for moment, weights in found.items()}


class CurrentsAnalysis(Analysis):
    """What every population sends to every other one over a trial, mean over its units and a condition's trials."""

    kind: Literal["currents"] = "currents"
    title: ClassVar[str] = "Currents"
    source: ClassVar[str] = "W r of the step before, by source; excitation and inhibition by the sign of the synapse"
    help: ClassVar[str] = "Currents say through which pathway a population is driven, which weights alone do not."
    level: Annotated[Level, Field(description="What counts as a population.")] = "area"
    variable: Annotated[
        str, Field(max_length=80, description="Task variable whose conditions stay apart; empty = all trials together.")
    ] = ""
    bins: Annotated[
        int, Field(ge=2, le=36, description="Most conditions of a variable that takes more values."), Typical(2, 12, 1)
    ] = 6

    def compute(self, subject: Subject) -> Currents | CurrentsByCondition:
        groups = groups_at(subject.connectome, self.level)
        if groups is None:
            raise Invalid(f"This wiring names no {self.level}; choose area or type.", "level")
        if subject.network is not None and not subject.network.dynamics.is_plain:
            raise Invalid("Currents are told apart only where no input gates them and each takes one time step.")
        recording = subject.recorded()
        first = _rates_before(subject, recording.trials)
        if not self.variable:
            return _currents(subject, recording.rates, recording.trials.inputs, groups, first)
        variable = find_variable(subject.task, recording.trials, self.variable, per_trial=True)
        bins = bin_trials(recording.trials, variable, self.bins)
        chosen = [bins.index == k for k in range(bins.n)]
        rates, inputs = recording.rates, recording.trials.inputs
        each = [_currents(subject, rates[of], inputs[of], groups, first[of]) for of in chosen]
        return CurrentsByCondition(bins, tuple(each))


@torch.no_grad()
def _rates_before(subject: Subject, trials: Trials) -> Float[Tensor, "trials units"]:
    """Rates before the first step, those of the network's first states; 0 where no network is known."""
    network, known = subject.network, trials.initial_rates
    if network is None:
        return torch.zeros(trials.n, subject.connectome.n)
    states = network.first_states(trials.n, known)
    if network.dynamics.initial_state == "carried" and known is None:
        states = network(trials.inputs, keep_states=True, initial_states=states).states[:, :, -1].roll(1, 1)
    return network.rate_function(states)[0].cpu()


def _currents(subject: Subject, rates: Tensor, inputs: Tensor, groups: tuple[str, ...], first: Tensor) -> Currents:
    W_rec = subject.weights["W_rec"]
    W_in, bias = (subject.weights.get(name) for name in ("W_in", "bias"))
    W_in = W_rec.new_zeros(len(W_rec), inputs.shape[-1]) if W_in is None else W_in
    bias = W_rec.new_zeros(len(W_rec)) if bias is None else bias
    return population_currents(W_rec, W_in, bias, torch.nan_to_num(rates), torch.nan_to_num(inputs), groups,
                               subject.dt_ms, first)  # fmt: skip
