"""Arrays of trials in files of the user's own: an .npz as it is, a .csv as a table with one row per step."""

import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float, Int, Shaped

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.archive import bag
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.npy import is_of_objects, plain_array


def arrays_of_npz(path: Path) -> dict[str, np.ndarray]:
    """The arrays by name. Raises Invalid for what is no .npz of plain arrays, or too large."""
    members = bag(path)
    limits.require_bytes(sum(members.members.values()), path.name)
    return {name.removesuffix(".npy"): _plain(members.read(name), name, path.name) for name in members.members}


def _plain(content: bytes, name: str, file: str) -> Shaped[np.ndarray, "*any"]:
    if is_of_objects(content, f"{file}: {name}"):
        said = f"'{shown(name.removesuffix('.npy'))}' of {shown(file)} is a list of Python objects, which are not read"
        raise Invalid(f"{said}; if its trials differ in length, cut them to the same and save one array.")
    return plain_array(content, f"{file}: {name}")


def table_of_trials(path: Path) -> tuple[pd.DataFrame, tuple[int, int]]:
    """The rows of all trials, one trial after the other, and how many trials and steps there are.

    Raises Invalid for a table without the column `trial`, or with trials of different lengths.
    """
    text = limits.text(limits.content(path), path.name)
    with limits.reading(path.name, "table"):
        table = pd.read_csv(io.StringIO(text))
    table.columns = [str(column).strip() for column in table.columns]
    if "trial" not in table or table["trial"].isna().any():
        raise Invalid(f"{shown(path.name)} needs a column 'trial', which says of every row to which trial it belongs.")
    if table.empty:
        raise Invalid(f"{shown(path.name)} has no rows.")
    lengths = table.groupby("trial", sort=False).size()
    if lengths.nunique() != 1:
        said = f"Trials of {shown(path.name)} have from {lengths.min()} to {lengths.max()} rows"
        raise Invalid(f"{said}; cut all to the same length.")
    rows = np.argsort(pd.factorize(table["trial"])[0], kind="stable")
    return table.iloc[rows], (len(lengths), int(lengths.iloc[0]))


def one_per_trial(values: Shaped[np.ndarray, "trials steps"], name: str, file: str) -> Shaped[np.ndarray, " trials"]:
    """What is said in every row of a trial alike. Raises Invalid where it is not."""
    changing = (values != values[:, :1]).any(1).nonzero()[0]
    if len(changing):
        said = f"Condition '{shown(name)}' of {shown(file)} changes within trial {changing[0] + 1}"
        raise Invalid(f"{said}; give one value to every trial.")
    return values[:, 0]


def numbers(values: Shaped[np.ndarray, "*any"], what: str, file: str) -> Float[np.ndarray, "*any"]:
    """As single precision. Raises Invalid for what is no number, or none that is finite."""
    if values.dtype.kind not in "biuf":
        raise Invalid(f"The {what} of {shown(file)} are not numbers; trials of different lengths must be cut alike.")
    with np.errstate(over="ignore"):
        found = np.array(values, dtype=np.float32, order="C")
    bad = np.argwhere(~np.isfinite(found))
    if len(bad):
        where = ", ".join(f"{axis} {i + 1}" for axis, i in zip(("trial", "step", "unit"), bad[0], strict=False))
        many = "1 value that is" if len(bad) == 1 else f"{len(bad):,} values that are"
        said = f"The {what} of {shown(file)} have {many} no finite number, first at {where}"
        raise Invalid(f"{said}; fill them, or leave these trials or units out.")
    return found


def texts(values: Shaped[np.ndarray, "*any"], file: str) -> tuple[str, ...]:
    """All of them in one row; bytes are UTF-8."""
    each = values.ravel().tolist()
    return limits.labels((v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in each), file)


def names(parts: Mapping[str, np.ndarray], key: str, count: int, what: str, file: str) -> tuple[str, ...]:
    """Those that are given, or numbers. Raises Invalid unless there is one for each."""
    if key not in parts:
        return tuple(f"{what} {k + 1}" for k in range(count))
    found = texts(parts[key], file)
    if len(found) != count or len(set(found)) != count:
        raise Invalid(f"{shown(file)} names {len(set(found))} different {what}s, but has {count}.")
    return found


def conditions(
    parts: Mapping[str, np.ndarray], trials: int, file: str
) -> Iterator[tuple[str, Float[np.ndarray, " trials"] | Int[np.ndarray, " trials"], tuple[str, ...]]]:
    """Name, one value per trial, and the labels that these number if they are texts."""
    for name, found in called(parts, "condition_"):
        if found.shape != (trials,):
            said = f"Condition '{shown(name)}' of {shown(file)} is {found.shape}"
            raise Invalid(f"{said}; it needs one value for each of {trials} trials.")
        if found.dtype.kind in "biuf":
            yield name, numbers(found, f"values of condition '{shown(name)}'", file), ()
        else:
            labels, index = np.unique(np.array(texts(found, file)), return_inverse=True)
            yield name, index.astype(np.int64), tuple(labels.tolist())


def called(parts: Mapping[str, np.ndarray], prefix: str) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays with such a name, by the rest of it."""
    yield from ((name.removeprefix(prefix), values) for name, values in parts.items() if name.startswith(prefix))
