"""Routes between areas: how dense they are, and which signs of units they join."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Int, Int8
from pydantic import Field

from engine.component import Component, Invalid, Typical, near

Probability = Annotated[float, Field(ge=0, le=1)]
Table = tuple[tuple[Probability, ...], ...]
Pattern = Annotated[
    Literal["table", "all", "neighbours"],
    Field(
        description="Densities from the table, or one forward and one backward: to all later areas or the next only."
    ),
]
Forward = Annotated[
    float, Field(ge=0, le=1, description="Density from an earlier area to a later one."), Typical(0.0, 0.5, 0.01)
]
Backward = Annotated[
    float, Field(ge=0, le=1, description="Density from a later area to an earlier one."), Typical(0.0, 0.5, 0.01)
]
Within = Annotated[float, Field(ge=0, le=1, description="Density within an area."), Typical(0.0, 1.0, 0.01)]


class Types(Component):
    """Which connections may exist, by the signs of source and target; a unit without a sign counts as excitatory."""

    title: ClassVar[str] = "By sign"
    source: ClassVar[str] = "Song HF, Yang GR, Wang XJ (2016) PLoS Comput Biol 12:e1004792"
    excitatory_to_excitatory: Annotated[bool, Field(description="Excitatory units reach excitatory ones.")] = True
    excitatory_to_inhibitory: Annotated[bool, Field(description="Excitatory units reach inhibitory ones.")] = True
    inhibitory_to_excitatory: Annotated[bool, Field(description="Inhibitory units reach excitatory ones.")] = False
    inhibitory_to_inhibitory: Annotated[bool, Field(description="Inhibitory units reach inhibitory ones.")] = False

    def permitted(self, signs: Int8[np.ndarray, " units"]) -> Bool[np.ndarray, "post pre"]:
        """Which pairs of units may be connected."""
        table = np.array(
            [
                [self.excitatory_to_excitatory, self.inhibitory_to_excitatory],
                [self.excitatory_to_inhibitory, self.inhibitory_to_inhibitory],
            ]
        )
        inhibits = (signs < 0).astype(int)
        return table[np.ix_(inhibits, inhibits)]


class AreaPair(Component):
    """Connections from one area to another (or within one) that follow a rule of their own."""

    title: ClassVar[str] = "Pair of areas"
    pre: Annotated[str, Field(description="The area that sends.")] = ""
    post: Annotated[str, Field(description="The area that receives; the same one for connections within.")] = ""
    types: Annotated[Types, Field(description="Which of these connections may exist.")] = Types()


AreaPairs = Annotated[
    tuple[AreaPair, ...], Field(max_length=1000, description="Pairs of areas that are exceptions, the last one counts.")
]


def density_table(
    pattern: str, n: int, densities: Table, forward: float, backward: float, within: float
) -> Float[np.ndarray, "areas areas"]:
    """The density from the area of the column to the area of the row. Raises Invalid if the table has another shape."""
    if pattern == "table":
        _require_square(densities, n)
        return np.array(densities, float).reshape(n, n)
    later = np.subtract.outer(np.arange(n), np.arange(n))
    table = np.where(later > 0, forward, np.where(later < 0, backward, within))
    return np.where(abs(later) > 1, 0.0, table) if pattern == "neighbours" else table


def permitted(
    area: Int[np.ndarray, " units"],
    names: Sequence[str],
    between: Types,
    exceptions: Sequence[AreaPair],
    signs: Int8[np.ndarray, " units"],
) -> Bool[np.ndarray, "post pre"]:
    """Pairs of units that may be connected: all within areas, else those of `between`, but for the exceptions."""
    allowed = (area[:, None] == area[None, :]) | between.permitted(signs)
    for pair in exceptions:
        at = np.ix_(area == names.index(pair.post), area == names.index(pair.pre))
        allowed[at] = pair.types.permitted(signs)[at]
    return allowed


def require_names(names: Sequence[str], exceptions: Sequence[AreaPair], address: str, what: str = "areas") -> None:
    """Raises Invalid if two areas share a name, or an exception concerns an area that does not exist."""
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Invalid(f"Two {what} are called '{twice}'; each needs a name of its own.", address)
    for index, pair in enumerate(exceptions):
        for end in ("pre", "post"):
            name = getattr(pair, end)
            if name not in names:
                said = near(name, names) or f" There are {', '.join(names)}."
                where = f"wiring.exceptions.{index}.{end}"
                raise Invalid(f"Exception {index + 1} concerns '{name}', which is none of the {what}.{said}", where)


def _require_square(densities: Table, n: int) -> None:
    if len(densities) != n or any(len(row) != n for row in densities):
        shape = " + ".join(str(len(row)) for row in densities) or "no"
        said = f"The table of densities must have {n} x {n} entries, a row and a column for each area"
        raise Invalid(f"{said}, but its rows have {shape} entries.", "wiring.densities")
