"""Named starting points: whole experiments that show something within a minute on a laptop."""

from collections.abc import Callable
from dataclasses import dataclass

from engine.experiments.experiment import Experiment

NO_LAWS = {"constraints.dales_law.method": "off"}


@dataclass(frozen=True)
class Preset:
    """A starting point: what it is called, what it shows, and the experiment itself."""

    title: str
    about: str
    experiment: Callable[[], Experiment]


def human_decides() -> Experiment:
    """The defaults: 84 human regions, 80 % of them excitatory, judge the motion of random dots under Dale's law."""
    return Experiment()


def worm_decides() -> Experiment:
    """The 302 neurons of the worm judge the same motion; its transmitters say which neurons inhibit."""
    return Experiment().with_values(
        {"wiring.connectome": "worm_cook2019", "wiring.density": None, "wiring.signs.kind": "transmitter"}
    )


def fly_keeps_a_heading() -> Experiment:
    """A mushroom body of the larval fly integrates angular velocity: how much of a ring grows on foreign wiring?"""
    return Experiment().with_values(
        {"wiring.connectome": "fly_larva_mb", "wiring.density": None, "task.kind": "ring_integration"}
    )


def areas_remember() -> Experiment:
    """Three areas in a row hold a sample over a delay that grows as they learn: input reaches the first area only, and
    only the last is read out."""
    return Experiment().with_values(
        {
            "wiring.kind": "areas",
            "task.kind": "delayed_match",
            "constraints.projections.input_areas": ("sensory",),
            "constraints.projections.readout_areas": ("motor",),
            "training.optimiser.learning_rate": 0.003,
            "training.curriculum": ({"parameter": "delay_ms", "values": (0, 200), "accuracy": 0.9, "steps": 400},),
        }
    )


def column_answers() -> Experiment:
    """A cortical column with its measured layers and inhibitory populations does a go / no-go task."""
    return Experiment().with_values({"wiring.kind": "column", "task.kind": "go_nogo"})


def space_shapes_the_wiring() -> Experiment:
    """Connections that cost by length and redundancy: 100 units of a box learn a maze and give up what is long."""
    return Experiment().with_values(
        {
            "wiring": {"kind": "spatial", "dimensions": 3, "placement": "grid", "grid": (5, 5, 4), "density": 1.0},
            **NO_LAWS,
            "weights": {"kind": "normal", "spectral_radius": 0.9, "balance": "none"},
            "task": {"kind": "one_choice_inference", "trial_set": "all"},
            "training.objectives": (
                {"kind": "spatially_embedded", "weight": 0.003},
                {"kind": "wiring_cost", "weight": 0},
            ),
            "training.steps": 600,
        }
    )


def dense_then_pruned() -> Experiment:
    """64 units learn three bits with every connection, lose 90 % of them, and learn the bits again with the rest."""
    adam = {"kind": "adam", "learning_rate": 0.003}
    magnitude = {"method": "magnitude", "density": 0.1}
    return Experiment().with_values(
        {
            "wiring": {"kind": "random", "units": 64, "density": 1.0},
            **NO_LAWS,
            "weights": {"kind": "normal", "balance": "none"},
            "task.kind": "flip_flop",
            "training.stages": (
                {"kind": "gradient", "name": "Dense", "steps": 400, "optimiser": adam},
                {"kind": "gradient", "name": "Pruned", "steps": 400, "optimiser": adam, "prune": (magnitude,)},
            ),
        }
    )


def reservoir_remembers() -> Experiment:
    """From how long ago can 200 random units repeat a number, if only the readout is fitted, in one step, by ridge?"""
    return Experiment().with_values(
        {
            "wiring": {"kind": "random", "units": 200, "density": 0.1},
            **NO_LAWS,
            "weights": {"kind": "normal", "spectral_radius": 0.95, "balance": "none"},
            "dynamics": {"kind": "leaky_rate", "tau_ms": 20, "activation": "tanh"},
            "task": {"kind": "memory_capacity", "longest_lag": 60, "warm_up": 100, "items": 300},
            "training.evaluation_trials": 50,
            "training.stages": ({"kind": "readout", "name": "Ridge", "trials": 100, "regularisation": 1e-10},),
        }
    )


def ring_is_found() -> Experiment:
    """A network is fitted to the 50 units of a ring attractor; how much of their true wiring is in what it learns?"""
    areas = [{"name": name, "units": 50} for name in ("observed", "hidden")]
    ring = {"units": 50, "cosine": 0.2, "wave_number": 0.12, "offset": -0.06, "trials": 100, "steps": 300}
    chosen = {"input_areas": ("hidden",), "readout_areas": ("observed",), "one_to_one": True}
    return Experiment().with_values(
        {
            "wiring": {"kind": "areas", "areas": areas, "densities": [[1.0, 1.0], [1.0, 1.0]]},
            **NO_LAWS,
            "constraints.connection_mask.keep": False,
            "constraints.projections": chosen,
            "weights": {"kind": "normal", "spectral_radius": None, "balance": "none", "input_scale": 0.14},
            "dynamics": {"kind": "leaky_rate", "tau_ms": 125, "activation": "retanh"},
            "task": {
                "kind": "recording",
                "held_back": 0.5,
                "recording": {"kind": "ring_attractor", **ring},
            },
            "training": {
                "optimiser": {"kind": "adam", "learning_rate": 0.003},
                "clip_norm": None,
                "batch": 50,
                "window_ms": 1225,
                "window_start": "teacher",
                "evaluation_trials": 50,
                "evaluate_every": 50,
                "steps": 1000,
            },
            "dt_ms": 25,
        }
    )


def context_decides() -> Experiment:
    """Motion or colour, as the context demands, while every unit is to fire little: a decision on a budget."""
    return Experiment().with_values(
        {
            "wiring": {"kind": "random", "units": 128, "density": 0.3},
            "task.kind": "context_decision",
            "training.objectives": ({"kind": "firing_rate", "weight": 0.1},),
            "training.steps": 800,
        }
    )


def one_network_many_rules() -> Experiment:
    """Twenty tasks in one network of 128 units, told apart by a rule cue: which tasks come to share units?"""
    return Experiment().with_values(
        {
            "wiring": {"kind": "random", "units": 128, "density": 0.3},
            "task.kind": "twenty_rules",
            "training.optimiser.learning_rate": 0.006,
            "training.steps": 2000,
            "training.evaluate_every": 100,
        }
    )


PRESETS = tuple(
    Preset(title, " ".join((make.__doc__ or "").split()), make)
    for title, make in (
        ("Human regions decide", human_decides),
        ("Worm decides", worm_decides),
        ("Fly larva keeps a heading", fly_keeps_a_heading),
        ("Three areas remember", areas_remember),
        ("Cortical column answers", column_answers),
        ("Space shapes the wiring", space_shapes_the_wiring),
        ("Dense, then pruned", dense_then_pruned),
        ("A reservoir remembers", reservoir_remembers),
        ("A ring is found", ring_is_found),
        ("Context decides", context_decides),
        ("One network, twenty rules", one_network_many_rules),
    )
)
