"""Identification: the questions put to a network that was fitted to a recording."""

from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field

from engine.analysis.agreement import Agreement, seeds_agree
from engine.analysis.analysis import Analysis, Moment, Subject
from engine.analysis.perturbation import Perturbation, perturbation
from engine.analysis.prediction import Prediction, prediction
from engine.analysis.recovery import Recovery, recovery
from engine.analysis.shifters import Shifters, products, shifters
from engine.component import Invalid, Typical
from engine.randomness import numpy_stream, torch_stream
from engine.recordings.chosen_units import units_named
from engine.tasks.population_activity import PopulationActivity
from engine.tasks.recorded_activity import RecordedActivity
from engine.tasks.task import Trials

Seed = Annotated[int, Field(ge=0, lt=2**63, description="Seed of the random draws of this analysis.")]
TrialCount = Annotated[
    int, Field(ge=1, le=5000, description="Held-out trials, of which all are taken once first."), Typical(10, 500, 10)
]
NO_TRUTH = "The true wiring behind this recording is not known"


class RecoveryAnalysis(Analysis):
    """How well the weights between the observed units agree with the wiring that made the recording."""

    kind: Literal["recovery"] = "recovery"
    title: ClassVar[str] = "Recovery of a known wiring"
    source: ClassVar[str] = "Scores for identification as in github.com/liuyuezhang/nsi, whose figures have none"
    help: ClassVar[str] = "Entrywise and circulant correlation, ringness, and chance by relabelled units."
    shows: Annotated[Moment, Field(description="Weights after or before training.")] = "after"
    relabellings: Annotated[
        int, Field(ge=0, le=10_000, description="Relabellings of the units for the null; 0 = none."), Typical(0, 1000)
    ] = 200  # fmt: skip
    seed: Seed = 0

    def compute(self, subject: Subject) -> Recovery:
        task = _fitted(subject)
        truth = task.recording.weights()
        if truth is None:
            said = f"{NO_TRUTH}, so nothing can be recovered"
            raise Invalid(f"{said}; see held-out error, agreement of seeds and perturbations.", "task.recording")
        places, n = task.observed_units().numpy(), _observed(subject, task)
        estimate = subject.recurrent(self.shows)[:n, :n].detach().cpu().double().numpy()
        rng = numpy_stream(self.seed, "recovery")
        known = truth[np.ix_(places, places)].astype(float)
        return recovery(estimate, known, rng, self.relabellings, task.recording.sheet(), places)


class ShiftersAnalysis(Analysis):
    """Which units are modulated by velocity, and whether hidden ones push the ring ahead or behind."""

    kind: Literal["shifters"] = "shifters"
    title: ClassVar[str] = "Compass and shifter units"
    source: ClassVar[str] = (
        "Zhang (1996) J. Neurosci. 16: 2112; Green et al. (2017) Nature 546: 101 (shifters in flies)"
    )
    help: ClassVar[str] = "Velocity modulation index of every unit, and the direction of its outgoing weights."
    fast: Annotated[
        float, Field(gt=0, le=1000, description="Velocities beyond ± this are fast, in rad/s."), Typical(0.5, 4, 0.25)
    ] = 2.0  # fmt: skip
    threshold: Annotated[
        float, Field(gt=0, lt=1, description="Modulated is who has an index beyond this."), Typical(0.1, 0.6, 0.05)
    ] = 0.3  # fmt: skip
    silent_below: Annotated[
        float, Field(ge=0, description="A unit whose rate never exceeds this is silent."), Typical(0, 0.1, 0.001)
    ] = 1e-3
    trials: TrialCount = 50
    seed: Seed = 0

    def compute(self, subject: Subject) -> Shifters:
        task = _fitted(subject)
        n, sheet = _observed(subject, task), task.recording.sheet()
        shown = _held_out(subject, self.trials, self.seed)
        if len(sheet) != 1 or sheet[0] != n or "velocity" not in shown.traces:
            raise Invalid("Shifters are asked of a whole ring whose velocity is known; this recording is of none.")
        weights = subject.recurrent().detach().cpu().double().numpy()
        velocity = shown.traces["velocity"].deg2rad().numpy()
        rates = subject.run_anew(shown).rates.numpy()
        found = shifters(rates, velocity, weights, n, self.fast, self.threshold, self.silent_below)
        pushes = task.recording.derivatives().get("velocity")
        return found if pushes is None else replace(found, products=products(weights, pushes, found))


class PredictionAnalysis(Analysis):
    """The error on held-out trials by population, beside the mean, the first frame and the frame before."""

    kind: Literal["prediction"] = "prediction"
    title: ClassVar[str] = "Held-out prediction"
    source: ClassVar[str] = "Variance explained and correlation on held-out trials, beside persistence and mean"
    help: ClassVar[str] = "A small error means little beside that of persistence: all stand together here."
    trials: TrialCount = 200
    seed: Seed = 0

    def compute(self, subject: Subject) -> Prediction:
        shown = _held_out(subject, self.trials, self.seed)
        return _predicted(subject, subject.task, shown, subject.run_anew(shown).outputs)


