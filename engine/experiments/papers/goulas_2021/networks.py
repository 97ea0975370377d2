"""Networks wired by connectomes: which species, which wiring and null model, which synapses, which order of weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.connectomes.catalogue import catalogue, record
from engine.connectomes.record import Record
from engine.experiments.experiment import Experiment

BIO, RANDOM, WEIGHTS_SHUFFLED = "bio", "random", "weights shuffled"
NULLS: dict[str, tuple[dict[str, Any], ...]] = {
    BIO: (),
    RANDOM: ({"kind": "full_shuffle"},),  # the only one that was published
    "degrees kept": ({"kind": "degree_preserving", "within": "all"},),
    "area blocks kept": ({"kind": "block_shuffle"},),
    WEIGHTS_SHUFFLED: ({"kind": "weight_shuffle"},),
}
HOMOGENEOUS, HETEROGENEOUS = "homogeneous", "heterogeneous"
SYNAPSES = {HOMOGENEOUS: "equal", HETEROGENEOUS: "dirichlet"}

START: dict[str, Any] = {"spectral_radius": None, "balance": "none", "ends": "even"}  # as PyTorch draws, ± 1/√units
PLAIN, REMAPPED, BY_SIZE, CONNECTOME = "not remapped", "remapped", "remapped by size", "connectome's weights"
STRATEGIES: dict[str, dict[str, Any]] = {
    PLAIN: {"kind": "bounded"} | START,
    REMAPPED: {"kind": "rank_matched", "order": "signed", "ties": "by_target"} | START,  # as published
    BY_SIZE: {"kind": "rank_matched", "order": "magnitude", "ties": "random"} | START,
    CONNECTOME: {"kind": "from_connectome"} | START | {"spectral_radius": 0.9},
}


@dataclass(frozen=True)
class Species:
    """A connectome, or the part of it that fits two cores, and how many units stand for each of its regions."""

    connectome: str
    units_per_region: int = 4
    cuts: tuple[Mapping[str, Any], ...] = ()
    density: float | None = None  # of the strongest connections, where tractography connects everything

    def whole(self) -> "Species":
        """All of it, with the published four units for each region; neurons stay one unit each."""
        return Species(self.connectome, 4 if self.units_per_region > 1 else 1, (), self.density)


LEFT = {"kind": "label", "label": "hemisphere", "values": ("left",)}
SHIPPED = {
    "human": Species("human_dk84", 3, (LEFT,), 0.2),
    "mouse": Species("mouse_dmri232", 1, (LEFT,), 0.25),
    "worm": Species("worm_cook2019", 1, ({"kind": "hubs", "units": 120},)),
    "fly": Species("fly_opticlobe65", 2),
}
MACAQUE_AREAS, MACAQUE_AT_HAND = 29, "the macaque is at hand"
OWN = "own"  # the name of a species of the user's own


def species() -> dict[str, Species]:
    """Those that are shipped, and the macaque where one is at hand."""
    found = macaque()
    return SHIPPED | ({"macaque": found} if found else {})


def macaque() -> Species | None:
    """The published 29 areas if they were downloaded, else the hemisphere of CoCoMac if that is installed, else none.

    None of them is shipped: `connectarium connectomes download macaque_markov29`, or the extra `primate`.
    """
    markov = published("Macaca", MACAQUE_AREAS)
    if markov:
        return Species(markov)
    has_cocomac = any(record.id == "macaque_cocomac96" and record.available for record in catalogue())
    return Species("macaque_cocomac96", 2, (LEFT,)) if has_cocomac else None


def published(genus: str, areas: int) -> str:
    """The id of a tracer connectome of that many areas in the user's own library; empty without one."""
    return next((one.id for one in catalogue() if _is(one, genus, areas)), "")


def _is(record: Record, genus: str, areas: int) -> bool:
    return record.available and record.n == areas and record.species.lower().startswith(genus.lower())


MOST_OF_OWN = 240  # units of a network that is wired by a connectome of the user's own


def own_species(id: str) -> Species:
    """A connectome of the user's choice, shipped, downloaded or imported: four units a region, fewer if they are many.

    Of more regions than a network has units for, the best connected ones are used.
    """
    regions = record(id).n
    cuts = ({"kind": "hubs", "units": MOST_OF_OWN},) if regions > MOST_OF_OWN else ()
    return Species(id, max(1, min(4, MOST_OF_OWN // regions)), cuts)


def own_choices() -> list[tuple[str, str]]:
    """Every connectome that is at hand."""
    return [(one.id, one.title) for one in catalogue() if one.available and not one.fault]


def main() -> Species:
    """What the acceptance experiments are done on: the macaque as published if it is at hand, else the human."""
    markov = published("Macaca", MACAQUE_AREAS)
    return Species(markov) if markov else SHIPPED["human"]


@dataclass(frozen=True)
class Wired:
    """One drawn wiring, and the networks on it that start by different strategies from the same draws."""

    species: Species
    null: str = BIO
    synapses: str = HETEROGENEOUS
    strategies: Sequence[str] = (PLAIN, REMAPPED)
    as_published: bool = False  # transposed, stick-breaking, and the share within a region by what it receives
    changes: Mapping[str, Any] = field(default_factory=dict)  # of every start

    def wiring(self) -> dict[str, Any]:
        """Four fifths of the units of a target region, all of the own one, which carries four fifths of the weight."""
        broken = self.as_published and self.synapses == HETEROGENEOUS
        weights = {"kind": "stick_breaking" if broken else SYNAPSES[self.synapses]}
        within = {"kind": "intrinsic", "share": 0.8, "weight_of": "input" if self.as_published else "output"}
        synapses = {"density_between": 0.8, "self_synapses": False, "within": within, "weights": weights}
        expansion = {"kind": "constant", "units_per_region": self.species.units_per_region, "synapses": synapses}
        transposed = ({"kind": "reversed"},) if self.as_published else ()
        return {
            "kind": "measured", "connectome": self.species.connectome, "cuts": self.species.cuts, "transform": "raw",
            "density": self.species.density, "expansion": expansion, "signs": {"kind": "unsigned"},
            "steps": (*transposed, *NULLS[self.null]),
        }  # fmt: skip

    def experiment(self, seed: int, task: Mapping[str, Any], training: Mapping[str, Any], **changes: Any) -> Experiment:
        """Wiring, weights and trials of this seed; networks in the order of the strategies."""
        return Experiment.read({
            "wiring": self.wiring(),
            "constraints": {"dales_law": {"method": "off"}},
            "weights": self.start(self.strategies[0]),
            "dynamics": {"kind": "elman", "activation": "tanh", "initial_bias": "uniform"},
            "task": task,
            "training": dict(training) | {"differences": self._differences()},
            "dt_ms": 100,
            "seeds": {"wiring": seed, "weights": seed, "trials": seed, "networks": len(self.strategies)},
        } | changes)  # fmt: skip

    def _differences(self) -> list[dict[str, Any]]:
        return [{"networks": (k + 1,), "weights": self.start(name), "draw": 1}
                for k, name in enumerate(self.strategies) if k]  # fmt: skip

    def start(self, strategy: str) -> dict[str, Any]:
        """How the recurrent weights of a strategy are drawn."""
        return STRATEGIES[strategy] | dict(self.changes)
