"""Two-photon-like traces of 18 populations in six conditions, in place of data that cannot be shipped."""

import functools
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from scipy.ndimage import gaussian_filter1d

from engine.component import Typical
from engine.randomness import numpy_stream
from engine.recordings.session import Session
from engine.recordings.source import RecordingSource
from engine.variable import Variable

POPULATIONS = tuple(
    f"{area} {layer} {cells}"
    for area in ("V1", "LM")
    for layer in ("L4", "L2/3", "L5")
    for cells in ("Pyr", "SST", "VIP")
)
FRAMES = 16
CHANGE = 8  # the frame at which the image changes
CONDITIONS = tuple(
    f"{seen}, {event}" for seen in ("familiar", "novel") for event in ("no change", "change", "omission")
)
GAIN = {"no change": 0.4, "change": 1.0, "omission": 0.3}  # of the transient, by what happens
NOVEL = {"Pyr": 1.2, "SST": 0.8, "VIP": 1.3}  # by cell type, if the images are new
OMITTED = {"Pyr": 0.0, "SST": -0.5, "VIP": 1.5}  # a ramp while the image is missing


Condition = Literal[
    "all", "familiar, no change", "familiar, change", "familiar, omission", "novel, no change", "novel, change",
    "novel, omission",
]  # fmt: skip


class TwoPhoton(RecordingSource):
    """Mean traces of 2 areas x 3 layers x 3 cell types over 16 frames of 93 ms, familiar or novel, three events each.

    Every sample is the mean of as many trials of one imaging plane, drawn by itself for each population: populations
    were not recorded together, so their trial-by-trial covariance means nothing, here as in the published averages.
    A trial is a baseline and a transient of 0.02 to 0.12 that peaks at frame 8 to 10, with noise; an omission lacks
    the transient of the image, and VIP cells ramp instead. Sizes are made up, in the range of those published.
    """

    kind: Literal["two_photon"] = "two_photon"
    title: ClassVar[str] = "18 populations, two-photon-like (synthetic)"
    source: ClassVar[str] = "Form of Balwani, Wang, Najafi & Choi (2025) Sci. Adv., doi 10.1126/sciadv.adw4970"

    condition: Annotated[Condition, Field(description="One of the six conditions, or all of them in equal parts.")] = (
        "all"
    )
    samples: Annotated[int, Field(ge=2, le=20_000, description="Samples of each condition."), Typical(50, 2000, 50)] = (
        400
    )
    averaged: Annotated[
        int, Field(ge=1, le=1000, description="Trials that are averaged for a sample."), Typical(1, 200, 1)
    ] = 100  # fmt: skip
    trial_noise: Annotated[
        float, Field(ge=0, le=10, description="Noise of a frame of a single trial, as the activity."), Typical(0, 0.5)
    ] = 0.2  # fmt: skip
    smoothing: Annotated[
        float, Field(ge=0, le=5, description="Standard deviation of the Gaussian over time, in frames."), Typical(0, 2)
    ] = 1.0  # fmt: skip
    sampling_ms: Annotated[float, Field(gt=0, le=1000, description="How long a frame lasts."), Typical(20, 200, 1)] = (
        93.0
    )
    seed: Annotated[
        int, Field(ge=0, lt=2**31, description="Seed of the populations and of the noise."), Typical(0, 20)
    ] = 0

    def session(self) -> Session:
        """Samples of the chosen conditions, one after the other; nothing is shown to the animal that is known to us."""
        return _session(self)

    def means(self) -> dict[str, np.ndarray]:
        """The true mean trace of every condition, [frames, populations]."""
        rng, many = numpy_stream(self.seed, "populations"), len(POPULATIONS)
        baseline, size, peak = 0.02 + 0.07 * rng.random(many), 0.02 + 0.1 * rng.random(many), 8 + 2 * rng.random(many)
        frame = np.arange(FRAMES)[:, None]
        transient = np.exp(-0.5 * ((frame - peak) / 2.0) ** 2)
        return {name: baseline + size * course(name, transient) for name in CONDITIONS}


def course(
    condition: str, transient: Float[np.ndarray, "frames populations"]
) -> Float[np.ndarray, "frames populations"]:
    """What a condition makes of the transients of all populations, in units of their sizes."""
    seen, event = condition.split(", ")
    novel = _by_cells(NOVEL) if seen == "novel" else np.ones(len(POPULATIONS))
    ramp = np.maximum(np.arange(FRAMES) - CHANGE, 0)[:, None] / (FRAMES - CHANGE)
    missing = _by_cells(OMITTED) * ramp if event == "omission" else 0.0
    return novel * (GAIN[event] * transient + missing)


def _by_cells(values: dict[str, float]) -> np.ndarray:
    return np.array([values[name.rsplit(" ", 1)[1]] for name in POPULATIONS])


@functools.lru_cache(maxsize=4)
def _session(choice: TwoPhoton) -> Session:
    names = CONDITIONS if choice.condition == "all" else (choice.condition,)
    rng = numpy_stream(choice.seed, "samples")
    clean = np.repeat(np.stack([choice.means()[name] for name in names]), choice.samples, axis=0)
    noise = rng.standard_normal(clean.shape) * choice.trial_noise / np.sqrt(choice.averaged)
    rates = clean + noise
    if choice.smoothing:
        rates = gaussian_filter1d(rates, choice.smoothing, axis=1)
    index = torch.from_numpy(np.repeat(np.arange(len(names)), choice.samples))
    frame = torch.arange(FRAMES).float().expand(len(rates), -1)
    return Session(
        torch.from_numpy(rates).float(), torch.zeros(len(rates), FRAMES, 0), choice.sampling_ms, POPULATIONS, (),
        behaviour={"frame": frame}, conditions={"condition": index},
        variables=(Variable("condition", "categorical", labels=names), Variable("frame", "linear", "frames")),
        remarks=("Populations are drawn one by one: their covariance from sample to sample means nothing.",),
    )  # fmt: skip
