"""What an .nwb file holds, cut into trials: the chosen series or binned spikes, inputs, behaviour, conditions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.limits import shown

SPIKES = "units"  # the name of the spikes of the table of units, among the series
LIKELY = ("dff", "df_f", "dfoverf", "deconvolved", "event", "rate", "fluorescence", "roi")  # in this order
MOST_COLUMNS = 8  # of a series of behaviour
MOST_BINS = 100_000_000  # trials x steps x units
AT = "task.recording."
Parts = dict[str, np.ndarray]


def parts(
    path: Path, series: str = "", trial_ms: float | None = None, align: str = "", inputs: str = "",
    sampling_ms: float | None = None,
) -> Parts:  # fmt: skip
    """The arrays of an .npz of ours. `series` is the activity, empty for the likeliest; `inputs` names, with commas,
    series that are shown to a network; trials are cut from the column `align` of the table of trials on."""
    from pynwb import NWBHDF5IO

    with NWBHDF5IO(str(path), "r", load_namespaces=True) as io:
        file = io.read()
        tables = dict(_series(file))
        wide = [name for name, of in tables.items() if _width(of) > 1]
        has_spikes = file.units is not None and "spike_times" in file.units.colnames
        chosen = _chosen(series, wide, has_spikes, path.name)
        dt_s = _step(sampling_ms, None if chosen == SPIKES else tables[chosen], path.name)
        starts, steps = _starts(file, align, trial_ms, dt_s, tables.get(chosen), path.name)
        times = starts[:, None] + dt_s * np.arange(steps)
        if chosen == SPIKES:
            found = _counts(file.units, times, dt_s, path.name)
            names = [f"unit {key}" for key in file.units.id[:]]
        else:
            found = _at(tables[chosen], chosen, times)
            names = [f"unit {k + 1}" for k in range(found.shape[2])]
        kept = {"rates": found, "unit_names": np.array(names), "dt_ms": np.array(1000 * dt_s)}
        others = {name: of for name, of in tables.items() if name != chosen and _width(of) <= MOST_COLUMNS}
        return kept | _beside(others, inputs, times, path.name) | _conditions(file, len(starts))


def _series(file: Any) -> Iterator[tuple[str, Any]]:
    """Every time series of numbers, by its name and where it lies if several are called so."""
    from pynwb import TimeSeries

    found: dict[str, list[Any]] = {}
    for thing in file.objects.values():
        numbers = isinstance(thing, TimeSeries) and getattr(getattr(thing, "data", None), "ndim", 0) in (1, 2)
        if numbers and thing.data.dtype.kind in "biuf" and len(thing.data) >= 2:
            found.setdefault(thing.name, []).append(thing)
    for name, several in found.items():
        for of in several:
            yield name if len(several) == 1 else f"{of.parent.name}/{name}", of


def _width(series: Any) -> int:
    return series.data.shape[1] if series.data.ndim == 2 else 1


def _chosen(asked: str, wide: list[str], has_spikes: bool, file: str) -> str:
    """The series that is the activity. Raises Invalid if there is none, or none of that name."""
    known = [*wide, *([SPIKES] if has_spikes else [])]
    if not known:
        raise Invalid(f"{shown(file)} holds neither a series of several units nor the spikes of any.", f"{AT}file")
    if asked and asked not in known:
        offered = ", ".join(shown(name, 40) for name in known[:8])
        raise Invalid(f"{shown(file)} has no activity '{shown(asked, 40)}'; there are {offered}.", f"{AT}series")
    likely = (name for word in LIKELY for name in wide if word in name.lower().replace(" ", ""))
    return asked or next(likely, "") or (SPIKES if has_spikes else max(wide))


def _step(given: float | None, series: Any, file: str) -> float:
    if given is not None:
        return given / 1000
    if series is None:
        said = f"The spikes of {shown(file)} are counted in bins"
        raise Invalid(f"{said}; give their width in ms as the sampling interval.", f"{AT}sampling_ms")
    if series.rate:
        return 1 / float(series.rate)
    return float(np.median(np.diff(_timestamps(series))))


def _timestamps(series: Any) -> Float[np.ndarray, " samples"]:
    """When the samples were taken, in s."""
    if series.timestamps is None:
        return float(series.starting_time or 0) + np.arange(len(series.data)) / float(series.rate)
    limits.require_bytes(len(series.timestamps) * 8, series.name)
    return np.asarray(series.timestamps[:], float)


def _starts(
    file: Any, align: str, trial_ms: float | None, dt_s: float, series: Any, name: str
) -> tuple[Float[np.ndarray, " trials"], int]:
    """When every trial begins (s), and how many steps all of them last."""
    if file.trials is None or not len(file.trials):
        return _pieces(file, trial_ms, dt_s, series, name)
    column = align or "start_time"
    if column not in file.trials.colnames or file.trials[column].data.dtype.kind not in "iuf":
        there = ", ".join(shown(c, 40) for c in file.trials.colnames)
        raise Invalid(
            f"The trials of {shown(name)} have no times '{shown(column, 40)}'; there are {there}.", f"{AT}align"
        )
    limits.require_edges(len(file.trials), len(file.trials), name)
    starts = np.asarray(file.trials[column][:], float)
    lasting = np.asarray(file.trials["stop_time"][:], float) - starts
    if not np.isfinite(starts).all():
        bad = int((~np.isfinite(starts)).sum())
        raise Invalid(
            f"{bad} trials of {shown(name)} have no time '{shown(column, 40)}'; align to another.", f"{AT}align"
        )
    if trial_ms is None and not np.ptp(lasting) <= dt_s:
        said = f"Trials of {shown(name)} last from {1000 * lasting.min():.0f} to {1000 * lasting.max():.0f} ms"
        raise Invalid(f"{said}; give trial_ms, to which all are cut.", f"{AT}trial_ms")
    return starts, round((lasting.min() if trial_ms is None else trial_ms / 1000) / dt_s)


def _pieces(
    file: Any, trial_ms: float | None, dt_s: float, series: Any, name: str
) -> tuple[Float[np.ndarray, " trials"], int]:
    """A recording without trials, cut into pieces that follow each other."""
    if trial_ms is None:
        said = f"{shown(name)} has no table of trials"
        raise Invalid(f"{said}; give trial_ms, and the recording is cut into pieces so long.", f"{AT}trial_ms")
    if series is not None:
        when = _timestamps(series)
        first, last = when[0], when[-1] + dt_s
    else:
        spikes = np.asarray(file.units["spike_times"].target.data[:], float)
        first, last = (spikes.min(), spikes.max()) if len(spikes) else (0.0, 0.0)
    steps = max(1, round(trial_ms / 1000 / dt_s))
    many = int((last - first) / (steps * dt_s) + 1e-6)
    if not 1 <= many <= limits.UNITS:
        raise Invalid(f"{shown(name)} lasts {1000 * (last - first):.0f} ms, less than one piece.", f"{AT}trial_ms")
    return first + np.arange(many) * steps * dt_s, steps


def _counts(
    units: Any, times: Float[np.ndarray, "trials steps"], dt_s: float, file: str
) -> Float[np.ndarray, "trials steps units"]:
    """Spikes in every bin."""
    column = units["spike_times"]
    limits.require_bytes(8 * len(column.target.data), f"{file}: spike_times")
    _require_size(times.size * len(units), file)
    edges = np.concatenate([times, times[:, -1:] + dt_s], 1)
    found = np.empty((*times.shape, len(units)), np.float32)
    for k in range(len(units)):
        spikes = np.sort(np.asarray(column[k], float))
        found[..., k] = np.diff(np.searchsorted(spikes, edges), axis=1)
    return found


def _at(series: Any, name: str, times: Float[np.ndarray, "trials steps"]) -> Float[np.ndarray, "trials steps columns"]:
    """The series at these times, on straight lines between its samples; NaN beyond its ends."""
    limits.require_bytes(series.data.size * series.data.dtype.itemsize, name)
    _require_size(times.size * _width(series), name)
    when = _timestamps(series)
    values = np.asarray(series.data[:], np.float64).reshape(len(when), -1)
    if len(when) < 2 or not (np.diff(when) > 0).all():
        raise Invalid(f"The times of '{shown(name)}' do not rise from sample to sample.", f"{AT}series")
    slack = 1e-6 + np.diff(when[-2:])[0]  # a trial may end with the last sample
    inside = (times >= when[0] - slack) & (times <= when[-1] + slack)
    found = np.stack([np.interp(times, when, column) for column in values.T], -1)
    return np.where(inside[..., None], found, np.nan)


def _require_size(values: int, name: str) -> None:
    if values > MOST_BINS:
        raise Invalid(
            f"{shown(name)} makes {values:,} values; up to {MOST_BINS:,} are read, so take longer samples.",
            f"{AT}sampling_ms",
        )


def _beside(series: dict[str, Any], inputs: str, times: Float[np.ndarray, "trials steps"], file: str) -> Parts:
    """Inputs and behaviour; series with gaps in the trials are no behaviour."""
    wanted = [name.strip() for name in inputs.split(",") if name.strip()]
    for name in wanted:
        if name not in series:
            offered = ", ".join(shown(n, 40) for n in list(series)[:8]) or "none"
            raise Invalid(
                f"{shown(file)} has no series '{shown(name, 40)}' for an input; there are {offered}.", f"{AT}inputs"
            )
    found: Parts = {}
    shown_to_network: list[tuple[str, np.ndarray]] = []
    for name, of in list(series.items())[: limits.MEMBERS]:
        values = _at(of, name, times)
        columns = [
            (name if values.shape[2] == 1 else f"{name} {k + 1}", values[..., k]) for k in range(values.shape[2])
        ]
        if name in wanted:
            shown_to_network += columns
        found |= {f"behaviour_{called}": column for called, column in columns if np.isfinite(column).all()}
    if shown_to_network:
        found["inputs"] = np.stack([column for _, column in shown_to_network], -1)
        found["input_names"] = np.array([called for called, _ in shown_to_network])
    return found


def _conditions(file: Any, trials: int) -> Parts:
    """Columns of the table of trials with one value each, times aside."""
    if file.trials is None or len(file.trials) != trials:
        return {}
    found: Parts = {}
    for name in file.trials.colnames:
        column = file.trials[name]
        if name.endswith("_time") or type(column).__name__ == "VectorIndex" or np.ndim(column.data) != 1:
            continue
        values = np.asarray(column[:])
        values = values.astype(str) if values.dtype.kind in "OSU" else values
        if (
            values.dtype.kind in "biu"
            or (values.dtype.kind == "f" and np.isfinite(values).all())
            or (values.dtype.kind == "U" and len(values) and max(map(len, values)) <= limits.LABEL)
        ):
            found[f"condition_{name}"] = values
    return found
