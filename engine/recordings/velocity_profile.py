"""A velocity that a person gives piece by piece, as in 0 x 20, 1.5 x 40."""

import re

import numpy as np
from jaxtyping import Float

from engine.component import Invalid

PIECE = re.compile(r"([+-]?(?:\d{1,6}\.?\d{0,6}|\.\d{1,6}))\s*[x*]\s*(\d{1,6})")
LONGEST = 1_000_000  # steps
ADDRESS = "task.recording.given_velocities"


def given_velocities(text: str, trials: int, steps: int) -> Float[np.ndarray, "trials steps"]:
    """Profiles separated by semicolons, in which the trials take turns; each is repeated until the trial ends.

    Raises Invalid for what is no velocity x steps.
    """
    profiles = [np.resize(_profile(part), steps) for part in text.split(";")]
    return np.stack([profiles[trial % len(profiles)] for trial in range(trials)])


def _profile(text: str) -> Float[np.ndarray, " steps"]:
    pieces = [PIECE.fullmatch(part.strip()) for part in text.split(",")]
    found = [(float(piece[1]), int(piece[2])) for piece in pieces if piece]
    if len(found) < len(pieces) or not 0 < sum(steps for _, steps in found) <= LONGEST:
        said = f"'{text.strip()[:40]}' is no velocity profile"
        raise Invalid(f"{said}; write rad/s x steps, as in 0 x 20, 1.5 x 40.", ADDRESS)
    return np.concatenate([np.full(steps, velocity) for velocity, steps in found])
