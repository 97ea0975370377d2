"""Trials of the user's own in a file: arrays of inputs, targets, scored steps and conditions, read with suspicion."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.archive import bag
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.npy import plain_array

MOST_CELLS = 100_000_000  # trials x steps x channels
MOST_CHANNELS = 1000


@dataclass(frozen=True, eq=False)
class Arrays:
    """What an .npz or .csv file holds; classes are 0, 1, …, and `labels` those of categorical conditions."""

    inputs: Float[Tensor, "trials steps inputs"]
    targets: Shaped[Tensor, "trials steps *outputs"]
    scored: Bool[Tensor, "trials steps"]
    conditions: Mapping[str, Shaped[Tensor, " trials"]]
    labels: Mapping[str, tuple[str, ...]]
    input_names: tuple[str, ...]
    output_names: tuple[str, ...]
    dt_ms: float | None  # time step at which they were sampled, if the file says so


def read(path: Path) -> Arrays:
    """The arrays of a file, read once for each state of it. Raises Invalid with one sentence for each fault."""
    found = path.stat()
    return _read(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int, _size: int) -> Arrays:
    try:
        limits.require_file(path)
        parts = _of_csv(path) if path.suffix.lower() == ".csv" else _of_npz(path)
        return _checked(parts, path.name)
    except Invalid as fault:
        raise Invalid(str(fault), "task.file") from fault.__cause__


def _of_npz(path: Path) -> dict[str, np.ndarray]:
    """`inputs`, `targets`, and if there are any `mask`, `condition_<name>`, `input_names`, `output_names`, `dt_ms`."""
    members = bag(path)
    limits.require_bytes(sum(members.members.values()), path.name)
    return {
        name.removesuffix(".npy"): plain_array(members.read(name), f"{path.name}: {name}") for name in members.members
    }


def _of_csv(path: Path) -> dict[str, np.ndarray]:
    """One row per step: `trial`, `input <name>` …, `target <name>` … or `class`, and if there are any `scored`,
    `condition <name>` … and `dt_ms`."""
    text = limits.text(limits.content(path), path.name)
    with limits.reading(path.name, "table"):
        table = pd.read_csv(io.StringIO(text))
    table.columns = [str(column).strip() for column in table.columns]
    if "trial" not in table:
        raise Invalid(f"{shown(path.name)} has no column 'trial', which numbers the trials.")
    lengths = table.groupby("trial", sort=False).size()
    if lengths.nunique() != 1:
        raise Invalid(
            f"Trials of {shown(path.name)} have from {lengths.min()} to {lengths.max()} rows; give all as many."
        )
    shape = len(lengths), int(lengths.iloc[0])
    table = table.iloc[np.argsort(pd.factorize(table["trial"])[0], kind="stable")]

    def columns(kind: str) -> list[str]:
        return [c for c in table.columns if c.startswith(f"{kind} ")]

    def block(names: list[str]) -> np.ndarray:
        return np.stack([table[name].to_numpy() for name in names], -1).reshape(*shape, len(names))

    parts = {"inputs": block(columns("input"))} if columns("input") else {}
    parts |= {"targets": block(columns("target"))} if columns("target") else {}
    parts |= {"targets": table["class"].to_numpy().reshape(shape)} if "class" in table else {}
    parts |= {"mask": table["scored"].to_numpy().reshape(shape)} if "scored" in table else {}
    parts |= {f"condition_{c[10:]}": table[c].to_numpy().reshape(shape)[:, 0] for c in columns("condition")}
    parts |= {f"{side}put_names": np.array([c.split(" ", 1)[1] for c in columns(kind)])
              for side, kind in (("in", "input"), ("out", "target")) if columns(kind)}  # fmt: skip
    return parts | ({"dt_ms": table["dt_ms"].to_numpy()[:1]} if "dt_ms" in table else {})


def _checked(parts: dict[str, np.ndarray], file: str) -> Arrays:
    inputs, targets = (_part(parts, name, file) for name in ("inputs", "targets"))
    if inputs.ndim != 3:
        raise Invalid(f"The inputs of {shown(file)} have {inputs.ndim} axes; they need trials, steps and channels.")
    if inputs.size == 0 or inputs.size > MOST_CELLS or inputs.shape[2] > MOST_CHANNELS:
        raise Invalid(f"The inputs of {shown(file)} are {inputs.shape}; from 1 to {MOST_CELLS:,} values can be used.")
    if targets.shape[:2] != inputs.shape[:2] or targets.ndim > 3 or targets.ndim < 2:
        raise Invalid(
            f"The targets of {shown(file)} are {targets.shape}, but the inputs are {inputs.shape}; "
            "trials and steps must be the same."
        )
    classes = targets.ndim == 2
    owed = _classes(targets, parts, file) if classes else _numbers(targets, "targets", file)
    names = _names(parts, "output_names", int(owed.max()) + 1 if classes else targets.shape[2], "output", file)
    conditions, labels = _conditions(parts, len(inputs), file)
    return Arrays(
        _numbers(inputs, "inputs", file), owed, _mask(parts, inputs.shape[:2], file), conditions, labels,
        _names(parts, "input_names", inputs.shape[2], "input", file), names, _dt(parts, file),
    )  # fmt: skip


def _part(parts: dict[str, np.ndarray], name: str, file: str) -> np.ndarray:
    if name not in parts:
        raise Invalid(f"{shown(file)} holds no '{name}'; it needs 'inputs' and 'targets'.")
    return parts[name]


def _numbers(values: np.ndarray, what: str, file: str) -> Float[Tensor, "..."]:
    if values.dtype.kind not in "biuf":
        raise Invalid(f"The {what} of {shown(file)} are not numbers.")
    if not np.isfinite(values).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise Invalid(f"The {what} of {shown(file)} hold a value that is no finite number, first at {where}.")
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))


def _classes(targets: np.ndarray, parts: dict[str, np.ndarray], file: str) -> Tensor:
    numbers = _numbers(targets, "targets", file)
    if (numbers != numbers.round()).any() or numbers.min() < 0 or numbers.max() >= MOST_CHANNELS:
        raise Invalid(f"Targets [trials, steps] of {shown(file)} are classes; number them 0, 1, 2 and so on.")
    classes = numbers.long()
    count = max(int(classes.max()) + 1, len(parts.get("output_names", ())))
    missing = sorted(set(range(count)) - set(classes.unique().tolist()))
    if missing:
        raise Invalid(f"No trial of {shown(file)} asks for the class {missing[0]}; leave it out or give it trials.")
    return classes


def _mask(parts: dict[str, np.ndarray], shape: tuple[int, ...], file: str) -> Bool[Tensor, "trials steps"]:
    mask = parts.get("mask", np.ones(shape, bool))
    if mask.shape != shape:
        raise Invalid(f"The mask of {shown(file)} is {mask.shape}; it needs trials and steps, {shape}.")
    scored = _numbers(mask, "mask", file) != 0
    never = (~scored.any(1)).nonzero().flatten().tolist()
    if never:
        raise Invalid(f"The mask of {shown(file)} scores nothing in trial {never[0]}; score a step of every trial.")
    return scored


def _names(parts: dict[str, np.ndarray], key: str, count: int, what: str, file: str) -> tuple[str, ...]:
    if key not in parts:
        return tuple(f"{what} {i + 1}" for i in range(count))
    names = limits.labels(parts[key].ravel().tolist(), file)
    if len(names) != count or len(set(names)) != count:
        raise Invalid(f"{shown(file)} names {len(set(names))} different {what}s, but has {count}.")
    return names


def _conditions(
    parts: dict[str, np.ndarray], trials: int, file: str
) -> tuple[dict[str, Tensor], dict[str, tuple[str, ...]]]:
    values: dict[str, Tensor] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for key in (key for key in parts if key.startswith("condition_")):
        name, found = key.removeprefix("condition_"), parts[key]
        if found.shape != (trials,):
            raise Invalid(f"Condition '{shown(name)}' of {shown(file)} is {found.shape}; it needs one value per trial.")
        if found.dtype.kind in "biuf":
            values[name] = _numbers(found, f"values of condition '{shown(name)}'", file) + 0.0
        else:
            distinct, index = np.unique(found.astype(str), return_inverse=True)
            labels[name], values[name] = (
                limits.labels(distinct.tolist(), file),
                torch.from_numpy(index.astype(np.int64)),
            )
    return values, labels


def _dt(parts: dict[str, np.ndarray], file: str) -> float | None:
    if "dt_ms" not in parts:
        return None
    value = _numbers(parts["dt_ms"].ravel(), "dt_ms", file)
    if len(value) != 1 or not 0 < value.item() <= 1000:
        raise Invalid(f"The dt_ms of {shown(file)} must be one number, above 0 and up to 1000.")
    return value.item()
