"""Recorded activity: do what recorded units did, so that the wiring behind it can be asked for."""

import functools
import math
import re
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical
from engine.recordings import AnyRecording, Session
from engine.recordings.ring_attractor import RingAttractor
from engine.tasks.task import Epochs, Task, Trials, Variable
from engine.tasks.values import explained_over_time

RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


class RecordedActivity(Task):
    """Say the rates of recorded units at every step, from the recorded inputs and their first frame, or frame by frame.

    Shown are the recorded inputs alone (the network then runs freely from the first frame), or the activity of the
    frame before, or both. For identification the observed units are the network's first ones: read them out one to
    one, let the input reach the hidden rest only, and start windows from the teacher. Some trials are held out, the
    same for every seed; training draws evenly from the others. Recordings are resampled to the time step. Inputs
    permuted across trials are a control in which nothing can be identified.
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
    shown: Annotated[
        Literal["inputs", "activity", "both"],
        Field(description="The recorded inputs (free run), the activity one step before, or both."),
    ] = "inputs"
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

    @property
    def input_names(self) -> tuple[str, ...]:
        session = self._chosen()
        before = tuple(f"{name} before" for name in session.unit_names)
        found = {"inputs": session.input_names, "activity": before, "both": session.input_names + before}[self.shown]
        if not found:
            said = "This recording has no inputs"
            raise Invalid(f"{said}; show the activity of the step before.", "task.shown")
        return found

    @property
    def output_names(self) -> tuple[str, ...]:
        return self._chosen().unit_names

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (Variable("recorded_trial", "linear"), *self._chosen().variables)

    @property
    def chance(self) -> float:
        return 0.0

    @property
    def memoryless(self) -> float | None:
        if self.shown == "inputs":
            return None
        session = self._chosen()
        _, back = session.split(self.held_back)
        trials = self._as_trials(session, back)
        before = torch.cat([session.rates[back, :1], trials.targets[:, :-1]], 1)
        return explained_over_time(before, trials).mean().item()

    @property
    def memoryless_is(self) -> str:  # type: ignore[override]
        return "" if self.shown == "inputs" else "Persistence: says that each frame is as the one before."

    @property
    def accuracy_is(self) -> str:
        return "Share of a trial's variance over time, of all observed units together, that is explained, at least 0."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        session = _prepared(self._chosen(), self, dt_ms)
        return self._drawn(session, session.split(self.held_back)[0], n, rng)

    def held_out(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        session = _prepared(self._chosen(), self, dt_ms)
        return self._drawn(session, session.split(self.held_back)[1], n, rng)

    def rates_before(self, trials: Trials, step: int) -> Float[Tensor, "trials known"]:
        """The recorded rates that precede a step of these trials."""
        if step > 0:
            return trials.targets[:, step - 1]
        if trials.initial_rates is None:
            raise Invalid("These trials were cut, so the rates before them are not known.", "task")
        return trials.initial_rates

    def _chosen(self) -> Session:
        return _observed(self.recording.session(), self.observed)

    def _drawn(self, session: Session, among: Int[Tensor, " some"], n: int, rng: torch.Generator) -> Trials:
        rounds = [torch.randperm(len(among), generator=rng) for _ in range(math.ceil(n / len(among)))]
        return self._as_trials(session, among[torch.cat(rounds)[:n]])

    def _as_trials(self, session: Session, which: Int[Tensor, " chosen"]) -> Trials:
        """Frame 0 is known before the first step; every step owes the next frame."""
        rates, inputs = session.rates[which], session.inputs[self._of_another(session, which), 1:]
        shown = {"inputs": (inputs,), "activity": (rates[:, :-1],), "both": (inputs, rates[:, :-1])}[self.shown]
        traces = {name: values[which, 1:] for name, values in session.behaviour.items()}
        conditions = {"recorded_trial": which + 1.0}
        conditions |= {name: values[which] for name, values in session.conditions.items()}
        scored = torch.ones(len(which), session.steps - 1, dtype=torch.bool)
        epochs = Epochs(session.dt_ms, {"trial": slice(0, session.steps - 1)})
        given = torch.cat(shown, -1).contiguous()
        return Trials(given, rates[:, 1:].contiguous(), scored, epochs, conditions, traces, rates[:, 0])

    def _of_another(self, session: Session, which: Int[Tensor, " chosen"]) -> Int[Tensor, " chosen"]:
        """Whose inputs are shown: with permutation those of the trial half-way around, which is never one's own."""
        return (which + session.trials // 2) % session.trials if self.permute_inputs else which

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return explained_over_time(outputs, trials)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        return trials.targets


def units_named(text: str, units: int) -> Int[Tensor, " chosen"]:
    """Positions of the units in a list such as 1-50, 73. Raises Invalid for what is none, or beyond what there is."""
    found: list[int] = []
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= low <= high:
            said = f"'{part.strip()[:40]}' names no units"
            raise Invalid(f"{said}; write numbers from 1 on, as in 1-50, 73.", "task.observed")
        if high > units:
            said = f"Unit {high} is to be observed, but {units} units were recorded"
            raise Invalid(f"{said}; choose among these.", "task.observed")
        found.extend(range(low - 1, high))
    if len(set(found)) < len(found):
        raise Invalid("A unit is named twice among the observed ones; name each once.", "task.observed")
    return torch.from_numpy(np.array(found))


@functools.lru_cache(maxsize=8)
def _observed(session: Session, chosen: str) -> Session:
    if not chosen.strip():
        return session
    return session.of_units(units_named(chosen, session.rates.shape[2]))


@functools.lru_cache(maxsize=4)
def _prepared(session: Session, task: RecordedActivity, dt_ms: float) -> Session:
    return session.window(task.start_ms, task.stop_ms).smoothed(task.smoothing_ms).resampled(dt_ms)
