"""Lists of connections in a compact form: every name once, then numbers."""

from typing import Annotated

import numpy as np
from jaxtyping import Int
from pydantic import Field

from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import MOST_NAMES, Names, places

MOST_CONNECTIONS = 1_000_000
PairNames = Annotated[
    Names, Field(max_length=MOST_NAMES, description="The units that the connections join, each once.")
]
Places = tuple[Annotated[int, Field(ge=0)], ...]
PrePlaces = Annotated[
    Places, Field(max_length=MOST_CONNECTIONS, description="Source of every connection: its place among the names.")
]
PostPlaces = Annotated[
    Places, Field(max_length=MOST_CONNECTIONS, description="Target of every connection: its place among the names.")
]


def require_pairs(names: Names, pre: Places, post: Places) -> None:
    """Raises ValueError if sources and targets do not pair up, or one lies beyond the names."""
    if len(pre) != len(post):
        raise ValueError(f"The list names {len(pre)} sources but {len(post)} targets; every connection needs both.")
    last = max((*pre, *post), default=-1)
    if last >= len(names):
        raise ValueError(f"A connection asks for unit {last} of the list, which has {len(names)} names (from 0).")


def flat_pairs(connectome: Connectome, names: Names, pre: Places, post: Places) -> Int[np.ndarray, " pairs"]:
    """The listed pairs as places in the flat matrix. Raises Invalid for a name that no unit has."""
    place = places(connectome, names)
    return place[np.array(post, dtype=np.int64)] * connectome.n + place[np.array(pre, dtype=np.int64)]


def compact(connectome: Connectome, pre: np.ndarray, post: np.ndarray) -> dict[str, tuple]:
    """`names`, `pre` and `post` of a list of connections given by the indices of their units."""
    units, place = np.unique(np.concatenate([pre, post]).astype(np.int64), return_inverse=True)
    names = tuple(connectome.names[unit] for unit in units)
    return {"names": names, "pre": tuple(place[: len(pre)].tolist()), "post": tuple(place[len(pre) :].tolist())}
