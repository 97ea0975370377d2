"""Sparse files: a matrix W[post, pre] as MatrixMarket text or as SciPy's npz, neither of which holds any object."""

import io
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from scipy.io import mmwrite
from scipy.sparse import coo_array, save_npz

from engine.component import Invalid
from engine.connectomes.connectome import Connectome

Form = Literal["mtx", "npz"]
Weights = Float[np.ndarray, "post pre"]


def sparse_file(weights: Weights, form: Form, about: str, mask: Bool[np.ndarray, "post pre"] | None = None) -> bytes:
    """All weights other than 0, or those of a mask also where they are 0, as a file.

    Numbers come back exactly: `scipy.io.mmread` and `scipy.sparse.load_npz` read them. `about` is told by the mtx file
    only.
    """
    post, pre = np.nonzero(weights != 0 if mask is None else mask)
    matrix, file = coo_array((weights[post, pre], (post, pre)), shape=weights.shape), io.BytesIO()
    if form == "npz":
        save_npz(file, matrix.tocsr())
    else:
        digits = 9 if weights.dtype == np.float32 else 17
        said = " ".join(f"{about} Row = postsynaptic unit, column = presynaptic unit, counted from 1.".split())
        mmwrite(file, matrix, comment=f" {said}", precision=digits, symmetry="general")
    return file.getvalue()


def form_of(path: Path) -> Form:
    """What the name of a file asks for. Raises Invalid for other endings."""
    if path.suffix not in (".mtx", ".npz"):
        raise Invalid(f"{path.name} should end with .mtx (MatrixMarket) or .npz (SciPy).")
    return "mtx" if path.suffix == ".mtx" else "npz"


def units_csv(connectome: Connectome) -> bytes:
    """Who the rows and columns are: one unit a line, in their order."""
    columns = {"unit": connectome.names, "area": connectome.areas, "type": connectome.types, "sign": connectome.signs}
    table = pd.DataFrame(columns)
    table.index = pd.RangeIndex(1, connectome.n + 1, name="row")
    return table.to_csv().encode()