class AgreementAnalysis(Analysis):
    """How alike the weights are that fits from different seeds found; it needs no truth."""

    kind: Literal["agreement"] = "agreement"
    title: ClassVar[str] = "Agreement of seeds"
    source: ClassVar[str] = "Entrywise correlation between fits; chance by relabelled units"
    help: ClassVar[str] = "Networks of one population differ by their first weights. Who agrees may still be wrong."
    seed: Seed = 0

    def compute(self, subject: Subject) -> Agreement:
        n = _observed(subject, _fitted(subject))
        if subject.population is None or len(subject.population) < 2:
            said = "Seeds can agree only if several networks were trained"
            raise Invalid(f"{said}; set seeds.networks to 2 or more.", "seeds.networks")
        weights = subject.population[:, :n, :n].detach().cpu().double().numpy()
        return seeds_agree(weights, numpy_stream(self.seed, "agreement"))


class PerturbationAnalysis(Analysis):
    """Whether the network, some of its units silenced, foretells what the recorded units do when theirs are."""

    kind: Literal["perturbation"] = "perturbation"
    title: ClassVar[str] = "Perturbation"
    source: ClassVar[str] = "The same units silenced in the network and in the model that made the recording"
    help: ClassVar[str] = "Compares changes: recorded after minus before silencing, and the same of the network."
    silenced: Annotated[str, Field(max_length=2000, description="Observed units that fall silent, as in 1-10.")] = (
        "1-10"
    )
    trials: TrialCount = 20
    seed: Seed = 0

    def compute(self, subject: Subject) -> Perturbation:
        task = _fitted(subject)
        if "silenced" not in type(task.recording).model_fields:
            said = "What these units would do with some of them silenced is not known"
            raise Invalid(f"{said}; only simulated recordings can be perturbed.", "task.recording")
        n = _observed(subject, task)
        silent = tuple(units_named(self.silenced, n, "silenced", "silenced").tolist())
        others = [k for k in range(n) if k not in silent]
        if not others:
            raise Invalid("All observed units are silenced, so none is left to look at.", "silenced")
        numbers = ",".join(str(k + 1) for k in task.observed_units()[list(silent)].tolist())
        hit = task.with_value("recording.silenced", numbers)
        intact, cut = (_held_out(replace(subject, task=of), self.trials, self.seed) for of in (task, hit))
        said, says = subject.run_anew(intact).outputs, subject.run_anew(cut, silent).outputs
        pairs = [
            (out[..., others].numpy(), of.targets[..., others].numpy()) for out, of in ((said, intact), (says, cut))
        ]
        of = _predicted(subject, hit, cut, says, others)
        return perturbation(pairs[0], pairs[1], of, tuple(task.output_names[k] for k in others))


def _fitted(subject: Subject) -> RecordedActivity:
    if not isinstance(subject.task, RecordedActivity):
        what = f"this one was trained on '{type(subject.task).title}'"
        raise Invalid(f"This is asked of a network that was fitted to a recording; {what}.", "task.kind")
    return subject.task


def _observed(subject: Subject, task: RecordedActivity) -> int:
    """How many of the first units are the observed ones. Raises Invalid if the outputs are not their rates."""
    n, units = len(task.output_names), subject.connectome.n
    if n > units:
        raise Invalid(f"{n} units are observed, but the network has {units}; set up the fit.", "task.observed")
    readout = subject.weights.get("W_out")
    if readout is not None and not torch.equal(readout.cpu(), torch.eye(n, units)):
        said = f"The outputs are not the rates of the first {n} units, so no unit stands for a recorded one"
        raise Invalid(f"{said}; set up the fit.", "constraints.projections.one_to_one")
    return n


def _held_out(subject: Subject, trials: int, seed: int) -> Trials:
    if not isinstance(subject.task, RecordedActivity | PopulationActivity):
        _fitted(subject)
    return subject.task.held_out(trials, subject.dt_ms, torch_stream(seed, "identification"))


def _predicted(
    subject: Subject, task: RecordedActivity | PopulationActivity, shown: Trials, outputs: torch.Tensor,
    chosen: list[int] | None = None,
) -> Prediction:  # fmt: skip
    names = task.output_names
    chosen = list(range(len(names))) if chosen is None else chosen
    fitted = subject.task.trials(200, subject.dt_ms, torch_stream(0, "identification")).targets.mean((0, 1))
    last = task.frames_before(shown)[..., chosen].numpy()
    said, was = outputs[..., chosen].numpy(), shown.targets[..., chosen].numpy()
    return prediction(
        said,
        was,
        last[:, 0],
        fitted[chosen].numpy(),
        tuple(names[k] for k in chosen),
        last,
        runs_freely=getattr(task, "shown", "") == "inputs",
    )
