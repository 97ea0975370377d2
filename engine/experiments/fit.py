"""Set up the fit: what the rest of an experiment must be so that its network is fitted to the recording of its task."""

import math
from typing import Any

from engine.component import Invalid
from engine.connectomes.areas import Area, AreasWiring
from engine.connectomes.routes import Types
from engine.connectomes.selectors import joined
from engine.constraints.synapse_rule import SynapseRule
from engine.experiments.experiment import Experiment
from engine.recordings import Session
from engine.recordings.chosen_units import units_named
from engine.tasks.recorded_activity import RecordedActivity

WINDOW = 49  # steps of a window that runs freely, as published
ADDRESS = "task.input_to"
EVERY = Types(**dict.fromkeys(Types.model_fields, True))
POOLS = {"hidden": ("hidden",), "observed": ("observed",), "all": ()}


def fit(experiment: Experiment) -> dict[str, Any]:
    """The values by address: one area of observed units and one of hidden ones, all connected, no Dale's law.

    Outputs are the rates of the observed units; the input reaches the units that the task names; windows start from
    the teacher. Time constants are five steps, as published. Raises Invalid for choices that contradict each other.
    """
    task = experiment.task
    if not isinstance(task, RecordedActivity):
        raise Invalid("Only a task that is a recording can be fitted; choose Recorded activity.", "task.kind")
    session, observed = task.session(), len(task.output_names)
    if task.fit_by == "one_step" and task.hidden:
        said = "Hidden units are not recorded, so a fit of single steps cannot know how they begin"
        raise Invalid(f"{said}; set hidden to 0, or fit by free run.", "task.fit_by")
    names = ("observed", "hidden") if task.hidden else ("observed",)
    areas = tuple(Area(name=name, units=n) for name, n in zip(names, (observed, task.hidden), strict=False))
    table = ((1.0,) * len(names),) * len(names)
    values = {
        "wiring": AreasWiring(areas=areas, densities=table, between=EVERY, self_connections=True),
        "dt_ms": session.dt_ms,
    }
    return values | _laws(experiment, names) | _weights(task, observed) | _dynamics(session) | _training(task, session)


def _laws(experiment: Experiment, names: tuple[str, ...]) -> dict[str, Any]:
    where = "constraints.projections"
    others = tuple(rule for rule in experiment.constraints.rules if rule.matrix != "W_in")
    areas, rules = _inputs(experiment.task, len(names) > 1)
    return {
        "constraints.dales_law.method": "off", "constraints.connection_mask.keep": False,
        "constraints.target_rules": (), "constraints.rules": (*others, *rules),
        f"{where}.input_areas": areas, f"{where}.readout_areas": ("observed",), f"{where}.one_to_one": True,
        f"{where}.input_fraction": 1.0, f"{where}.readout_fraction": 1.0, f"{where}.readout_from": "all",
        f"{where}.overlap": True,
    }  # fmt: skip


def _inputs(task: RecordedActivity, has_hidden: bool) -> tuple[tuple[str, ...], tuple[SynapseRule, ...]]:
    """Areas that all inputs reach, or rules that say where each goes."""
    asked = task.input_to.strip()
    if asked == "hidden" and not has_hidden:
        said = "The input is to reach the hidden units, but there are none"
        raise Invalid(f"{said}; set hidden above 0, or input_to to observed.", ADDRESS)
    if asked in POOLS:
        return POOLS[asked], ()
    units = len(task.output_names) + task.hidden
    parts = [part.rpartition(":")[::2] for part in asked.split(";")] if ":" in asked else [("", asked)]
    rules = [SynapseRule(matrix="W_in", exists=False)]
    for name, where in parts:
        known = task.input_names
        if name and name.strip() not in known:
            offered = ", ".join(known[:8])
            raise Invalid(f"There is no input '{name.strip()[:40]}' in the recording; there are {offered}.", ADDRESS)
        pre = joined("input", [name.strip()]) if name else "all"
        post = _units(where.strip(), len(task.output_names), units, has_hidden)
        rules.append(SynapseRule(matrix="W_in", pre=pre, post=post, exists=True))
    return (), tuple(rules)


def _units(asked: str, observed: int, units: int, has_hidden: bool) -> str:
    """The selector of some units: a pool, or numbers, observed ones first."""
    if asked == "all" or asked == "observed" or (asked == "hidden" and has_hidden):
        return "all" if asked == "all" else f"area:{asked}"
    if asked == "hidden":
        raise Invalid("The input is to reach the hidden units, but there are none; set hidden above 0.", ADDRESS)
    numbers = units_named(asked, units, ADDRESS, "reached by the input").tolist()
    return joined("unit", [f"observed.{k + 1}" if k < observed else f"hidden.{k - observed + 1}" for k in numbers])


def _weights(task: RecordedActivity, observed: int) -> dict[str, Any]:
    """Recurrent weights of variance 1 / n, input weights as Glorot's."""
    reached = task.hidden or observed
    scale = math.sqrt(2 / (len(task.input_names) + reached))
    return {
        "weights.kind": "normal", "weights.spectral_radius": None, "weights.balance": "none",
        "weights.input_scale": round(scale, 4),
    }  # fmt: skip


def _dynamics(session: Session) -> dict[str, Any]:
    return {
        "dynamics.kind": "leaky_rate", "dynamics.tau_ms": 5 * session.dt_ms,
        "dynamics.activation": _activation(session), "dynamics.groups": (),
    }  # fmt: skip


def _activation(session: Session) -> str:
    """A function whose rates span those that were recorded."""
    low, high = session.rates.min().item(), session.rates.max().item()
    if low >= 0:
        return "retanh" if high <= 1 else "relu"
    return "tanh" if max(-low, high) <= 1 else "linear"


def _training(task: RecordedActivity, session: Session) -> dict[str, Any]:
    steps = 1 if task.fit_by == "one_step" else min(WINDOW, session.steps - 1)
    kept, back = session.split(task.held_back, task.hold_out)
    return {
        "training.optimiser.kind": "adam", "training.optimiser.learning_rate": 1e-3, "training.clip_norm": None,
        "training.batch": min(50, len(kept)), "training.evaluation_trials": min(200, len(back)),
        "training.window_ms": steps * session.dt_ms, "training.window_start": "teacher",
    }  # fmt: skip
