"""A3: the network of 18 cell populations of V1 and LM, dense, pruned to the measured table, fine-tuned."""

from functools import partial
from typing import Any, Literal

from engine.component import Invalid
from engine.connectomes.visual_cortex import BETWEEN, WITHIN
from engine.experiments.experiment import Experiment
from engine.experiments.papers.balwani_2025.cell_readings import measured
from engine.experiments.papers.paper import Part, Scale
from engine.recordings import AnyRecording
from engine.recordings.recording_file import FORMS, RecordingFile, recordings_folder
from engine.recordings.two_photon import CONDITIONS, POPULATIONS, TwoPhoton

Law = Literal["projection", "off"]
WINDOWS_MS = {"full": (0.0, 1_000_000.0), "half": (7 * 93.0, 15 * 93.0)}  # section 3: all frames, or input 7 to 13
VARIANTS: dict[str, dict[str, Any]] = {
    "exact": {},
    "as published": {"method": "top_prob_cell_type_notebooks"},
    "input mask applied": {"is_masked": True, "balance": "per_unit"},
    "signs free": {"law": "off"},
}
RECORDINGS_OF_OWN = "recordings"
ACCEPTED = ("exact", "as published", "input mask applied")  # section 8 asks for these, at its own size


def cell_types(
    recording: AnyRecording,
    units: int = 4,
    method: str = "top_prob",
    is_masked: bool = False,
    balance: str = "none",
    law: Law = "projection",
    window: str = "full",
    epochs: tuple[int, int] = (40, 40),
    batch: int = 40,
    trials: int = 400,
    seeds: int = 1,
    first_seed: int = 0,
) -> Experiment:
    """The recipe, for any recording whose signals are named by populations: ours, or a file of the user's own.

    `units` times 12, 2 and 1 units in each layer of an area (16 as published). A random readout of each population
    is frozen; without biases, since random ones make pools of few units unfittable. Raises Invalid for other names.
    """
    named = _positions(recording)
    rules = _only_own("W_out", named) + (_only_own("W_in", named) if is_masked else [])
    per_epoch = -(-trials // batch)
    return Experiment.read({
        "wiring": {"kind": "populations", "scale": units, "self_connections": True},
        "constraints": {"connection_mask": {"keep": False}, "rules": rules},
        "weights": {"kind": "bounded", "balance": balance, "spectral_radius": None, "ends": "even"},
        "dynamics": {"kind": "elman", "activation": "retanh", "readout_sees": "unrectified", "bias": "off",
                     "readout_bias": "off"},
        "task": {"kind": "recording", "recording": recording.model_dump(), "shown": "activity",
                 "signals_are": "populations", "start_ms": WINDOWS_MS[window][0], "stop_ms": WINDOWS_MS[window][1]},
        "training": {"batch": batch, "clip_norm": None, "trials": {"kind": "fixed", "trials": trials},
                     "stages": _stages(epochs, per_epoch, method, law), "evaluation_trials": max(1, trials // 4),
                     "evaluate_every": max(1, per_epoch * epochs[0] // 4), "device": "cpu"},
        "dt_ms": recording.session().dt_ms,
        "seeds": {"wiring": first_seed, "weights": first_seed, "trials": first_seed, "networks": seeds},
    })  # fmt: skip


def _stages(epochs: tuple[int, int], per_epoch: int, method: str, law: Law) -> list[dict[str, Any]]:
    """Section 4.2: the rate falls for ten epochs and rises again; blocks of an area by the table, three routes."""
    common = {"kind": "gradient", "optimiser": {"kind": "adam", "learning_rate": 1e-3}, "freeze": ("W_out",),
              "schedule": {"kind": "cosine", "fall": 10 * per_epoch, "floor": 0.1, "then": "rise", "every": per_epoch},
              "dales_law": "as_set" if law == "projection" else law}  # fmt: skip
    prune = (
        {"method": method, "table": [row.model_dump() for row in WITHIN], "where": "within_areas"},
        {"method": "random", "table": [row.model_dump() for row in BETWEEN], "where": "between_areas",
         "others": "density", "density": 0.0},
    )  # fmt: skip
    dense, tune = (n * per_epoch for n in epochs)
    return [{"name": "dense", "steps": dense, **common}, {"name": "fine-tune", "steps": tune, "prune": prune, **common}]


def _positions(recording: AnyRecording) -> list[tuple[int, str]]:
    names = recording.session().unit_names
    other = next((name for name in names if name not in POPULATIONS), None)
    if other is not None:
        said = f"The recording has a signal '{other}', which is none of the 18 populations"
        raise Invalid(f"{said}; name the signals as in {POPULATIONS[0]} or {POPULATIONS[-1]}.", "task.recording")
    return list(enumerate(names))


def _only_own(matrix: str, named: list[tuple[int, str]]) -> list[dict[str, Any]]:
    """Every channel reaches, or reads, its own population only."""
    channel, unit = ("post", "pre") if matrix == "W_out" else ("pre", "post")
    kind = "output" if matrix == "W_out" else "input"
    silent = {"matrix": matrix, "exists": False}
    return [silent] + [
        {"matrix": matrix, "exists": True, channel: f"{kind}:{k}", unit: f"population:{name}"} for k, name in named
    ]


def parts(scale: Scale) -> tuple[Part, ...]:
    """Four ways to train one condition, the short window, and all six conditions for comparison.

    All networks learn from the same recordings, whatever their seeds.
    """
    published = {"units": 16, "epochs": (70, 50), "batch": 200, "trials": 2000}
    size, short, few = (
        (published,) * 3
        if scale.full
        else ({"units": 4}, {"units": 4, "epochs": (20, 20)}, {"units": 2, "epochs": (20, 20)})
    )
    seeds, first = scale.seeds or 5, scale.first_seed
    if mine := scale.mine(RECORDINGS_OF_OWN):
        return _own_parts(mine, short if scale.full else few, scale)
    source = TwoPhoton(condition="familiar, change", samples=2500 if scale.full else 500, seed=0)
    variants = {name: (size if name in ACCEPTED else short) | changes for name, changes in VARIANTS.items()}
    found = [
        _part("cell_types", variant, 11 * seeds, cell_types(source, **asked, seeds=seeds, first_seed=first), first)
        for variant, asked in (variants | {"short window": short | {"window": "half"}}).items()
    ]
    for condition in CONDITIONS:
        recording = source.with_value("condition", condition)
        asked = cell_types(recording, **few, seeds=seeds, first_seed=first)
        found.append(_part("condition", condition, 3 * seeds, asked, first))
    return tuple(found)


def _own_parts(name: str, size: dict[str, Any], scale: Scale) -> tuple[Part, ...]:
    """One part for every condition of the user's own: each file of the folder is one, and is called by its name."""
    found, runs, first = [], scale.seeds or 5, scale.first_seed
    for file in own_files(name):
        recording = RecordingFile(file=f"{name}/{file}")
        trials = len(recording.session().rates)
        fitted = min(max(trials - trials // 5, 1), size.get("trials", 400))
        sized = size | {"trials": fitted, "batch": min(size.get("batch", 40), fitted)}
        asked = cell_types(recording, **sized, seeds=runs, first_seed=first)
        found.append(_part("condition", condition_of(file), 3 * runs, asked, first, with_currents=True))
    return tuple(found)


def own_files(name: str) -> list[str]:
    """The recordings in a folder of the folder `recordings`."""
    return sorted(path.name for path in (recordings_folder() / name).iterdir() if path.suffix.lower() in FORMS)


def own_choices() -> list[tuple[str, str]]:
    """Folders of recordings with two files or more, and which conditions they hold."""
    root = recordings_folder()
    folders = sorted(path.name for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    return [(name, "; ".join(map(condition_of, files))) for name in folders if len(files := own_files(name)) > 1]


def condition_of(file: str) -> str:
    """The condition that a file is called by: a published one where it is meant, else the name as it is."""
    stem = file.rpartition(".")[0]
    published = {part_name("condition", name): name for name in CONDITIONS}
    return published.get(part_name("condition", stem), stem)


def _part(kind: str, variant: str, seconds: float, experiment: Experiment, first: int, **asked: bool) -> Part:
    name = part_name(kind, variant)
    condition = variant if kind == "condition" else experiment.task.recording.condition
    about = f"Cell-type network, {condition}" + (f"; {variant}." if kind != "condition" else ".")
    measure = partial(measured, first=first, **{"with_currents": kind == "cell_types", **asked})
    return Part(name, about, seconds, measure, experiment, variant)


def part_name(kind: str, variant: str) -> str:
    """The name of a part of this kind."""
    return f"{kind}_{variant}".replace(",", "").replace(" ", "_")
