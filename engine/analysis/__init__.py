"""Analyses: the one list of questions, with their choices, from which the Explore page follows."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.analysis import (
    area_graph,
    connectivity,
    psychometric,
    rates,
    spectrum,
    trajectories,
    tuning,
    weight_distribution,
)
from engine.analysis import variable_bins as binning
from engine.analysis.analysis import Analysis, Moment, Result, Subject
from engine.analysis.identification import (
    AgreementAnalysis,
    PerturbationAnalysis,
    PredictionAnalysis,
    RecoveryAnalysis,
    ShiftersAnalysis,
)
from engine.analysis.rank_order import RankOrderAnalysis
from engine.analysis.selectivity_question import SelectivityAnalysis
from engine.analysis.structure_questions import CurrentsAnalysis, RichClubAnalysis, StructureAnalysis
from engine.component import Invalid, Typical
from engine.randomness import numpy_stream, torch_stream
from engine.recording import Recording

VariableName = Annotated[str, Field(max_length=80, description="Task variable; empty = the task's first one.")]
BinCount = Annotated[
    int, Field(ge=2, le=360, description="Most bins of a variable that takes more values."), Typical(4, 36, 1)
]
Seed = Annotated[int, Field(ge=0, lt=2**63, description="Seed of the random draws of this analysis.")]
Shown = Annotated[Moment, Field(description="Weights after or before training.")]


class ConnectivityAnalysis(Analysis):
    """The recurrent weight matrix in a chosen order, with the numbers of its blocks."""

    kind: Literal["connectivity"] = "connectivity"
    title: ClassVar[str] = "Connectivity"
    source: ClassVar[str] = "Direct sums of the weights, no model"
    help: ClassVar[str] = "Rows receive (post), columns send (pre). Blocks give mean weight, density and E/I shares."
    shows: Annotated[
        Literal["after", "before", "difference"], Field(description="After or before training, or after minus before.")
    ] = "after"
    order: Annotated[
        Literal["area_and_type", "area", "type", "sign", "none", "preference", "preference_within_area"],
        Field(description="How units are sorted and grouped into blocks."),
    ] = "area_and_type"
    variable: VariableName = ""
    bins: BinCount = 24

    def compute(self, subject: Subject) -> connectivity.Connectivity:
        weights = subject.recurrent(self.shows)
        return connectivity.connectivity(weights, subject.connectome, self.ordering(subject), self.shows)

    def ordering(self, subject: Subject) -> connectivity.Ordering:
        """The order of units alone, for views that share it."""
        if self.order not in ("preference", "preference_within_area"):
            return connectivity.order_by_area_and_type(subject.connectome, self.order)
        asked = TuningAnalysis(variable=self.variable, bins=self.bins, shuffles=0)
        groups = subject.connectome.areas if self.order == "preference_within_area" else None
        return asked.compute(subject).order(groups)


class AreaGraphAnalysis(Analysis):
    """Which areas drive which, and whether what receives input reaches what is read out."""

    kind: Literal["area_graph"] = "area_graph"
    title: ClassVar[str] = "Areas"
    source: ClassVar[str] = "Direct sums of the weights; components: Tarjan (1972) SIAM J. Comput. 1: 146"
    help: ClassVar[str] = "Nodes are areas, edges run from pre to post. A route is a path of areas, not of units."
    shows: Annotated[
        Literal["after", "before", "difference"], Field(description="After or before training, or after minus before.")
    ] = "after"
    grain: Annotated[area_graph.Grain, Field(description="A node per area, or per area and sign.")] = "area"

    def compute(self, subject: Subject) -> area_graph.AreaGraph:
        weights, ends = subject.recurrent(self.shows), subject.weights
        if self.shows == "before" and subject.weights_before is not None:
            ends = subject.weights_before
        return area_graph.area_graph(weights, subject.connectome, self.grain, ends.get("W_in"), ends.get("W_out"))


class WeightDistributionAnalysis(Analysis):
    """How strong the recurrent connections are and how many have vanished."""

    kind: Literal["weight_distribution"] = "weight_distribution"
    title: ClassVar[str] = "Weight distribution"
    source: ClassVar[str] = "Song, Sjöström, Reigl, Nelson & Chklovskii (2005) PLoS Biol. 3: e68 (log-normal weights)"
    help: ClassVar[str] = "Excitatory and inhibitory weights on common bins, with a log-normal fit of their magnitude."
    shows: Shown = "after"
    bins: Annotated[int, Field(ge=1, le=1000, description="Number of bins."), Typical(10, 100, 1)] = 40
    scale: Annotated[Literal["linear", "log"], Field(description="Bins of w, or of |w| on a log scale.")] = "linear"

    def compute(self, subject: Subject) -> weight_distribution.WeightDistribution:
        weights, kept = subject.recurrent(self.shows), subject.weights_before
        both = [subject.weights["W_rec"], *([kept["W_rec"]] if kept is not None else [])]
        edges = weight_distribution.common_edges(*both, bins=self.bins, scale=self.scale)
        mask = subject.connectome.mask
        return weight_distribution.weight_distribution(weights, self.bins, self.scale, mask, edges)


class SpectrumAnalysis(Analysis):
    """The eigenvalues of the recurrent weights, beside those of chance and the edge of stability."""

    kind: Literal["spectrum"] = "spectrum"
    title: ClassVar[str] = "Eigenvalue spectrum"
    source: ClassVar[str] = "Sommers et al. (1988) Phys. Rev. Lett. 60: 1895; Rajan & Abbott (2006) 97: 188104"
    help: ClassVar[str] = "Each point is a linear mode; beyond the edge it grows. The ellipse is that of chance."
    shows: Shown = "after"

    def compute(self, subject: Subject) -> spectrum.Spectrum:
        leak = subject.dt_ms / subject.tau_ms if subject.tau_ms and subject.dynamics_kind == "leaky_rate" else None
        return spectrum.spectrum(subject.recurrent(self.shows), subject.dynamics_kind, leak)


class RatesAnalysis(Analysis):
    """Mean rate by unit and epoch, its course in every condition, and the silent units."""

    kind: Literal["rates"] = "rates"
    title: ClassVar[str] = "Rates"
    source: ClassVar[str] = "Peri-stimulus time histogram: Gerstein & Kiang (1960) Biophys. J. 1: 15"
    help: ClassVar[str] = "Mean and standard error over the trials of a condition. Rates are dimensionless."
    variable: VariableName = ""
    bins: BinCount = 12
    silent_below: Annotated[
        float, Field(ge=0, description="A unit whose |rate| never exceeds this is silent."), Typical(0, 0.1, 0.001)
    ] = 1e-3

    def compute(self, subject: Subject) -> rates.Rates:
        recording = subject.recorded()
        bins = _bins(subject, recording, self.variable, self.bins, per_trial=True)
        return rates.rates(recording, bins, self.silent_below, subject.connectome.names)


class TrajectoriesAnalysis(Analysis):
    """The path of the population through the main directions of its condition means."""

    kind: Literal["trajectories"] = "trajectories"
    title: ClassVar[str] = "Trajectories"
    source: ClassVar[str] = "Principal components of condition means: Mante et al. (2013) Nature 503: 78, Methods"
    help: ClassVar[str] = "One path per condition. The axes explain the share of variance that is written beside them."
    variable: Annotated[
        str, Field(max_length=80, description="Task variable; empty = the first one that is fixed within a trial.")
    ] = ""
    bins: BinCount = 12
    components: Annotated[int, Field(ge=1, le=50, description="Number of axes."), Typical(2, 10, 1)] = 3
    activity: Annotated[Literal["rates", "states"], Field(description="Which activity of the units.")] = "rates"

    def compute(self, subject: Subject) -> trajectories.Trajectories:
        recording = subject.recorded()
        bins = _bins(subject, recording, self.variable, self.bins, per_trial=not self.variable)
        if bins.is_trace:
            bins = binning.within(bins, binning.steps_of(recording.trials))
        found = recording.rates if self.activity == "rates" else recording.states
        return trajectories.trajectories(found, bins, subject.dt_ms, self.components)


class TuningAnalysis(Analysis):
    """Tuning curves of all units for a task variable, and which units are tuned beyond chance."""

    kind: Literal["tuning"] = "tuning"
    title: ClassVar[str] = "Tuning curves"
    source: ClassVar[str] = "Mardia & Jupp (2000) Directional Statistics; Benjamini & Hochberg (1995) for many units"
    help: ClassVar[str] = "Mean rate by value of the variable. Tuned = beyond shuffled trials, corrected for all units."
    variable: VariableName = ""
    bins: BinCount = 24
    epoch: Annotated[str, Field(max_length=80, description="Epoch to average over; empty = all scored steps.")] = ""
    shuffles: Annotated[
        int, Field(ge=0, le=20_000, description="Shuffles of trials for the null; 0 = no test."), Typical(0, 2000, 100)
    ] = 500
    false_discovery_rate: Annotated[
        float, Field(gt=0, lt=1, description="Expected share of false units among the tuned."), Typical(0.01, 0.1, 0.01)
    ] = 0.05
    seed: Seed = 0

    def compute(self, subject: Subject) -> tuning.Tuning:
        recording = subject.recorded()
        variable = binning.find_variable(subject.task, recording.trials, self.variable)
        bins = binning.bin_trials(recording.trials, variable, self.bins)
        rng, names = torch_stream(self.seed, "tuning"), subject.connectome.names
        return tuning.tuning(recording, bins, rng, self.epoch, self.shuffles, self.false_discovery_rate, names)


class PsychometricAnalysis(Analysis):
    """How the choices of the network depend on the evidence, with a logistic fit."""

    kind: Literal["psychometric"] = "psychometric"
    title: ClassVar[str] = "Psychometric curve"
    source: ClassVar[str] = "Wichmann & Hill (2001) Percept. Psychophys. 63: 1293; Wilson (1927) intervals"
    help: ClassVar[str] = "Share of positive choices by signed evidence, with the fit's threshold, slope and lapses."
    bootstraps: Annotated[
        int, Field(ge=0, le=10_000, description="Redrawn data sets for the intervals; 0 = none."), Typical(0, 1000, 50)
    ] = 200
    confidence: Annotated[
        float, Field(gt=0, lt=1, description="Coverage of all intervals."), Typical(0.68, 0.99, 0.01)
    ] = 0.95
    bins: BinCount = 32
    seed: Seed = 0

    def compute(self, subject: Subject) -> psychometric.Psychometric:
        rng = numpy_stream(self.seed, "psychometric")
        return psychometric.psychometric(
            subject.recorded(), subject.task, rng, self.bootstraps, self.confidence, self.bins
        )


def _bins(subject: Subject, recording: Recording, name: str, bins: int, per_trial: bool = False) -> binning.Bins:
    """The bins of a variable; all trials as one condition if none is named and the task has none."""
    try:
        variable = binning.find_variable(subject.task, recording.trials, name, per_trial)
    except Invalid:
        if name:
            raise
        return binning.all_trials(recording.trials)
    return binning.bin_trials(recording.trials, variable, bins)


ANALYSES: tuple[type[Analysis], ...] = (
    ConnectivityAnalysis, AreaGraphAnalysis, WeightDistributionAnalysis, SpectrumAnalysis, RatesAnalysis,
    TrajectoriesAnalysis, TuningAnalysis, PsychometricAnalysis, RecoveryAnalysis, ShiftersAnalysis, PredictionAnalysis,
    AgreementAnalysis, PerturbationAnalysis, StructureAnalysis, RichClubAnalysis,
    CurrentsAnalysis, RankOrderAnalysis, SelectivityAnalysis,
)  # fmt: skip
AnyAnalysis = Annotated[
    ConnectivityAnalysis | AreaGraphAnalysis | WeightDistributionAnalysis | SpectrumAnalysis | RatesAnalysis
    | TrajectoriesAnalysis | TuningAnalysis | PsychometricAnalysis | RecoveryAnalysis | ShiftersAnalysis
    | PredictionAnalysis | AgreementAnalysis | PerturbationAnalysis | StructureAnalysis | RichClubAnalysis
    | CurrentsAnalysis | RankOrderAnalysis | SelectivityAnalysis,
    Field(discriminator="kind"),
]  # fmt: skip
__all__ = [
    "ANALYSES", "AgreementAnalysis", "Analysis", "AnyAnalysis", "ConnectivityAnalysis", "CurrentsAnalysis",
    "PerturbationAnalysis", "PredictionAnalysis", "PsychometricAnalysis", "RankOrderAnalysis", "RatesAnalysis",
    "RecoveryAnalysis", "Result", "RichClubAnalysis", "SelectivityAnalysis", "ShiftersAnalysis", "SpectrumAnalysis",
    "StructureAnalysis", "Subject", "TrajectoriesAnalysis", "TuningAnalysis", "WeightDistributionAnalysis",
]  # fmt: skip
