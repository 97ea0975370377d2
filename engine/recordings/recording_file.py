"""A recording of the user's own in a file: activity, inputs and behaviour, read with suspicion."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid, Typical
from engine.connectomes.formats import limits
from engine.connectomes.formats.hdf5 import plain_arrays
from engine.connectomes.formats.limits import shown
from engine.connectomes.formats.trial_arrays import (
    arrays_of_npz,
    called,
    conditions,
    names,
    numbers,
    one_per_trial,
    table_of_trials,
)
from engine.recordings.nwb_file import nwb_parts
from engine.recordings.session import Session
from engine.recordings.sessions import joined
from engine.recordings.source import RecordingSource
from engine.variable import Variable
from engine.whole_file import data_folder, within

MOST_VALUES = 100_000_000  # trials x steps x units
MOST_SESSIONS = 200
FORMS = (".npz", ".h5", ".hdf5", ".csv", ".nwb")
ADDRESS = "task.recording.file"
Parts = Mapping[str, np.ndarray]


class RecordingFile(RecordingSource):
    """Activity from an .npz, .h5, .csv or .nwb file in the folder `recordings` of the data folder, or from several.

    Named is a file, or a folder whose files are sessions of the same units.

    An .npz or HDF5 file holds `rates` [trials, steps, units] (or [steps, units], one trial) and may hold `inputs`
    [trials, steps, inputs], `behaviour_<name>` [trials, steps], `condition_<name>` [trials], `unit_names`,
    `input_names` and `dt_ms`. A .csv has one row per step with the columns `trial`, `unit <name>` …, and may have
    `input <name>` …, `behaviour <name>` …, `condition <name>` … and `dt_ms`. Of an .nwb file the activity is a series
    of several columns, or the spikes of its units in bins; its table of trials says where trials begin.
    """

    kind: Literal["file"] = "file"
    title: ClassVar[str] = "Your own recording"
    source: ClassVar[str] = "Your own file"

    file: Annotated[
        str, Field(max_length=400, description="File or folder of sessions, in the folder recordings of the data.")
    ] = ""  # fmt: skip
    sampling_ms: Annotated[
        float | None,
        Field(gt=0, le=60_000, description="Time between samples; empty if the file says it as dt_ms."),
        Typical(5, 200, 5),
    ] = None
    series: Annotated[
        str, Field(max_length=200, description="NWB: name of the activity, or units for spikes; empty: the likeliest.")
    ] = ""  # fmt: skip
    trial_ms: Annotated[
        float | None,
        Field(gt=0, le=10_000_000, description="NWB: length to which trials are cut; empty if all are equally long."),
        Typical(100, 5000, 100),
    ] = None
    align: Annotated[
        str, Field(max_length=200, description="NWB: column of times in the table of trials at which they begin.")
    ] = "start_time"  # fmt: skip
    inputs: Annotated[
        str, Field(max_length=1000, description="NWB: series that are inputs to a network, with commas between.")
    ] = ""  # fmt: skip

    def session(self) -> Session:
        """Raises Invalid with one sentence for each fault of the files."""
        paths = _paths(self.file)
        return _session(self, paths, tuple((path.stat().st_mtime_ns, path.stat().st_size) for path in paths))


def read_session(path: Path, choices: RecordingFile | None = None) -> Session:
    """The recording in a file. Raises Invalid with one sentence for each fault."""
    choices = RecordingFile() if choices is None else choices
    try:
        limits.require_file(path)
        parts = _parts(path, choices)
        return _checked(parts, path.name, None if path.suffix.lower() == ".nwb" else choices.sampling_ms)
    except Invalid as fault:
        raise Invalid(str(fault), fault.address or ADDRESS) from fault.__cause__


@lru_cache(maxsize=4)
def _session(choices: RecordingFile, paths: tuple[Path, ...], _versions: tuple[tuple[int, int], ...]) -> Session:
    found = [read_session(path, choices) for path in paths]
    return found[0] if len(found) == 1 else joined(found, [path.stem for path in paths])


def recordings_folder() -> Path:
    """Where recordings lie."""
    return data_folder() / "recordings"


def _paths(name: str) -> tuple[Path, ...]:
    """The file that is named, or the files of the folder, in order of their names."""
    folder = recordings_folder()
    if not name:
        raise Invalid(f"No file is named; put a recording into {folder} and name it.", ADDRESS)
    path = within(folder, name)
    if path is None:
        raise Invalid(f"There is no recording '{shown(name)}'; put it into {folder}.", ADDRESS)
    if path.is_file():
        return (path,)
    found = tuple(sorted(one for one in path.iterdir() if one.suffix.lower() in FORMS and one.is_file()))
    if not 1 <= len(found) <= MOST_SESSIONS:
        raise Invalid(
            f"The folder '{shown(name)}' holds {len(found)} recordings; 1 to {MOST_SESSIONS} are read.", ADDRESS
        )
    return found


def _parts(path: Path, choices: RecordingFile) -> Parts:
    kind = path.suffix.lower()
    if kind == ".nwb":
        return nwb_parts(path, choices.model_dump(include={"series", "trial_ms", "align", "inputs", "sampling_ms"}))
    if kind in (".h5", ".hdf5"):
        return plain_arrays(path)
    if kind == ".npz":
        return arrays_of_npz(path)
    if kind == ".csv":
        return _of_csv(path)
    raise Invalid(f"{shown(path.name)} is none of {', '.join(FORMS)}.")


def _of_csv(path: Path) -> Parts:
    table, shape = table_of_trials(path)
    parts: dict[str, np.ndarray] = {}
    for kind, block, called_by in (("unit ", "rates", "unit_names"), ("input ", "inputs", "input_names")):
        chosen = [column for column in table if column.startswith(kind)]
        if chosen:
            parts[block] = table[chosen].to_numpy().reshape(*shape, len(chosen))
            parts[called_by] = np.array([column.removeprefix(kind) for column in chosen])
    for column in table:
        kind, _, name = column.partition(" ")
        if kind in ("behaviour", "condition"):
            values = table[column].to_numpy().reshape(shape)
            parts[f"{kind}_{name}"] = values if kind == "behaviour" else one_per_trial(values, name, path.name)
    return parts | ({"dt_ms": table["dt_ms"].to_numpy()[:1]} if "dt_ms" in table else {})


def _checked(parts: Parts, file: str, sampling_ms: float | None) -> Session:
    if "rates" not in parts:
        raise Invalid(f"{shown(file)} holds no activity; it needs 'rates', or in a table columns 'unit <name>'.")
    rates = parts["rates"][None] if parts["rates"].ndim == 2 else parts["rates"]
    if rates.ndim != 3 or 0 in rates.shape or rates.shape[1] < 2 or rates.size > MOST_VALUES:
        said = f"The rates of {shown(file)} are {rates.shape}"
        raise Invalid(f"{said}; they need trials, at least 2 steps, and units, up to {MOST_VALUES:,} values.")
    trials, steps, units = rates.shape
    inputs = parts.get("inputs", np.zeros((trials, steps, 0)))
    inputs = inputs[None] if inputs.ndim == 2 and trials == 1 else inputs
    if inputs.ndim != 3 or inputs.shape[:2] != (trials, steps):
        raise Invalid(f"The inputs of {shown(file)} are {inputs.shape}, but need {trials} trials and {steps} steps.")
    behaviour = {name: _values(values, name, (trials, steps), file) for name, values in called(parts, "behaviour_")}
    of_trials, variables = _conditions(parts, trials, file)
    if both := sorted({*behaviour} & {*of_trials}):
        raise Invalid(f"'{shown(both[0])}' of {shown(file)} is a behaviour and a condition; rename one.")
    return Session(
        _finite(rates, "rates", file), _finite(inputs, "inputs", file), _step(parts, sampling_ms, file),
        names(parts, "unit_names", units, "unit", file), names(parts, "input_names", inputs.shape[2], "input", file),
        behaviour, of_trials, variables + tuple(Variable(name, "linear") for name in behaviour),
    )  # fmt: skip


def _values(values: np.ndarray, name: str, shape: tuple[int, ...], file: str) -> Float[Tensor, "..."]:
    if values.shape != shape:
        raise Invalid(f"'{shown(name)}' of {shown(file)} has shape {values.shape}; it needs {shape}.")
    return _finite(values, shown(name), file)


def _finite(values: np.ndarray, what: str, file: str) -> Float[Tensor, "..."]:
    return torch.from_numpy(numbers(values, what, file))


def _conditions(parts: Parts, trials: int, file: str) -> tuple[dict[str, Tensor], tuple[Variable, ...]]:
    values, variables = {}, []
    for name, found, labels in conditions(parts, trials, file):
        values[name] = torch.from_numpy(found)
        variables.append(Variable(name, "categorical", labels=labels) if labels else Variable(name, "linear"))
    return values, tuple(variables)


def _step(parts: Parts, given: float | None, file: str) -> float:
    if given is not None:
        return given
    found = parts.get("dt_ms", np.zeros(0)).ravel()
    if found.size != 1 or found.dtype.kind not in "biuf" or not 0 < float(found[0]) <= 60_000:
        said = f"{shown(file)} does not say how long a sample lasts"
        raise Invalid(f"{said}; give the sampling interval in ms.", "task.recording.sampling_ms")
    return float(found[0])
