"""Which units and which blocks of a connectome a step concerns."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from jaxtyping import Bool, Int
from pydantic import Field

from engine.component import Invalid, near
from engine.connectomes.connectome import Connectome

Names = tuple[str, ...]
MOST_NAMES = 200_000
UnitNames = Annotated[Names, Field(max_length=MOST_NAMES, description="Names of single units.")]
AreaNames = Annotated[Names, Field(description="Areas whose units are meant.")]
TypeNames = Annotated[Names, Field(description="Cell types whose units are meant.")]
PostAreas = Annotated[Names, Field(description="Areas that receive; empty for all.")]
PostTypes = Annotated[Names, Field(description="Cell types that receive; empty for all.")]
PreAreas = Annotated[Names, Field(description="Areas that send; empty for all.")]
PreTypes = Annotated[Names, Field(description="Cell types that send; empty for all.")]


def groups_by(connectome: Connectome, by: str) -> Names:
    """The area or the type of every unit."""
    return connectome.areas if by == "area" else connectome.types


def codes(groups: Sequence[str]) -> Int[np.ndarray, " units"]:
    """The group of every unit as a number, groups in order of appearance."""
    rank = {name: k for k, name in enumerate(dict.fromkeys(groups))}
    return np.array([rank[group] for group in groups])


def members(connectome: Connectome, by: str, wanted: Names) -> Bool[np.ndarray, " units"]:
    """Units of the wanted areas or types, all units if none is wanted. Raises Invalid for a name that none has."""
    groups = groups_by(connectome, by)
    if not wanted:
        return np.ones(connectome.n, bool)
    require_known(wanted, groups, by)
    return np.isin(np.array(groups), wanted)


def chosen(connectome: Connectome, areas: Names, types: Names) -> Bool[np.ndarray, " units"]:
    """The units that are in one of the areas and of one of the types."""
    return members(connectome, "area", areas) & members(connectome, "type", types)


def listed(connectome: Connectome, units: Names, areas: Names, types: Names) -> Bool[np.ndarray, " units"]:
    """The units that are named, or in one of the areas, or of one of the types; none if nothing is listed."""
    found = np.zeros(connectome.n, bool)
    found[places(connectome, units)] = True
    found |= members(connectome, "area", areas) if areas else False
    return found | (members(connectome, "type", types) if types else False)


def places(connectome: Connectome, names: Sequence[str]) -> Int[np.ndarray, " names"]:
    """The index of every named unit. Raises Invalid for a name that no unit has."""
    require_known(names, connectome.names, "unit")
    place = {name: k for k, name in enumerate(connectome.names)}
    return np.array([place[name] for name in names], dtype=np.int64)


def require_known(wanted: Sequence[str], known: Sequence[str], what: str) -> None:
    """Raises Invalid for the first name that is not known, with the one that was probably meant."""
    there = set(known)
    missing = next((name for name in wanted if name not in there), None)
    if missing is not None:
        listed = f" There are {', '.join(dict.fromkeys(known))}." if len(there) <= 12 else ""
        raise Invalid(f"There is no {what} '{missing}'.{near(missing, dict.fromkeys(known)) or listed}")


def named(names: Sequence[str], everything: str) -> str:
    """The names as they read in a sentence; `everything` where none is given."""
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return shown or everything


def counted(count: int, what: str) -> str:
    """'1 connection', '2 connections'."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
