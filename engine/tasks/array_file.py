"""Trials of the user's own in a file: arrays of inputs, targets, scored steps and conditions, read with suspicion."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.trial_arrays import (
    arrays_of_npz,
    conditions,
    names,
    numbers,
    one_per_trial,
    table_of_trials,
)

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
        parts = _of_csv(path) if path.suffix.lower() == ".csv" else arrays_of_npz(path)
        return _checked(parts, path.name)
    except Invalid as fault:
        raise Invalid(str(fault), "task.file") from fault.__cause__


def _of_csv(path: Path) -> dict[str, np.ndarray]:
    """One row per step: `trial`, `input <name>` …, `target <name>` … or `class`, and if there are any `scored`,
    `condition <name>` … and `dt_ms`."""
    table, shape = table_of_trials(path)

    def columns(kind: str) -> list[str]:
        return [c for c in table.columns if c.startswith(f"{kind} ")]

    def block(names: list[str]) -> np.ndarray:
        return np.stack([table[name].to_numpy() for name in names], -1).reshape(*shape, len(names))

    parts = {"inputs": block(columns("input"))} if columns("input") else {}
    parts |= {"targets": block(columns("target"))} if columns("target") else {}
    parts |= {"targets": table["class"].to_numpy().reshape(shape)} if "class" in table else {}
    parts |= {"mask": table["scored"].to_numpy().reshape(shape)} if "scored" in table else {}
    parts |= {f"condition_{c[10:]}": one_per_trial(table[c].to_numpy().reshape(shape), c[10:], path.name)
              for c in columns("condition")}  # fmt: skip
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
    said = names(parts, "output_names", int(owed.max()) + 1 if classes else targets.shape[2], "output", file)
    of_trials = tuple(conditions(parts, len(inputs), file))
    return Arrays(
        _numbers(inputs, "inputs", file), owed, _mask(parts, inputs.shape[:2], file),
        {name: torch.from_numpy(values) for name, values, _ in of_trials},
        {name: labels for name, _, labels in of_trials if labels},
        names(parts, "input_names", inputs.shape[2], "input", file), said, _dt(parts, file),
    )  # fmt: skip


def _part(parts: dict[str, np.ndarray], name: str, file: str) -> np.ndarray:
    if name not in parts:
        raise Invalid(f"{shown(file)} holds no '{name}'; it needs 'inputs' and 'targets'.")
    return parts[name]


def _numbers(values: np.ndarray, what: str, file: str) -> Float[Tensor, "..."]:
    return torch.from_numpy(numbers(values, what, file))


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


def _dt(parts: dict[str, np.ndarray], file: str) -> float | None:
    if "dt_ms" not in parts:
        return None
    value = _numbers(parts["dt_ms"].ravel(), "dt_ms", file)
    if len(value) != 1 or not 0 < value.item() <= 1000:
        raise Invalid(f"The dt_ms of {shown(file)} must be one number, above 0 and up to 1000.")
    return value.item()
