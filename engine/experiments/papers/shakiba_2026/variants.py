"""The eleven variants: start of the recurrent weights, distance, and what is penalised; as populations of networks."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.connectomes.catalogue import catalogue, graph, record
from engine.connectomes.kept_record import is_own
from engine.experiments.experiment import Experiment
from engine.experiments.papers.paper import Scale, trial_seed

LAMBDA, LAMBDA_EMD = 0.3, 0.1
LARGEST_FIELD = 2000  # units; that of MICrONS has 632
STEPS, EPOCH, BATCH = 400, 40, 128
MOST = 44  # networks of one population: eleven variants with four seeds
GRIDS = {70: (7, 5, 2), 160: (8, 5, 4), 312: (12, 13, 2)}
DRAWN_FIELD = 0  # the seed of the fields that stand for measured ones
FIELD: dict[str, Any] = {"kind": "imaging_field", "signs": {"kind": "unsigned"}}
LARGE_FIELD = FIELD | {"units": 312, "density": 0.0032, "correlation": 0.0196, "tiling": -0.0072}

L1, WD_GRID, WD, WDC_GRID, WDC, EMD = OBJECTIVES = (
    "weight_norm", "wiring_cost", "wiring_cost_2", "spatially_embedded", "spatially_embedded_2", "earth_mover",
)  # fmt: skip
BIO, PERMUTED, DIAGONAL, ORTHOGONAL = "bio", "permuted", "diagonal", "orthogonal"
FUNCTION = {BIO: "none", PERMUTED: "permuted", DIAGONAL: "diagonal"}  # controls of the start from function


def own_field(id: str) -> dict[str, Any]:
    """A field of the user's own, imported from its folder or zip: synapse counts, places and measures of pairs."""
    return {"kind": "measured", "connectome": id, "transform": "raw", "density": None, "self_connections": True,
            "signs": {"kind": "unsigned"}}  # fmt: skip


def own_choices() -> list[tuple[str, str]]:
    """Connectomes at hand that have places and functional measures of pairs, as MICrONS fields do."""
    own = [one for one in catalogue() if is_own(one.id) and not one.fault and one.n <= LARGEST_FIELD]
    return [(one.id, one.title) for one in own if _is_field(one.id)]


def _is_field(id: str) -> bool:
    told = graph(id)
    return told.positions_um is not None and {"correlation", "sttc"} <= set(told.pairs)


@dataclass(frozen=True)
class Kind:
    """How the networks of one variant start, what they pay, and the spectral radius that they are scaled to."""

    start: str
    pays: Mapping[str, float]
    radius: float | None = None
    clipped: bool = False  # the part below 0 is cut off, not folded


def _wd(of: str, emd: bool = False) -> dict[str, float]:
    return {of: LAMBDA} | ({EMD: LAMBDA_EMD} if emd else {})


PUBLISHED: dict[str, Kind] = {
    "W*D*C": Kind(BIO, {WDC: LAMBDA}),
    "WD*C": Kind(ORTHOGONAL, {WDC: LAMBDA}),
    "WDC": Kind(ORTHOGONAL, {WDC_GRID: LAMBDA}),
    "WD*": Kind(ORTHOGONAL, _wd(WD)),
    "WD": Kind(ORTHOGONAL, _wd(WD_GRID)),
    "W": Kind(ORTHOGONAL, {L1: 1.0}),  # λ is stored but never multiplied
    "W*D*C*": Kind(BIO, _wd(WD, emd=True)),
    "WD*C*": Kind(ORTHOGONAL, _wd(WD, emd=True)),
    "W*DC*": Kind(BIO, _wd(WD_GRID, emd=True)),
    "W!D*C": Kind(PERMUTED, {WDC: LAMBDA}),
    "W!D*C*": Kind(PERMUTED, _wd(WD, emd=True)),
}
CORRECTED = PUBLISHED | {"W": Kind(ORTHOGONAL, {L1: LAMBDA})}
NAMES = tuple(PUBLISHED)
FROM_FUNCTION = tuple(name for name, kind in PUBLISHED.items() if kind.start != ORTHOGONAL)

STEP_NOISE = 0.05  # standard deviation of every input at every step, in training
TASKS: dict[str, tuple[float, dict[str, Any]]] = {  # time step in ms, task
    "one-choice inference": (20.0, {"kind": "one_choice_inference", "read_ms": 20, "noise": STEP_NOISE * 0.02**0.5}),
    "go/no-go": (20.0, {
        "kind": "go_nogo", "fixation_ms": 100, "cue_ms": 400, "delay_ms": 200, "response_ms": 100,
        "fixation_in_cue": False, "scored": "last_step", "noise": STEP_NOISE * 0.02**0.5,
    }),
    "perceptual decision": (100.0, {
        "kind": "perceptual_decision", "coherences": (0, 6.4, 12.8, 25.6, 51.2), "fixation_ms": 100,
        "stimulus_ms": 3000, "delay_ms": 900, "response_ms": 100, "fixation_stays": True, "scored": "last_step",
        "noise": 0.1 * 0.1**0.5,
    }),
}  # fmt: skip


