"""Units that a person names by their numbers, as in 1-50, 73."""

import re

import numpy as np
from jaxtyping import Int

from engine.component import Invalid

RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?")


def units_named(text: str, units: int, address: str, to_be: str = "observed") -> Int[np.ndarray, " chosen"]:
    """Positions of the units in a list such as 1-50, 73. Raises Invalid for what is none, or beyond what there is."""
    found: list[int] = []
    for part in text.split(","):
        match = RANGE.fullmatch(part.strip())
        low, high = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= low <= high:
            raise Invalid(f"'{part.strip()[:40]}' names no units; write numbers from 1 on, as in 1-50, 73.", address)
        if high > units:
            said = f"Unit {high} is to be {to_be}, but {units} units were recorded"
            raise Invalid(f"{said}; choose among these.", address)
        found.extend(range(low - 1, high))
    if len(set(found)) < len(found):
        raise Invalid(f"A unit is named twice among those to be {to_be}; name each once.", address)
    return np.array(found)
