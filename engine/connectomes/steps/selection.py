"""Which units and which blocks of a connectome a step concerns."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from jaxtyping import Bool, Int
from pydantic import Field

from engine.component import Invalid, near
from engine.connectomes.connectome import Connectome

Names = tuple[str, ...]
By = Annotated[Literal["area", "type"], Field(description="Whether blocks are those of areas or of cell types.")]
Post = Annotated[Names, Field(description="Areas or types that receive; empty for all.")]
Pre = Annotated[Names, Field(description="Areas or types that send; empty for all.")]
UnitNames = Annotated[Names, Field(description="Names of the units.")]
AreaNames = Annotated[Names, Field(description="Areas whose units are meant; empty for all.")]
TypeNames = Annotated[Names, Field(description="Cell types whose units are meant; empty for all.")]


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


def block(connectome: Connectome, by: str, post: Names, pre: Names) -> Bool[np.ndarray, "post pre"]:
    """The pairs from any of the areas or types `pre` to any of `post`, self-connections included."""
    return members(connectome, by, post)[:, None] & members(connectome, by, pre)[None, :]


def chosen(connectome: Connectome, areas: Names, types: Names) -> Bool[np.ndarray, " units"]:
    """The units that are in one of the areas and of one of the types."""
    return members(connectome, "area", areas) & members(connectome, "type", types)


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


def named(names: Names, everything: str) -> str:
    """The names as they read in a sentence; `everything` where none is given."""
    shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    return shown or everything


def route(by: str, post: Names, pre: Names) -> str:
    """'from … to …' as it reads in a sentence."""
    everything = f"all {by}s"
    return f"from {named(pre, everything)} to {named(post, everything)}"


def counted(count: int, what: str) -> str:
    """'1 connection', '2 connections'."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
