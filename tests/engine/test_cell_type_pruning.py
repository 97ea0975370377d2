"""A3 of `dales_backprop_and_cell_types.md`: cell types of two areas, dense, pruned to the measured table, fine-tuned.

The synthetic recording is that of the task, and readouts see rates, not states before rectification; so the loss after
fine-tuning is compared with the dense network only (there it is less than half of it, here 0.6).
"""

import numpy as np
import pytest
import torch

from engine.connectomes.visual_cortex import BETWEEN, WITHIN
from engine.experiments.experiment import Experiment
from engine.tasks.population_activity import POPULATIONS
from engine.training.optimiser import Adam
from engine.training.prune import Prune
from engine.training.schedule import Cosine
from engine.training.stage import Stage


def experiment(method: str) -> Experiment:
    """360 units, every pair of which may be connected at first; the readouts are frozen, each of its population."""
    optimiser, schedule = Adam(learning_rate=1e-3), Cosine(fall=100, floor=0.1, then="rise", every=10)
    prune = (
        Prune(method=method, table=WITHIN, where="within_areas"),
        Prune(method="random", table=BETWEEN, where="between_areas", others="density", density=0.0),
    )
    rest = {"optimiser": optimiser, "schedule": schedule, "steps": 400, "freeze": ("W_out", "bias_out", "bias")}
    read = [{"matrix": "W_out", "exists": False}] + [
        {"matrix": "W_out", "post": f"output:{k}", "pre": f"population:{p}", "exists": True}
        for k, p in enumerate(POPULATIONS)
    ]
    return Experiment().with_values(
        {
            "wiring.kind": "populations", "wiring.scale": 4, "task.kind": "population_activity",
            "task.condition": "familiar, change", "dt_ms": 93.0,
            "constraints.connection_mask.keep": False,
            "weights.balance": "none", "weights.spectral_radius": None, "weights.kind": "bounded",
            "constraints.rules": read,
            "dynamics.kind": "elman", "dynamics.activation": "retanh", "training.batch": 40,
            "training.trials.kind": "fixed", "training.trials.trials": 400, "training.clip_norm": None,
            "training.stages": (Stage(name="dense", **rest), Stage(name="fine-tune", prune=prune, **rest)),
            "training.evaluate_every": 100, "training.evaluation_trials": 200, "training.device": "cpu",
        }
    )  # fmt: skip


def blocks(network, connectome):
    """Which pairs of units lie within an area, and the density of weights there."""
    areas = np.array(connectome.labels["area"])
    within = areas[:, None] == areas[None, :]
    present = network.W_rec[0].detach().numpy() != 0
    return within, present


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "low", "high"), [("top_prob", 0.0586, 0.0606), ("top_prob_cell_type_notebooks", 0.0615, 0.0675)]
)
def test_a3_pruning_to_the_table_costs_what_fine_tuning_wins_back(method, low, high):
    asked = experiment(method)
    connectome = asked.connectome()
    network = asked.network(connectome)
    reports = list(asked.train(network))
    told = {p.step: p for p in reports}
    within_table, between = told[401].pruned
    dense, pruned, tuned = within_table.loss_before[0], between.loss_after[0], reports[-1].evaluation.loss[0].item()
    assert all(int(p.violations.sum()) == 0 for p in reports)
    assert pruned > 1.5 * dense
    assert tuned < 0.75 * dense
    within, present = blocks(network, connectome)
    assert low <= within_table.realised[0] <= high
    assert present[within].mean() <= high
    layers, types = np.array(connectome.labels["layer"]), np.array(connectome.types)
    sources = {(types[pre], layers[pre]) for _, pre in np.argwhere(present & ~within)}
    assert sources <= {("Pyr", "L2/3"), ("Pyr", "L5")}
    assert torch.equal(network.laws["W_rec"].exists[0] | torch.from_numpy(~present), torch.ones(360, 360).bool())
