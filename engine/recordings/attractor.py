"""What simulated attractors share: fields, and how the state leaks, is kicked by noise, and where it is silenced."""

from typing import Annotated

import numpy as np
from jaxtyping import Float, Int
from pydantic import Field

from engine.component import Typical
from engine.recordings.chosen_units import units_named

Leak = Annotated[
    float, Field(gt=0, le=1, description="Part a of the state that is new after a step."), Typical(0.1, 1, 0.05)
]
Normalise = Annotated[bool, Field(description="Scale the state to length 1 after every step.")]
StateNoise = Annotated[
    float,
    Field(ge=0, le=10, description="Length of the random vector that is added to the state at every step."),
    Typical(0, 0.5, 0.05),
]
Sampling = Annotated[float, Field(gt=0, le=1000, description="Time step."), Typical(5, 100, 5)]
BurnIn = Annotated[
    int, Field(ge=0, le=100_000, description="Steps at rest before the recording."), Typical(0, 1000, 50)
]
Silenced = Annotated[
    str, Field(max_length=2000, description="Units, as in 1-10, that are silent from the second step on.")
]
State = Float[np.ndarray, "trials *sheet"]


def kicked(state: State, length: float, rng: np.random.Generator) -> State:
    """With a random vector of this length added in every trial."""
    if not length:
        return state
    kick = rng.standard_normal(state.shape)
    return state + length * kick / _length(kick)


def leaked(state: State, rates: State, leak: float, normalise: bool) -> State:
    """The state after a step with these rates."""
    state = (1 - leak) * state + leak * rates
    return state / np.maximum(_length(state), 1e-12) if normalise else state


def silent(text: str, units: int) -> Int[np.ndarray, " silent"]:
    """Positions of the units that fall silent; none if none is named."""
    return units_named(text, units, "task.recording.silenced", "silenced") if text.strip() else np.zeros(0, int)


def _length(vectors: State) -> Float[np.ndarray, "trials *ones"]:
    return np.linalg.norm(vectors, axis=tuple(range(1, vectors.ndim)), keepdims=True)
