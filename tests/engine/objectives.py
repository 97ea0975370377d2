"""Evidence for tests of objectives."""

import math
from dataclasses import replace

import numpy as np
import torch

from engine.connectomes.connectome import Connectome
from engine.tasks.task import Epochs, Trials
from engine.training.objectives import Evidence, Objective
from tests.engine.small_networks import small_connectome

EPOCHS = Epochs.of(20.0, stimulus=60.0, delay=40.0, response=60.0)
UNITS, TRIALS = 8, 5


def connectome(units: int = UNITS, placed: bool = True) -> Connectome:
    """Wiring in two areas, with coordinates unless asked otherwise."""
    where = np.random.default_rng(5).normal(size=(units, 3)) * (300, 40, 120)
    return replace(small_connectome(units), positions_um=where if placed else None)


def trials(n: int = TRIALS) -> Trials:
    """Trials of a choice of two, scored in the response."""
    scored = torch.zeros(n, EPOCHS.steps, dtype=torch.bool)
    scored[:, EPOCHS["response"]] = True
    targets = torch.randint(2, (n, EPOCHS.steps), generator=torch.Generator().manual_seed(1))
    return Trials(torch.zeros(n, EPOCHS.steps, 3), targets, scored, EPOCHS, {}, {})


def evidence(networks: int = 2, seed: int = 0, wiring: Connectome | None = None, **changes: torch.Tensor) -> Evidence:
    """Random weights and positive rates in float64, all of which want a gradient."""
    wiring = wiring or connectome()
    rng = torch.Generator().manual_seed(seed)

    def drawn(*shape: int) -> torch.Tensor:
        return (
            torch.randn(networks, *shape, generator=rng, dtype=torch.float64) / math.sqrt(shape[-1])
        ).requires_grad_()

    n, batch = wiring.n, trials()
    activity = {"rates": drawn(TRIALS, EPOCHS.steps, n).abs().detach().requires_grad_()}
    weights = {"W_in": drawn(n, 3), "W_rec": drawn(n, n), "W_out": drawn(2, n)}
    return Evidence(wiring, batch, **(weights | activity | changes))


def with_given(objective: Objective, found: Evidence) -> Evidence:
    """What the objective reads off the wiring is there."""
    given = objective.given(found.connectome, EPOCHS, "training.objectives.0")
    return replace(found, given={name: made() for name, made in given.items()})


def cost(objective: Objective, found: Evidence) -> torch.Tensor:
    """The cost of every network."""
    return objective.cost(with_given(objective, found))
