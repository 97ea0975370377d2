"""What is trained and measured: recall by strategy and null model, other species, n-back with lures, and reservoirs."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from engine.experiments.experiment import Experiment
from engine.experiments.papers.goulas_2021.conversion import conversion, detector, files
from engine.experiments.papers.goulas_2021.measures import compares, recalls, remembers
from engine.experiments.papers.goulas_2021.networks import (
    BIO,
    CONNECTOME,
    HETEROGENEOUS,
    HOMOGENEOUS,
    NULLS,
    OWN,
    PLAIN,
    RANDOM,
    REMAPPED,
    STRATEGIES,
    WEIGHTS_SHUFFLED,
    Species,
    Wired,
    main,
    own_species,
    species,
)
from engine.experiments.papers.paper import Part, Scale

BATCH, EPOCHS = 128, 300
LAGS = 60
INPUT_SCALE = 0.1 * 120**0.5  # input weights even over ± 0.1, as published, in a network of 120 units
SECONDS_OF_A_NETWORK = 6.0  # 116 units, 300 epochs, on two cores
LURES = {0.0: "no lures", 0.5: "lures"}
CONNECTOME_OF_OWN = "connectome"


def trained(trials: int, epochs: int, rate: float = 1e-3, held_out: int = 100) -> dict[str, Any]:
    """A fixed set in batches of 128, in the same order in every epoch; held-out trials after each."""
    epoch = math.ceil(trials / BATCH)
    return {
        "optimiser": {"kind": "adam", "learning_rate": rate}, "clip_norm": None, "batch": BATCH,
        "trials": {"kind": "fixed", "trials": trials, "order": "fixed"}, "steps": epochs * epoch,
        "evaluate_every": epoch, "evaluation_trials": held_out,
    }  # fmt: skip


def recall(wired: Wired, seed: int, length: int = 5, epochs: int = EPOCHS, rate: float = 1e-3) -> Experiment:
    """Sequence recall of 500 trials, a fifth of them held out: one experiment for any connectome, by `wired`."""
    return wired.experiment(seed, {"kind": "sequence_recall", "length": length}, trained(400, epochs, rate))


def n_back(wired: Wired, seed: int, lures: float, back: int = 2, epochs: int = EPOCHS) -> Experiment:
    """n-back of 500 matching and 500 other trials, a fifth held out, rectified units."""
    task = {"kind": "n_back", "items": 5, "back": back, "lures": lures, "item_ms": 100}
    rectified = {"kind": "elman", "activation": "relu", "initial_bias": "uniform"}
    return wired.experiment(seed, task, trained(800, epochs, held_out=200), dynamics=rectified)


def reservoir(wired: Wired, seed: int, task: Mapping[str, Any], trials: int, radius: float) -> Experiment:
    """Recurrent weights stay as drawn, scaled to a spectral radius; the readout is solved for by ridge regression."""
    wired = replace(wired, changes={"spectral_radius": radius, "input_scale": INPUT_SCALE})
    stages = [{"kind": "readout", "name": "Ridge", "trials": trials, "regularisation": 1e-10}]
    still = {"kind": "elman", "activation": "tanh", "bias": "off"}
    return wired.experiment(seed, task, {"stages": stages, "evaluation_trials": 50}, dynamics=still)


def plan(scale: Scale) -> tuple[Part, ...]:
    """The conversion, then every drawn wiring of every seed with its strategies, then reservoirs."""
    n = scale.seeds or (5 if scale.full else 3)
    seeds, more = ([scale.first_seed + k for k in range(count)] for count in (n, n if scale.seeds else 2 * n))
    mine = scale.mine(CONNECTOME_OF_OWN)
    asked, chosen = ({OWN: own_species(mine)}, own_species(mine)) if mine else (species(), main())
    found = {name: one.whole() if scale.full else one for name, one in asked.items()}
    first = chosen.whole() if scale.full else chosen
    return (
        Part("conversion", "Numbers of synapses, block sums, directions, single precision; the order-blind detector.",
             5, compute=lambda: (*conversion(found), *detector()), data=" ".join(files().values())),
        *(part for seed in seeds for part in _recalls(first, seed, scale)),
        *(part for name, one in found.items() if one != first for seed in more
          for part in _others(name, one, seed, scale)),
        *(part for seed in seeds for part in _n_backs(first, seed, scale)),
        *(part for name, one in found.items() for seed in more for part in _reservoirs(name, one, seed, scale)),
    )  # fmt: skip


def _recalls(one: Species, seed: int, scale: Scale) -> Iterator[Part]:
    """Species of the acceptance experiments: both kinds of synapses, wirings, strategies; and as published."""
    epochs, both = (500 if scale.full else EPOCHS), (PLAIN, REMAPPED)
    kinds = [(null, synapses, both) for null in (BIO, RANDOM) for synapses in (HOMOGENEOUS, HETEROGENEOUS)]
    kinds[1] = (BIO, HETEROGENEOUS, tuple(STRATEGIES))
    better = [null for null in NULLS if null not in (BIO, RANDOM)]
    kinds += [(null, HETEROGENEOUS, both if scale.full else (_telling(null),)) for null in better]
    for null, synapses, strategies in kinds:
        wired = Wired(one, null, synapses, strategies)
        yield _recall_part(wired, seed, epochs, f"{null}, {synapses}", f"recall_{null}_{synapses}")
    for synapses in (HOMOGENEOUS, HETEROGENEOUS):
        wired = Wired(one, BIO, synapses, both, as_published=True)
        yield _recall_part(wired, seed, epochs, f"as published, {synapses}", f"recall_as_published_{synapses}")
    for length in (3, 10) if scale.full else ():
        for null in (BIO, RANDOM):
            yield _recall_part(Wired(one, null, HETEROGENEOUS, both), seed, epochs, f"{null}, {length} numbers",
                               f"recall_{null}_{length}_numbers", length)  # fmt: skip


def _telling(null: str) -> str:
    """The strategy that a null model can tell something about: weights as drawn do not know those of the connectome."""
    return REMAPPED if null == WEIGHTS_SHUFFLED else PLAIN


def _recall_part(wired: Wired, seed: int, epochs: int, kind: str, name: str, length: int = 5) -> Part:
    experiment = recall(wired, seed, length, epochs)
    measure = partial(recalls, kind=kind, strategies=wired.strategies, seed=seed)
    seconds = SECONDS_OF_A_NETWORK * len(wired.strategies) * epochs / EPOCHS
    about = f"Sequence recall, {wired.species.connectome}, {kind}, seed {seed}."
    return Part(f"{name}_{seed}".replace(" ", "_"), about, seconds, measure, experiment)


def _others(name: str, one: Species, seed: int, scale: Scale) -> Iterator[Part]:
    """Other species: bio and random, weights as drawn, and as remapped at full scale."""
    strategies = (PLAIN, REMAPPED) if scale.full else (PLAIN,)
    for null in (BIO, RANDOM):
        wired = Wired(one, null, HETEROGENEOUS, strategies)
        yield _recall_part(wired, seed, EPOCHS, f"{name}, {null}", f"species_{name}_{null}")


def _n_backs(one: Species, seed: int, scale: Scale) -> Iterator[Part]:
    strategies = (PLAIN, REMAPPED) if scale.full else (PLAIN,)
    for back in (2, 3, 4) if scale.full else (2,):
        for null in (BIO, RANDOM):
            for lures, said in LURES.items():
                wired = Wired(one, null, HETEROGENEOUS, strategies)
                kind = f"{null}, {said}" + (f", {back} back" if back != 2 else "")
                name = f"n_back_{null}_{said}_{back}_{seed}".replace(" ", "_")
                about = f"{back}-back, {one.connectome}, {kind}, seed {seed}."
                yield Part(name, about, SECONDS_OF_A_NETWORK * len(strategies),
                           partial(compares, kind=kind, strategies=strategies, seed=seed),
                           n_back(wired, seed, lures, back))  # fmt: skip


def _reservoirs(name: str, one: Species, seed: int, scale: Scale) -> Iterator[Part]:
    """Memory capacity of a readout by ridge regression, recurrent weights of every strategy, spectral radius 0.9."""
    task = {"kind": "memory_capacity", "longest_lag": LAGS, "warm_up": 100, "items": 300, "item_ms": 100}
    for null in NULLS if scale.full else (BIO, RANDOM):
        wired = Wired(one, null, HETEROGENEOUS, (PLAIN, REMAPPED, CONNECTOME))
        experiment = reservoir(wired, seed, task, 20, 0.9)
        measure = partial(remembers, kind=f"{name}, {null}", strategies=wired.strategies, seed=seed)
        about = f"Reservoir, {one.connectome}, {null}, seed {seed}."
        yield Part(f"reservoir_{name}_{null}_{seed}".replace(" ", "_"), about, 1.5, measure, experiment)
