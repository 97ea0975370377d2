"""A MICrONS-like imaging field: somata, few synapses, and spikes that share a little, in place of the real one."""

import functools
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float, Int
from pydantic import Field

from engine.component import Typical
from engine.connectomes.imaging_field import FIELD_UM, few_synapses
from engine.randomness import numpy_stream
from engine.recordings.session import Session
from engine.recordings.source import RecordingSource


class MicronsField(RecordingSource):
    """Units of one imaging field with positions, synapse counts and binned spikes; by default as large as field 6_6_2.

    Somata lie evenly in a box of 998 x 134 x 500 µm. The chance of a connection falls off with distance, and hardly
    any exist: 0.32 % of the pairs, most of them one synapse. Spike counts are Poisson with log-normal rates that one
    common signal raises and lowers, so that pairs correlate by about 0.02 and no more where they are connected.
    """

    kind: Literal["microns_field"] = "microns_field"
    title: ClassVar[str] = "MICrONS-like field (synthetic)"
    source: ClassVar[str] = "Form of MICrONS Consortium (2025) Nature 640: 435; field 6_6_2 of Shakiba et al. (2026)"

    units: Annotated[int, Field(ge=4, le=2000, description="Units in the field."), Typical(42, 632, 10)] = 312
    density: Annotated[
        float, Field(ge=0, le=0.2, description="Share of the pairs that are connected."), Typical(0, 0.01, 0.0005)
    ] = 0.0032  # fmt: skip
    rate: Annotated[
        float, Field(gt=0, le=100, description="Mean spikes of a unit per second."), Typical(0.5, 10, 0.5)
    ] = 2.0  # fmt: skip
    shared: Annotated[
        float, Field(ge=0, le=3, description="Spread of the log of the common signal."), Typical(0, 1.5, 0.1)
    ] = 0.75  # fmt: skip
    sampling_ms: Annotated[float, Field(gt=0, le=1000, description="Width of a bin."), Typical(20, 200, 10)] = 20.0
    steps: Annotated[int, Field(ge=2, le=100_000, description="Bins of a trial."), Typical(50, 2000, 50)] = 500
    trials: Annotated[int, Field(ge=2, le=1000, description="Trials."), Typical(2, 100, 1)] = 20
    seed: Annotated[
        int, Field(ge=0, lt=2**31, description="Seed of places, synapses and spikes."), Typical(0, 20)
    ] = 0  # fmt: skip

    def session(self) -> Session:
        """Spikes per bin."""
        return _session(self)

    def positions_um(self) -> Float[np.ndarray, "units 3"]:
        """Of the somata."""
        return numpy_stream(self.seed, "positions").random((self.units, 3)) * FIELD_UM

    def synapses(self) -> Int[np.ndarray, "post pre"]:
        """How many synapses each unit has on each other one; about one connection in fifteen has a second."""
        return few_synapses(self.positions_um(), self.density, numpy_stream(self.seed, "synapses"))

    def correlation(self) -> Float[np.ndarray, "units units"]:
        """Of the spike counts over all bins; 0 with a unit that never fired."""
        counts = self.session().rates.flatten(0, 1).double().numpy()
        counts = counts - counts.mean(0)
        size = np.linalg.norm(counts, axis=0)
        return (counts.T @ counts) / np.where(size > 0, np.outer(size, size), 1.0)


@functools.lru_cache(maxsize=2)
def _session(field: MicronsField) -> Session:
    rng = numpy_stream(field.seed, "spikes")
    own = np.exp(0.5 * rng.standard_normal(field.units) - 0.125) * field.rate * field.sampling_ms / 1000
    common = np.exp(field.shared * rng.standard_normal((field.trials, field.steps, 1)) - field.shared**2 / 2)
    counts = torch.from_numpy(rng.poisson(own * common).astype(np.float32))
    names = tuple(f"unit {k + 1}" for k in range(field.units))
    return Session(counts, torch.zeros(field.trials, field.steps, 0), field.sampling_ms, names, ())
