"""Networks with masks of sparsity, sign and plasticity over several areas, and the E/I networks that they stem from."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import torch

from engine.constraints.ledger import audit
from engine.constraints.spectral_radius import spectral_radius
from engine.experiments.experiment import Experiment
from engine.experiments.papers.figure import Figure
from engine.experiments.papers.paper import Claim, Outcome, Paper, Part, Reading, Scale, Table, Variant
from engine.experiments.papers.series import over_variants
from engine.experiments.papers.verdict import Verdict, judge, judge_each, judge_share
from engine.randomness import torch_stream

DOCUMENT = "our audit of nn4n"
SONG = "Song, Yang & Wang (2016) PLoS Comput Biol 12: e1004792"
STARTS: dict[str, dict[str, Any]] = {
    "start as published": {
        "kind": "bounded", "wrong_signs": "clamp", "balance": "global", "spectral_radius": None, "ends": "even",
        "input_scale": (64 / 3) ** 0.5,
    },
    "balanced start": {"kind": "uniform", "balance": "per_unit", "spectral_radius": 1.0},
}  # fmt: skip
ACCURACY = "accuracy on 500 trials"
RANGE_OF_FOUR = (
    "The limits are the least and the largest of the document's four networks; of other networks of the same kind "
    "three in five lie between the ends of four."
)
DRAWN = 200  # a start costs nothing, and four differ too much to tell their mean


def two_areas(start: str, scale: Scale) -> Experiment:
    """64 units in two areas, 80 % excitatory, inhibition local; the first area hears, the second one answers."""
    seeds = scale.seeds or 4
    return Experiment.read({
        "wiring": {
            "kind": "areas", "areas": [{"name": "first", "units": 32}, {"name": "second", "units": 32}],
            "densities": [[0.6, 0.2], [0.2, 0.6]], "exact": True, "self_connections": True,
            "signs": {"kind": "ratio_by_unit", "excitatory_fraction": 0.8},
        },
        "constraints": {"dales_law": {"method": "projection"}, "projections": {
            "input_areas": ["first"], "readout_areas": ["second"], "readout_from": "excitatory"}},
        "weights": STARTS[start],
        "dynamics": {"kind": "leaky_rate", "tau_ms": 100, "activation": "relu", "state_noise": 0.1,
                     "noise_scaling": "alpha"},
        "task": {"kind": "perceptual_decision", "coherences": [16, 32, 64], "noise": 0.3 * 0.02**0.5,
                 "fixation_ms": 100, "stimulus_ms": 300, "delay_ms": 40, "response_ms": 160},
        "training": {"optimiser": {"kind": "adam", "learning_rate": 2e-3}, "task_loss": {"form": "mse"},
                     "clip_norm": None, "batch": 64, "steps": 900, "evaluate_every": 100, "evaluation_trials": 500},
        "dt_ms": 20,
        "seeds": {"wiring": scale.first_seed, "weights": scale.first_seed, "trials": scale.first_seed,
                  "noise": scale.first_seed, "networks": seeds},
    })  # fmt: skip


def sine(biases: bool, scale: Scale) -> Experiment:
    """Ten units say the next sample of a sine wave."""
    bias = "learned" if biases else "off"
    return Experiment.read({
        "wiring": {"kind": "random", "units": 10, "density": 1.0, "self_connections": True},
        "constraints": {"dales_law": {"method": "off"}},
        "weights": {"kind": "bounded", "balance": "none", "spectral_radius": None, "ends": "even",
                    "input_scale": 10**0.5},
        "dynamics": {"kind": "leaky_rate", "tau_ms": 200, "activation": "relu", "bias": bias, "readout_bias": bias},
        "task": {"kind": "sine_prediction", "start": "zero"},
        "training": {"optimiser": {"kind": "adam", "learning_rate": 1e-3}, "clip_norm": None, "batch": 1, "steps": 500,
                     "evaluate_every": 100, "evaluation_trials": 1},
        "dt_ms": 20,
        "seeds": {"weights": scale.first_seed, "networks": scale.seeds or 4},
    })  # fmt: skip


def excitatory_inhibitory(task: dict[str, Any], wiring: dict[str, Any], scale: Scale, **changes: Any) -> Experiment:
    """A network of Song et al.: 80 % excitatory, magnitudes rectified, tau 100 ms, noise in input and state."""
    return Experiment.read({
        "wiring": wiring,
        "constraints": {"dales_law": {"method": "projection"}} | changes,
        "weights": {"kind": "uniform", "balance": "per_unit", "spectral_radius": 1.5},
        "dynamics": {"kind": "leaky_rate", "tau_ms": 100, "activation": "relu", "state_noise": 0.15,
                     "noise_scaling": "sqrt_2alpha"},
        "task": task,
        "training": {"optimiser": {"kind": "adam", "learning_rate": 2e-3}, "steps": 4000 if scale.full else 1500,
                     "batch": 64, "evaluate_every": 50, "evaluation_trials": 500, "target_accuracy": 0.9},
        "dt_ms": 20,
        "seeds": {"wiring": scale.first_seed, "weights": scale.first_seed, "trials": scale.first_seed,
                  "noise": scale.first_seed, "networks": scale.seeds or 3},
    })  # fmt: skip


def plan(scale: Scale) -> tuple[Part, ...]:
    """Two-area networks from two starts, sine prediction with and without biases, and three networks of Song et al."""
    n = 100
    one = {"kind": "random", "units": n, "density": 1.0, "signs": {"kind": "ratio_by_unit"}}
    sparse = one | {"density": 0.3}
    areas = {"kind": "areas", "areas": [{"name": "sensory", "units": n // 2}, {"name": "motor", "units": n // 2}],
             "densities": [[0.5, 0.05], [0.2, 0.5]], "signs": {"kind": "ratio_by_unit"}}  # fmt: skip
    decision = {"kind": "perceptual_decision", "coherences": [3.2, 6.4, 12.8, 25.6, 51.2]}
    context = {"kind": "context_decision"}
    two = {"input_areas": ["sensory"], "readout_areas": ["motor"], "readout_from": "excitatory"}
    song = {
        "perceptual decision": excitatory_inhibitory(decision, one, scale),
        "context-dependent decision": excitatory_inhibitory(context, sparse, scale),
        "two areas": excitatory_inhibitory(decision, areas, scale, projections=two).with_value(
            "training.steps", 4000 if scale.full else 3000
        ),  # one network in three begins to learn after 1500
    }
    return (
        Part("starts", f"{DRAWN} starts as published, untrained.", 2, compute=partial(starts, scale)),
        *(
            Part(f"two_areas_{start.split()[0]}", f"Two-area decision network, {start}.", 25, decides,
                 two_areas(start, scale), start)
            for start in STARTS
        ),
        *(
            Part(f"sine_{'with' if biases else 'without'}_biases", "Next sample of a sine wave.", 15, predicts,
                 sine(biases, scale), "with biases" if biases else "without biases")
            for biases in (False, True)
        ),
        *(
            Part(f"song_{name.replace(' ', '_').replace('-', '_')}", f"E/I network: {name}.", 60, learns, experiment,
                 name)
            for name, experiment in song.items()
        ),
    )  # fmt: skip


def starts(scale: Scale) -> Iterator[Reading]:
    """How strong networks are that nobody trained."""
    experiment = two_areas("start as published", scale).with_value("seeds.networks", DRAWN)
    for k, weights in enumerate(experiment.network().lawful_weights()["W_rec"].double()):
        yield Reading("spectral radius of a start", spectral_radius(weights), k, "start as published")


def decides(of: Outcome) -> Iterator[Reading]:
    """Balance of the start; accuracy, violations and inhibition at the end."""
    for k, weights in enumerate(of.first.lawful_weights()["W_rec"].double()):
        excitation, inhibition = weights.clamp(min=0).sum(), -weights.clamp(max=0).sum()
        yield Reading("imbalance of the start", float((excitation - inhibition).abs() / excitation), k)
    yield from learns(of)


def learns(of: Outcome) -> Iterator[Reading]:
    """Accuracy on trials that were never trained on, violations after the last step, share of inhibition, steps."""
    trials = of.experiment.task.trials(500, of.experiment.dt_ms, torch_stream(of.experiment.seeds.trials, "papers"))
    with torch.no_grad():
        outputs = of.network(trials.inputs).outputs
    correct = of.experiment.task.correct(outputs, trials).float().mean(1)
    ideal = of.history.ideal[-1]
    for k, ledger in enumerate(audit(of.network)):
        yield Reading(ACCURACY, float(correct[k]), k)
        yield Reading("share of the ideal observer's accuracy", float(correct[k]) / ideal, k)
        yield Reading("violations", sum(ledger.violations.values()), k)
        yield Reading("inhibitory share of |W|", ledger.inhibitory_share, k)
        yield Reading("steps", float(of.run.status().step), k)


def predicts(of: Outcome) -> Iterator[Reading]:
    """Squared error on the one sequence, before and after."""
    trials = of.experiment.task.trials(1, of.experiment.dt_ms, torch_stream(0, "papers"))
    for name, network in (("start", of.first), ("end", of.network)):
        with torch.no_grad():
            losses = of.experiment.training.task_loss.of(network(trials.inputs).outputs, trials)
        for k, loss in enumerate(losses.tolist()):
            yield Reading(f"error at the {name} (MSE)", loss, k)


def _most(table: Table) -> Verdict:
    """At least three of four networks."""
    values = table.of(ACCURACY, variant="start as published")
    return judge_share(values >= 0.95, "share of networks at 0.95 or more", least=0.75, needs=4)


def _of(measure: str, variant: str | None, of: str, **limits: Any) -> Any:
    return lambda table: judge_each(table.of(measure, variant=variant), of, **limits)


def _song(name: str, sentence: str) -> Claim:
    measure = "share of the ideal observer's accuracy"
    return Claim(name.split()[0].replace("-", "_"), sentence, SONG, "at least 0.9 of the ideal observer, every network",
                 _of(measure, name, "accuracy over that of the ideal observer (chance 0.5 on the task)", least=0.9,
                     needs=3))  # fmt: skip


CLAIMS = (
    Claim("balance", "The start balances excitation and inhibition over the whole matrix.", f"{DOCUMENT} 15, A2",
          "|E - I| / E < 1e-5", _of("imbalance of the start", "start as published", "|E - I| / E", most=1e-5)),
    Claim("radius", "The published start leaves the network almost silent.", f"{DOCUMENT} 15, A2",
          "spectral radius 0.12 to 0.17",
          lambda t: judge(t.of("spectral radius of a start", variant="start as published"), "spectral radius",
                          0.12, 0.17)),
    Claim("most", "Most networks learn the decision.", f"{DOCUMENT} 15, A2",
          "accuracy at least 0.95 in most seeds (3 of 4)", _most),
    Claim("every", "A start that is balanced unit by unit leaves no seed behind.", f"{DOCUMENT} 15, A2",
          "accuracy at least 0.95 in every seed",
          _of(ACCURACY, "balanced start", "accuracy on 500 trials (chance 0.5)", least=0.95, needs=4)),
    Claim("lawful", "Signs and masks hold after the last step, too.", f"{DOCUMENT} 12 and 15, A2", "no violation",
          lambda t: judge_each(t.of("violations"), "violations of sign and mask", most=0)),
    Claim("sine_start", "Sine prediction begins at its published error.", f"{DOCUMENT} 15, A3b", "0.32 to 0.57",
          _of("error at the start (MSE)", None, "MSE", least=0.32, most=0.57), RANGE_OF_FOUR),
    Claim("sine_plain", "Without biases the sine is predicted roughly.", f"{DOCUMENT} 15, A3b", "MSE 0.014 to 0.026",
          _of("error at the end (MSE)", "without biases", "MSE", least=0.014, most=0.026, needs=4),
          RANGE_OF_FOUR),
    Claim("sine_biased", "With biases it is predicted well.", f"{DOCUMENT} 15, A3b", "MSE 0.0008 to 0.0023",
          _of("error at the end (MSE)", "with biases", "MSE", least=0.0008, most=0.0023, needs=4),
          RANGE_OF_FOUR),
    _song("perceptual decision", "E/I networks learn the perceptual decision."),
    _song("context-dependent decision", "Sparse E/I networks learn the context-dependent decision."),
    _song("two areas", "Two areas that only excitatory cells join learn the decision."),
)  # fmt: skip

VARIANTS = (
    Variant("Laws after the last step", "Weights are projected before they are used; what is evaluated, drawn and "
            "saved after the last step breaks signs and masks.",
            "Projected after every step, and read through the laws."),
    Variant("E/I balance of the start", "One factor for the whole matrix; half of the synapses begin dead.",
            "Per postsynaptic unit; signs are folded, so that every synapse lives, and the spectral radius is set."),
    Variant("Plasticity", "Scales the gradient, which Adam undoes.", "Scales the update."),
)  # fmt: skip


def figures(table: Table) -> tuple[Figure, ...]:
    """Accuracy by network kind, and the error of sine prediction."""
    kinds = (*STARTS, "perceptual decision", "context-dependent decision", "two areas")
    sines = tuple(
        over_variants(name, table, f"error at the {name} (MSE)", ("without biases", "with biases"))
        for name in ("start", "end")
    )
    accuracy = over_variants("mean, 95 % interval", table, ACCURACY, kinds)
    return (
        Figure("accuracy", "Decisions of E/I networks", "network", ACCURACY, "bars", (accuracy,),
               reference=(("chance", 0.5),)),
        Figure("sine", "Sine prediction", "network", "error (MSE)", "bars", sines, log_y=True),
    )  # fmt: skip


PAPER = Paper(
    name="nn4n",
    title="Masks of sparsity, sign and plasticity over several areas",
    citation=f"nn4n (NN4Neurosim), pypi.org/project/nn4n; {SONG}",
    question="Do networks that obey Dale's law and an area layout learn to decide, from every seed?",
    plan=plan,
    claims=CLAIMS,
    variants=VARIANTS,
    figures=figures,
)
