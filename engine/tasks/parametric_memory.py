"""Parametric working memory: which of two vibrations was faster?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.task import Variable
from engine.tasks.two_stimuli import TwoStimuli

Frequencies = tuple[Annotated[float, Field(gt=0, le=1000), Typical(5, 50)], ...]


class ParametricMemory(TwoStimuli):
    """Say whether the first of two vibrations, a delay apart, was faster than the second.

    Every frequency of the list is paired with one that lies `step_hz` above it, in both orders, so that the same second
    vibration may follow a slower or a faster one. Two inputs show a vibration: one rises from 0 to 1 from the slowest
    to the fastest, the other falls. A fixation input is on until the response. The network says "hold" until the
    response and then "first" or "second"; the trial is correct if the right one of these two outputs is the larger on
    average over the response.
    """

    kind: Literal["parametric_memory"] = "parametric_memory"
    at_once: ClassVar[int] = 8
    title: ClassVar[str] = "Parametric working memory (two vibrations)"
    source: ClassVar[str] = "Romo, Brody, Hernández & Lemus (1999) Nature 399: 470"
    answer_name: ClassVar[str] = "faster"
    answer_names: ClassVar[tuple[str, str]] = "first", "second"

    frequencies: Annotated[
        Frequencies,
        Field(min_length=1, max_length=32, description="The slower frequency of every pair, in Hz."),
    ] = (10.0, 14.0, 18.0, 22.0, 26.0)  # from 10 to 34 Hz
    step_hz: Annotated[
        float, Field(gt=0, le=1000, description="Difference between the frequencies of a pair."), Typical(1, 16, 1)
    ] = 8.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "fixation", "rising", "falling"

    @property
    def stimulus_names(self) -> tuple[str, ...]:
        return tuple(f"{frequency:g} Hz" for frequency in self._shown().tolist())

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("first_frequency", "linear", "Hz"),
            Variable("second_frequency", "linear", "Hz"),
            self.answer_variable,
        )

    def conditions(self, sample: Int[Tensor, " trials"], test: Int[Tensor, " trials"]) -> dict[str, Tensor]:
        shown = self._shown().float()
        return {"first_frequency": shown[sample], "second_frequency": shown[test]}

    def _shown(self) -> Float[Tensor, " stimuli"]:
        """All frequencies in Hz, in order."""
        slower = torch.tensor(self.frequencies, dtype=torch.float64)
        return torch.cat([slower, slower + self.step_hz]).round(decimals=6).unique()

    def codes(self) -> Float[Tensor, "stimuli channels"]:
        shown = self._shown()
        rising = ((shown - shown[0]) / (shown[-1] - shown[0])).float()
        return torch.stack([rising, 1 - rising], -1)

    def positive(self) -> Bool[Tensor, "stimuli stimuli"]:
        return self.negative().T

    def negative(self) -> Bool[Tensor, "stimuli stimuli"]:
        shown = self._shown()
        slower = (shown[:, None] - torch.tensor(self.frequencies, dtype=torch.float64)).abs().amin(1) < 1e-5
        return ((shown - shown[:, None] - self.step_hz).abs() < 1e-5) & slower[:, None]