@dataclass(frozen=True)
class Population:
    """Networks of several variants with the same seeds: seed s of every variant is drawn alike and learns from the same
    trials, and so a pair."""

    kinds: Mapping[str, Kind]
    seeds: Sequence[int]
    corrected: bool = False
    wiring: Mapping[str, Any] = field(default_factory=lambda: dict(FIELD))
    non_negative: bool = False
    steps: int = STEPS

    def __iter__(self) -> Any:
        """Number in the population, variant and seed of every network."""
        return ((v * len(self.seeds) + s, name, seed) for v, name in enumerate(self.kinds)
                for s, seed in enumerate(self.seeds))  # fmt: skip

    def experiment(self, task: str, scale: Scale) -> Experiment:
        """One population on a task; as published, trials are drawn once and never shuffled, here with their noise.

        All are on one field, whatever their seeds.
        """
        dt_ms, asked = TASKS[task]
        signs = {"kind": "ratio_by_unit", "excitatory_fraction": 1.0} if self.non_negative else {"kind": "unsigned"}
        return Experiment.read({
            "wiring": {**self.wiring, "signs": signs},
            "constraints": {"dales_law": {"method": "projection" if self.non_negative else "off"},
                            "connection_mask": {"keep": False}},
            "weights": self._start(Kind(ORTHOGONAL, {})),
            "dynamics": {"kind": "elman", "activation": "relu"},
            "task": asked,
            "training": {
                "optimiser": {"kind": "adam", "learning_rate": 1e-3}, "clip_norm": None, "batch": BATCH,
                "steps": self.steps, "evaluate_every": EPOCH, "evaluation_trials": 640,
                "objectives": self._objectives(), "differences": self._differences(scale),
                "trials": {"kind": "fixed", "trials": 5120, "order": "fixed"},
            },
            "dt_ms": dt_ms,
            "seeds": {"wiring": DRAWN_FIELD, "weights": scale.first_seed, "trials": scale.first_seed,
                      "networks": len(self.kinds) * len(self.seeds)},
        })  # fmt: skip

    @property
    def units(self) -> int:
        """Of every network, where the wiring says it."""
        id = self.wiring.get("connectome")
        return record(id).n if id else int(self.wiring.get("units", 70))

    def _objectives(self) -> list[dict[str, Any]]:
        grid = {"coordinates": "grid", "grid": GRIDS.get(self.units, ())}
        real = {"coordinates": "min_max" if self.corrected else "scrambled"}
        published = [
            {"kind": "weight_norm"},
            {"kind": "wiring_cost", "distance": grid}, {"kind": "wiring_cost", "distance": real},
            {"kind": "spatially_embedded", "distance": grid}, {"kind": "spatially_embedded", "distance": real},
            {"kind": "earth_mover", "version": "mended" if self.corrected else "as_published"},
        ]  # fmt: skip
        paid = {name for kind in self.kinds.values() for name in kind.pays}
        named = zip(OBJECTIVES, published, strict=True)
        return [objective | {"weight": 0.0, "active": name in paid} for name, objective in named]

    def _differences(self, scale: Scale) -> list[dict[str, Any]]:
        count = len(self.seeds)
        found: list[dict[str, Any]] = []
        for v, kind in enumerate(self.kinds.values()):
            told: dict[str, Any] = {"networks": range(v * count + 1, (v + 1) * count + 1)}
            told["objectives"] = [{"objective": name, "weight": weight} for name, weight in kind.pays.items()]
            if kind != Kind(ORTHOGONAL, kind.pays):
                told["weights"] = self._start(kind)
            found.append(told)
        for s, seed in enumerate(self.seeds):
            mine = range(s + 1, len(self.kinds) * count + 1, count)
            found.append({"networks": mine, "draw": seed + 1, "trial_seed": trial_seed(scale, seed)})
        return found

    def _start(self, kind: Kind) -> dict[str, Any]:
        """Input and readout weights as Glorot & Bengio (2010) draw them: even over ± √(6 / (inputs + outputs))."""
        ends = {"ends": "even", "input_scale": _glorot(self.units, 4), "readout_scale": _glorot(self.units, 3)}
        if kind.start == ORTHOGONAL:
            signs = "clamp" if kind.clipped else "fold"
            own = {"kind": "orthogonal", "spectral_radius": kind.radius, "balance": "none", "wrong_signs": signs}
            return own | ends
        return {"kind": "from_function", "control": FUNCTION[kind.start]} | ends


def _glorot(units: int, channels: int) -> float:
    """Factor on ± 1/√units that makes the limit √(6 / (units + channels))."""
    return math.sqrt(6 * units / (units + channels))


def seed_chunks(seeds: int, kinds: int) -> list[range]:
    """So many seeds at a time that no population is larger than eleven variants with four seeds."""
    size = max(1, MOST // kinds)
    return [range(begin, min(begin + size, seeds)) for begin in range(0, seeds, size)]
