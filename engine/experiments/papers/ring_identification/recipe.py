"""What is trained and measured: the ring itself, fits with separated input, without, and of permuted velocities."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from engine.analysis.bump import bump, gain, integration_error
from engine.analysis.recovery import recovery
from engine.analysis.shifters import products, shifters
from engine.experiments.experiment import Experiment
from engine.experiments.papers.paper import Outcome, Part, Reading, Scale
from engine.randomness import torch_stream
from engine.recording import record
from engine.recordings.ring_attractor import RingAttractor

UNITS = 100
NEAR = 49  # steps that a fit is trained over
KINDS = {"separated": (True, False), "not separated": (False, False), "velocity permuted": (True, True)}


def fit(separated: bool, permuted: bool, scale: Scale) -> Experiment:
    """Observed units and, if the input is separated, as many hidden ones, which alone feel the velocity."""
    full, seeds = scale.full, scale.seeds or 3
    names = ["observed", "hidden"] if separated else ["observed"]
    ring = {"kind": "ring_attractor", "units": UNITS, "seed": 0}  # the same data for all networks
    ring |= {"trials": 200, "steps": 1000} if full else {"trials": 150, "steps": 400}
    steps, rate = (10_000, 1e-4) if full else (3000, 1e-3)
    plain: dict[str, Any] = {
        "wiring": {
            "kind": "areas",
            "areas": [{"name": name, "units": UNITS} for name in names],
            "densities": [[1.0] * len(names)] * len(names),
        },
        "constraints": {
            "dales_law": {"method": "off"},
            "connection_mask": {"keep": False},
            "projections": {"input_areas": names[-1:], "readout_areas": ["observed"], "one_to_one": True},
        },
        "weights": {"kind": "normal", "spectral_radius": None, "balance": "none", "input_scale": 0.14},
        "dynamics": {"kind": "leaky_rate", "tau_ms": 125, "activation": "retanh"},
        "task": {"kind": "recording", "held_back": 1 / 3 if not full else 0.5, "recording": ring},
        "training": {
            "optimiser": {"kind": "adam", "learning_rate": rate}, "clip_norm": None, "steps": steps,
            "batch": 100 if full else 50, "window_ms": NEAR * 25, "window_start": "teacher",
            "evaluate_every": 500, "evaluation_trials": 50,
        },
        "dt_ms": 25,
        "seeds": {"weights": scale.first_seed, "trials": scale.first_seed, "networks": 1 if permuted else seeds},
    }  # fmt: skip
    plain["task"]["permute_inputs"] = permuted
    return Experiment.read(plain)


def plan(scale: Scale) -> tuple[Part, ...]:
    """The generator, and a fit with separated input, one without, and one of shuffled velocities."""
    return (
        Part("generator", "The ring attractor itself: its bump, how it turns and how it strays.", 5, compute=generator),
        *(
            Part(
                name.replace(" ", "_"),
                f"Networks fitted to the ring's activity, {name}.",
                seconds,
                measure=partial(scores, permuted=permuted),
                experiment=fit(separated, permuted, scale),
                variant=name,
            )
            for (name, (separated, permuted)), seconds in zip(KINDS.items(), (150.0, 60.0, 60.0), strict=True)
        ),
    )


def generator() -> Iterator[Reading]:
    """Shape and motion of the bump of the ground truth."""
    ring, rng = RingAttractor(units=UNITS), np.random.default_rng(0)
    still = ring.rates(np.zeros((1, 300)), rng)[0]
    at_rest = bump(still)
    yield Reading("peak rate", float(still[0].max()))
    yield Reading("active share", float((still[0] > 0).mean()))
    yield Reading("population vector length", float(at_rest.length[0]))
    yield Reading("drift at rest (rad)", float(abs(at_rest.angle[-1] - at_rest.angle[0])))
    for speed in (1.0, -1.0):
        moving = bump(ring.rates(np.full((1, 200), speed), rng))
        yield Reading("bump speed per velocity", gain(moving, np.full((1, 200), speed * 0.025)), at=speed)
    for noise in (0.0, 0.1):
        session = ring.with_values({"state_noise": noise, "trials": 100, "steps": 1000}).session()
        turned = session.inputs[..., 0].double().numpy() * 0.025
        found = bump(session.rates.numpy())
        moved = found.moves.ravel()
        yield Reading("correlation of bump and velocity", np.corrcoef(moved, turned[:, 1:].ravel())[0, 1], at=noise)


def scores(of: Outcome, permuted: bool) -> Iterator[Reading]:
    """How well every network found the ring, predicts it, and which units became shifters."""
    truth: RingAttractor = of.experiment.task.recording
    trials = of.experiment.task.held_out(50, of.experiment.dt_ms, torch_stream(0, "evaluation"))
    targets, near = trials.targets.numpy(), slice(0, NEAR)
    velocity = trials.traces["velocity"].deg2rad().numpy()
    true_bump = bump(targets).angle
    for k in range(of.network.networks):
        found = record(of.network, trials, index=k)
        weights = of.network.W_rec[k].detach().numpy()
        score = recovery(weights[:UNITS, :UNITS], truth.weights(), np.random.default_rng(0))
        tell = partial(Reading, network=k)
        yield tell("entrywise correlation with the true weights", score.entrywise)
        yield tell("ringness", score.ringness)
        yield tell("profile correlation", score.profile)
        outputs = found.outputs.numpy()
        yield tell("error over 49 steps (MSE)", float(((outputs - targets)[:, near] ** 2).mean()))
        yield tell("variance of the recording", float(targets.var()))
        persistence = np.concatenate([trials.initial_rates.numpy()[:, None], targets[:, :-1]], 1)
        yield tell("error of persistence (MSE)", float(((persistence - targets)[:, near] ** 2).mean()))
        for step in (20, 100, targets.shape[1] - 1):
            if step < targets.shape[1]:
                yield tell("integration error (rad)", float(integration_error(bump(outputs), true_bump)[step]), at=step)
        units = shifters(found.rates.numpy(), velocity, weights, UNITS)
        yield tell("share of observed units modulated by velocity", units.modulated_observed)
        if of.network.connectome.n > UNITS:
            yield tell("share of active hidden units modulated by velocity", units.modulated_hidden)
            yield tell("correlation of modulation and outgoing offset", units.sign_offset)
            for side, product in products(weights, truth.derivative(), units).items():
                yield tell(f"product through {side} shifters and the derivative", product.profile)
