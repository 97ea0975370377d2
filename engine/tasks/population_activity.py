"""Population activity: say the next frame of a recording of many populations."""

from functools import lru_cache
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from pydantic import Field
from scipy.ndimage import gaussian_filter1d
from torch import Tensor

from engine.component import Typical
from engine.randomness import torch_stream
from engine.recordings.two_photon import CHANGE, CONDITIONS, FRAMES, POPULATIONS, Condition, course
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import explained, shown_for

Recorded = tuple[Float[Tensor, " populations"], Float[Tensor, "conditions frames populations"]]
WINDOWS = {"full": slice(0, 15), "half": slice(7, 14)}  # input frames; each owes the next


class PopulationActivity(Task):
    """See the activity of 18 populations frame by frame and say each of them one frame ahead.

    The recording is synthetic, of the form of the published two-photon averages: two areas, three layers, three
    cell types; 16 frames of 93 ms around an image change; a baseline and a transient of 0.02 to 0.12 that peaks at
    frame 8 to 10 in each population, times a gain that differs from trial to trial, with noise in every frame.
    Images are familiar or novel, and they change, do not, or are left out: six conditions, which scale the
    transients, and VIP cells ramp up where an image is missing. Inputs (frames 0..14) and targets (1..15) are each
    smoothed over one frame. The half window has input frames 7..13. At dt = 93 ms a trial has 15 or 7 steps, as
    published. Repeating the present frame explains most of it already: see without memory.
    """

    kind: Literal["population_activity"] = "population_activity"
    title: ClassVar[str] = "Population activity, next frame"
    source: ClassVar[str] = "Balwani, Wang, Najafi & Choi (2025) Sci. Adv., doi 10.1126/sciadv.adw4970"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = "Who always says each population's mean explains none of its variance."
    ideal_is: ClassVar[str] = (
        "Not defined, as every frame has noise of its own; shown is who knows the next frame, which nobody does."
    )
    memoryless_is: ClassVar[str] = "Persistence: says that the next frame will be as this one is."

    condition: Annotated[
        Condition, Field(description="One of the six conditions, or all of them, each trial drawing one.")
    ] = "all"
    window: Annotated[
        Literal["full", "half"], Field(description="All 15 frames, or the 7 from just before the change on.")
    ] = "full"
    recording_seed: Annotated[
        int, Field(ge=0, lt=2**31, description="Chooses baselines, sizes and peaks of the populations."), Typical(0, 20)
    ] = 0
    gain_spread: Annotated[
        float, Field(ge=0, le=2, description="Spread of the log of the gain from trial to trial."), Typical(0, 1, 0.05)
    ] = 0.2
    frame_noise: Annotated[
        float,
        Field(ge=0, le=10, description="Noise of each frame before smoothing, as the activity."),
        Typical(0, 0.1, 0.005),
    ] = 0.02
    smoothing: Annotated[
        float,
        Field(gt=0, le=5, description="Standard deviation of the Gaussian that smooths, in frames."),
        Typical(0.2, 2, 0.1),
    ] = 1.0
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Further noise of every input: spectral density in s^1/2."),
        Typical(0, 0.02, 0.001),
    ] = 0.0
    frame_ms: Annotated[float, Field(gt=0, le=60_000, description="How long a frame lasts."), Typical(20, 200, 1)] = (
        93.0
    )

    @property
    def input_names(self) -> tuple[str, ...]:
        return POPULATIONS

    @property
    def output_names(self) -> tuple[str, ...]:
        return tuple(f"next {name}" for name in POPULATIONS)

    @property
    def variables(self) -> tuple[Variable, ...]:
        shown = Variable("condition", "categorical", labels=self._conditions())
        return shown, Variable("gain", "linear"), Variable("frame", "linear", "frames")

    @property
    def chance(self) -> float:
        return 0.0

    @property
    def memoryless(self) -> float:
        now, later, _, _ = self._frames(1000, torch_stream(0, "persistence"))
        about = self._mean()
        return 1 - ((now - later).square().sum() / (later - about).square().sum()).item()

    @property
    def accuracy_is(self) -> str:
        return (
            "Variance about each population's mean that is explained, over all populations and frames of a trial, "
            "and no less than 0."
        )

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        now, later, gain, which = self._frames(n, rng)
        epochs = Epochs.of_equal(dt_ms, "frame", self.frame_ms, **self._epochs(now.shape[1]))
        steps = epochs.steps // now.shape[1]
        inputs = shown_for(now, steps)
        inputs = inputs + white_noise(tuple(inputs.shape), self.noise, dt_ms, rng)
        scored = torch.ones(n, epochs.steps, dtype=torch.bool)
        frame = torch.arange(now.shape[1]).float() + WINDOWS[self.window].start
        traces = {"frame": shown_for(frame[None], steps).repeat(n, 1)}
        return Trials(inputs, shown_for(later, steps), scored, epochs, {"condition": which, "gain": gain}, traces)

    def frames_before(self, trials: Trials) -> Float[Tensor, "trials steps populations"]:
        """What persistence says at each step: the present frame."""
        return trials.inputs

    def _conditions(self) -> tuple[str, ...]:
        return CONDITIONS if self.condition == "all" else (self.condition,)

    def _epochs(self, frames: int) -> dict[str, int]:
        before = CHANGE - WINDOWS[self.window].start
        return {"before": before, "after": frames - before}

    def _frames(
        self, n: int, rng: torch.Generator
    ) -> tuple[
        Float[Tensor, "trials frames populations"], Float[Tensor, "trials frames populations"],
        Float[Tensor, " trials"], Int[Tensor, " trials"],
    ]:  # fmt: skip
        """Smoothed frames, the smoothed frames that follow them, the gain of each trial and its condition."""
        baseline, transients = self._recording()
        several = len(transients) > 1
        which = torch.randint(len(transients), (n,), generator=rng) if several else torch.zeros(n, dtype=torch.long)
        transient = transients[which]
        gain = (self.gain_spread * torch.randn(n, generator=rng)).exp()
        noise = self.frame_noise * torch.randn(n, FRAMES, len(POPULATIONS), generator=rng)
        frames = baseline + gain[:, None, None] * transient + noise
        shown = WINDOWS[self.window]
        smooth = self._smooth(shown.stop - shown.start)
        return smooth @ frames[:, shown], smooth @ frames[:, shown.start + 1 : shown.stop + 1], gain, which

    def _recording(self) -> Recorded:
        return _recorded(self.recording_seed, self._conditions())

    def _smooth(self, frames: int) -> Float[Tensor, "frames frames"]:
        return _smoothing(self.smoothing, frames)

    def _mean(self) -> Float[Tensor, " populations"]:
        """Each population's mean over trials and the frames that are owed."""
        baseline, transients = self._recording()
        transient = transients.mean(0)
        owed = WINDOWS[self.window]
        smooth = self._smooth(owed.stop - owed.start)
        gain = np.exp(self.gain_spread**2 / 2)
        return (smooth @ (baseline + gain * transient[owed.start + 1 : owed.stop + 1])).mean(0)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return explained(outputs, trials, about=self._mean().to(outputs.device))

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        return trials.targets


@lru_cache(maxsize=16)
def _recorded(seed: int, conditions: tuple[str, ...]) -> Recorded:
    """Baseline of each population and its mean transient in every condition."""
    rng, many = torch_stream(seed, "populations"), len(POPULATIONS)
    baseline = 0.02 + 0.07 * torch.rand(many, generator=rng)
    size, peak = 0.02 + 0.1 * torch.rand(many, generator=rng), 8 + 2 * torch.rand(many, generator=rng)
    transient = (-0.5 * ((torch.arange(FRAMES)[:, None] - peak) / 2.0).square()).exp().numpy()
    return baseline, size * torch.stack([torch.from_numpy(course(c, transient)).float() for c in conditions])


@lru_cache(maxsize=16)
def _smoothing(sd: float, frames: int) -> Float[Tensor, "frames frames"]:
    """The matrix that smooths so many frames by a Gaussian of this standard deviation in frames."""
    return torch.from_numpy(gaussian_filter1d(np.eye(frames), sd, axis=0)).float()
