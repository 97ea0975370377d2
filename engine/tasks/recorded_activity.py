"""Recorded activity: do what recorded units did, so that the wiring behind it can be asked for."""

import functools
import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical
from engine.randomness import torch_stream
from engine.recordings import AnyRecording, Session
from engine.recordings.chosen_units import units_named
from engine.recordings.resampling import groups, means
from engine.recordings.ring_attractor import RingAttractor
from engine.recordings.session import By
from engine.tasks.task import Epochs, Task, Trials, Variable
from engine.tasks.values import explained_over_time


class RecordedActivity(Task):
    """Say the rates of recorded units at every step, from the recorded inputs and their first frame, or frame by frame.

    Shown are the recorded inputs alone (the network then runs freely from the first frame), or the activity of the
    frame before, or both. For identification the observed units are the network's first ones: read them out one to
    one, let the input reach the hidden rest only, and start windows from the teacher ("Set up the fit" does so). Some
    trials, or whole sessions, are held out, the same for every seed; training draws evenly from the others. Recordings
    are resampled to the time step. Inputs permuted across trials are a control in which nothing can be identified.
    """

    kind: Literal["recording"] = "recording"
    title: ClassVar[str] = "Recorded activity (identification)"
    source: ClassVar[str] = "Fits of recurrent networks to recordings, as in github.com/liuyuezhang/nsi"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = "Who always says a trial's own mean of each unit explains none of its variance."
    ideal_is: ClassVar[str] = "Has the recording itself: what could be said from the inputs alone is not known."

    recording: Annotated[AnyRecording, Field(description="Where the recording comes from.")] = RingAttractor(
        trials=50, steps=60
    )
    observed: Annotated[
        str, Field(max_length=2000, description="Numbers of the units that are observed, as in 1-50, 73; empty is all.")
    ] = ""
    signals_are: Annotated[
        Literal["units", "populations"],
        Field(
            description="The recorded signals are the network's first units, whose first frame is then known; or means "
            "of populations, of which no unit's is: the network starts silent."
        ),
    ] = "units"
    shown: Annotated[
        Literal["inputs", "activity", "both"],
        Field(description="The recorded inputs (free run), the activity one step before, or both."),
    ] = "inputs"
    hidden: Annotated[
        int, Field(ge=0, le=5000, description="Units beside the observed ones (Set up the fit)."), Typical(0, 200, 10)
    ] = 100  # fmt: skip
    input_to: Annotated[
        str,
        Field(
            max_length=2000,
            description="Units that get the input (Set up the fit): hidden, observed, all, numbers as in 101-150, or "
            "each input for itself, as in velocity: hidden; light: 1-20.",
        ),
    ] = "hidden"
    fit_by: Annotated[
        Literal["free_run", "one_step"],
        Field(description="Set up the fit: loss of windows that run freely, or of one step from what was recorded."),
    ] = "free_run"  # fmt: skip
    permute_inputs: Annotated[
        bool, Field(description="Give each trial the inputs of another: a control in which nothing can be found.")
    ] = False
    smoothing_ms: Annotated[
        float, Field(ge=0, le=10_000, description="Standard deviation of a Gaussian over time."), Typical(0, 200)
    ] = 0.0  # fmt: skip
    start_ms: Annotated[
        float,
        Field(ge=0, le=10_000_000, description="Leave out what was recorded before, in each trial."),
        Typical(0, 400, 50),
    ] = 0.0
    stop_ms: Annotated[
        float,
        Field(gt=0, le=10_000_000, description="Leave out what was recorded later, in each trial."),
        Typical(500, 1_000_000, log=True),
    ] = 1_000_000.0
    held_back: Annotated[
        float, Field(gt=0, lt=1, description="Share of the trials that is kept for testing."), Typical(0.05, 0.5, 0.05)
    ] = 0.2
    hold_out: Annotated[
        By, Field(description="Keep back trials, or whole sessions (files of a folder, or a condition so called).")
    ] = "trials"  # fmt: skip
    averaged: Annotated[
        int,
        Field(ge=1, le=1000, description="Trials of a condition, drawn with replacement, whose mean is shown as one."),
        Typical(1, 100, 1),
    ] = 1  # fmt: skip
    averaged_apart: Annotated[
        bool, Field(description="Draw them for each unit by itself, as if units had not been recorded together.")
    ] = False

    @property
    def input_names(self) -> tuple[str, ...]:
        session = self.session()
        before = tuple(f"{name} before" for name in session.unit_names)
        found = {"inputs": session.input_names, "activity": before, "both": session.input_names + before}[self.shown]
        if self.averaged_apart and self.averaged > 1 and session.input_names and self.shown != "activity":
            said = "Units that are averaged apart from each other have no common inputs"
            raise Invalid(f"{said}; average them together, or show the activity alone.", "task.averaged_apart")
        if not found:
            said = "This recording has no inputs"
            raise Invalid(f"{said}; show the activity of the step before.", "task.shown")
        return found

    @property
    def output_names(self) -> tuple[str, ...]:
        return self.session().unit_names

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (Variable("recorded_trial", "linear"), *self.session().variables)

    @property
    def chance(self) -> float:
        return 0.0

    @property
    def memoryless(self) -> float | None:
        if self.shown == "inputs":
            return None
        recorded = self.session()
        session = _prepared(recorded, self, recorded.dt_ms)
        trials = self._drawn(session, self._split(session)[1], 200, torch_stream(0, "persistence"))
        return explained_over_time(self.frames_before(trials), trials).mean().item()

    @property
    def memoryless_is(self) -> str:  # type: ignore[override]
        return "" if self.shown == "inputs" else "Persistence: says that each frame is as the one before."

    @property
    def accuracy_is(self) -> str:
        return "Share of a trial's variance over time, of all observed units together, that is explained, at least 0."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        session = _prepared(self.session(), self, dt_ms)
        return self._drawn(session, self._split(session)[0], n, rng)

    def held_out(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        session = _prepared(self.session(), self, dt_ms)
        return self._drawn(session, self._split(session)[1], n, rng)

    def rates_before(self, trials: Trials, step: int) -> Float[Tensor, "trials known"]:
        """The recorded rates that precede a step of these trials. Raises Invalid where no units were recorded."""
        if self.signals_are == "populations":
            said = "Recorded populations tell no rates of units from which a window could start"
            raise Invalid(f"{said}; choose run_up or zero.", "training.window_start")
        if step > 0:
            return trials.targets[:, step - 1]
        if trials.initial_rates is None:
            raise Invalid("These trials were cut, so the rates before them are not known.", "task")
        return trials.initial_rates

    def frames_before(self, trials: Trials) -> Float[Tensor, "trials steps units"]:
        """What persistence says at each step: the frame before."""
        if self.shown != "inputs":
            return trials.inputs[..., -trials.targets.shape[2] :]
        return torch.cat([self.rates_before(trials, 0)[:, None], trials.targets[:, :-1]], 1)

    def session(self) -> Session:
        """What was recorded of the observed units."""
        return _observed(self.recording.session(), self.observed)

    def observed_units(self) -> Int[Tensor, " chosen"]:
        """Their positions among all that were recorded."""
        recorded = self.recording.session().rates.shape[2]
        if not self.observed.strip():
            return torch.arange(recorded)
        return torch.from_numpy(units_named(self.observed, recorded, "task.observed"))

    def _split(self, session: Session) -> tuple[Int[Tensor, " kept"], Int[Tensor, " back"]]:
        return session.split(self.held_back, self.hold_out)

    def _drawn(self, session: Session, among: Int[Tensor, " some"], n: int, rng: torch.Generator) -> Trials:
        rounds = [torch.randperm(len(among), generator=rng) for _ in range(math.ceil(n / len(among)))]
        which = among[torch.cat(rounds)[:n]]
        if self.averaged == 1:
            return self._as_trials(session, which)
        drawn = groups(session, which, among, self.averaged, self.averaged_apart, rng)
        return self._as_trials(means(session, which, drawn), torch.arange(n), which)

    def _as_trials(
        self, session: Session, which: Int[Tensor, " chosen"], numbers: Int[Tensor, " chosen"] | None = None
    ) -> Trials:
        """Frame 0 is known before the first step; every step owes the next frame."""
        rates, inputs = session.rates[which], session.inputs[which, 1:]
        shown = {"inputs": (inputs,), "activity": (rates[:, :-1],), "both": (inputs, rates[:, :-1])}[self.shown]
        traces = {name: values[which, 1:] for name, values in session.behaviour.items()}
        conditions = {"recorded_trial": (which if numbers is None else numbers) + 1.0}
        conditions |= {name: values[which] for name, values in session.conditions.items()}
        scored = torch.ones(len(which), session.steps - 1, dtype=torch.bool)
        epochs = Epochs(session.dt_ms, {"trial": slice(0, session.steps - 1)})
        given = torch.cat(shown, -1).contiguous()
        first = rates[:, 0] if self.signals_are == "units" else None
        return Trials(given, rates[:, 1:].contiguous(), scored, epochs, conditions, traces, first)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return explained_over_time(outputs, trials)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        return trials.targets


@functools.lru_cache(maxsize=8)
def _observed(session: Session, chosen: str) -> Session:
    if not chosen.strip():
        return session
    return session.of_units(torch.from_numpy(units_named(chosen, session.rates.shape[2], "task.observed")))


@functools.lru_cache(maxsize=4)
def _prepared(session: Session, task: RecordedActivity, dt_ms: float) -> Session:
    found = session.window(task.start_ms, task.stop_ms).smoothed(task.smoothing_ms).resampled(dt_ms)
    return found.with_permuted_inputs() if task.permute_inputs else found
