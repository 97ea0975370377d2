"""What a file holds, as it stands there: no question is answered yet and nothing is repaired."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from jaxtyping import Float, Int, Int8

from engine.connectomes.spike_measures import Spikes


@dataclass(frozen=True, eq=False)
class Edges:
    """Rows of a list of connections: indices into the names of `Found`, and a weight each. Pairs may repeat.

    `sign` (-1, 0 = unknown, 1) where the file tells it beside the weight, e.g. by transmitter.
    """

    source: Int[np.ndarray, " rows"]
    target: Int[np.ndarray, " rows"]
    weight: Float[np.ndarray, " rows"]
    sign: Int8[np.ndarray, " rows"] | None = None


@dataclass(frozen=True, eq=False)
class Found:
    """The content of one file or folder: either a `matrix[row, column]` or `edges`.

    `rows_are` says what the rows of the matrix are, if the format or a convention tells, else None (the user is asked).
    `directed` is None where it is not stated. `choices` lists further matrices that the file offers (variables, sheets,
    hemispheres …) and `chosen` which of them this is. `column_names` differ from `names` only where a file orders its
    columns otherwise. `positions_um` are the numbers of the file and `position_unit` says what they are: "um", "mm",
    "nm", or "" if it is not stated (the user is asked, and they are scaled then). `pairs` are in the orientation of the
    matrix; `spikes` are what such measures of pairs can be computed from anew. `facts` are texts for the record that
    the file itself states (title, about, species, level, licence, licence_url, citation, doi, unit). `remarks` are
    sentences for the user.
    """

    format: str
    names: tuple[str, ...] | None
    matrix: Float[np.ndarray, "rows columns"] | None = None
    edges: Edges | None = None
    column_names: tuple[str, ...] | None = None
    rows_are: Literal["source", "target"] | None = None
    directed: bool | None = None
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    positions_um: Float[np.ndarray, "units 3"] | None = None
    position_unit: str = ""
    pairs: Mapping[str, Float[np.ndarray, "rows columns"]] = field(default_factory=dict)
    maps: Mapping[str, Float[np.ndarray, " units"]] = field(default_factory=dict)
    spikes: Spikes | None = None
    choices: tuple[str, ...] = ()
    chosen: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
