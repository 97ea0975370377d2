"""A session: what was recorded from an animal, or simulated in its place, with what it was shown and did."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from engine.component import Invalid
from engine.variable import Variable

By = Literal["trials", "sessions"]
Change = Callable[[Tensor, float | None], Tensor]  # of values over time, given the period of circular ones


@dataclass(frozen=True, eq=False)
class Session:
    """Activity of units over trials, the inputs that drove them, and behaviour, all sampled every `dt_ms`.

    `behaviour` holds one value per trial and step, `conditions` one per trial; `variables` say what these are.
    """

    rates: Float[Tensor, "trials steps units"]
    inputs: Float[Tensor, "trials steps inputs"]
    dt_ms: float
    unit_names: tuple[str, ...]
    input_names: tuple[str, ...]
    behaviour: Mapping[str, Float[Tensor, "trials steps"]] = field(default_factory=dict)
    conditions: Mapping[str, Shaped[Tensor, " trials"]] = field(default_factory=dict)
    variables: tuple[Variable, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def trials(self) -> int:
        return self.rates.shape[0]

    @property
    def steps(self) -> int:
        return self.rates.shape[1]

    def at(self, which: Int[Tensor, " chosen"]) -> "Session":
        """Some of the trials."""
        return replace(
            self,
            rates=self.rates[which],
            inputs=self.inputs[which],
            behaviour={name: values[which] for name, values in self.behaviour.items()},
            conditions={name: values[which] for name, values in self.conditions.items()},
        )

    def of_units(self, chosen: Int[Tensor, " chosen"]) -> "Session":
        """Some of the units, in the order in which they are named."""
        names = tuple(self.unit_names[k] for k in chosen.tolist())
        return replace(self, rates=self.rates[..., chosen], unit_names=names)

    def with_permuted_inputs(self) -> "Session":
        """Every trial with the inputs of the trial half-way around, which is never itself."""
        return replace(self, inputs=self.inputs.roll(-(self.trials // 2), 0))

    def window(self, start_ms: float, stop_ms: float) -> "Session":
        """A part of every trial. Raises Invalid if fewer than two samples are left."""
        start = max(0, round(start_ms / self.dt_ms))
        stop = min(self.steps, round(stop_ms / self.dt_ms))
        if stop - start < 2:
            lasts = f"trials last {self.steps * self.dt_ms:g} ms"
            raise Invalid(f"Fewer than two samples lie in the chosen part; {lasts}.", "task.start_ms")
        cut = slice(start, stop)
        behaviour = {name: values[:, cut] for name, values in self.behaviour.items()}
        return replace(self, rates=self.rates[:, cut], inputs=self.inputs[:, cut], behaviour=behaviour)

    def smoothed(self, sd_ms: float) -> "Session":
        """Activity smoothed over time by a Gaussian, within each trial; inputs and behaviour stay as they are."""
        if sd_ms == 0:
            return self
        smooth = gaussian_filter1d(self.rates.numpy(), sd_ms / self.dt_ms, axis=1, mode="nearest")
        return replace(self, rates=torch.from_numpy(smooth))

    def resampled(self, dt_ms: float) -> "Session":
        """At another time step: averaged over whole steps where these fit, else on straight lines between samples.

        Circular behaviour is interpolated along the shorter way.
        """
        if abs(dt_ms - self.dt_ms) < 1e-6 * dt_ms:
            return self
        ratio = dt_ms / self.dt_ms
        whole = round(ratio)
        averaged = whole >= 2 and abs(ratio - whole) < 1e-6 and whole <= self.steps
        steps = self.steps // whole if averaged else int((self.steps - 1) / ratio + 1e-9) + 1
        if steps < 2:
            lasts = self.steps * self.dt_ms
            short = "half a time step" if lasts < dt_ms / 2 else "two time steps"
            said = f"The recorded epoch lasts {lasts:g} ms, less than {short} of {dt_ms:g} ms"
            raise Invalid(f"{said}; record longer or shorten dt_ms.", "task.recording")
        periods = {variable.name: variable.period for variable in self.variables}
        change = _averaged(whole) if averaged else _between(np.arange(steps) * ratio)
        return replace(
            self,
            rates=change(self.rates, None),
            inputs=change(self.inputs, None),
            behaviour={name: change(values, periods.get(name)) for name, values in self.behaviour.items()},
            dt_ms=dt_ms,
        )

    def split(self, held_back: float, by: By = "trials") -> tuple[Int[Tensor, " kept"], Int[Tensor, " back"]]:
        """Trials for fitting and for testing, drawn by their number alone, so that every seed tests on the same.

        `by` sessions, all trials of a session go to the same side: those that the condition `session` tells apart.
        Raises Invalid for a single trial or session.
        """
        if by == "trials":
            return _halved(self.trials, held_back, "trial", "task")
        of = self.conditions.get("session", torch.zeros(self.trials))
        known = of.unique()
        _, back = _halved(len(known), held_back, "session", "task.hold_out")
        is_back = torch.isin(of, known[back])
        return (~is_back).nonzero().flatten(), is_back.nonzero().flatten()


def _halved(n: int, held_back: float, what: str, address: str) -> tuple[Int[Tensor, " kept"], Int[Tensor, " back"]]:
    if n < 2:
        raise Invalid(f"The recording has 1 {what}; at least 2 are needed, one of them for testing.", address)
    back = min(max(1, round(held_back * n)), n - 1)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(n))
    return order[back:], order[:back]


def _averaged(whole: int) -> Change:
    """Means of so many samples each."""

    def change(values: Tensor, period: float | None) -> Tensor:
        kept = values[:, : values.shape[1] // whole * whole].unflatten(1, (-1, whole))
        if period is None:
            return kept.mean(2)
        turn = 2 * np.pi / period
        return (torch.atan2((kept * turn).sin().mean(2), (kept * turn).cos().mean(2)) / turn).remainder(period)

    return change


def _between(places: np.ndarray) -> Change:
    """Values at places between the samples."""
    low = torch.from_numpy(np.floor(places + 1e-9).astype(np.int64))
    share = torch.from_numpy(places).float() - low

    def change(values: Tensor, period: float | None) -> Tensor:
        before, after = values[:, low], values[:, (low + 1).clamp(max=values.shape[1] - 1)]
        step = after - before
        if period is not None:
            step = (step + period / 2).remainder(period) - period / 2
        found = before + step * share.clamp(min=0).reshape(1, -1, *[1] * (values.ndim - 2))
        return found if period is None else found.remainder(period)

    return change
