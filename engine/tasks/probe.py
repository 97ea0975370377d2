"""Probe trials: a small fixed set that shows a task's conditions evenly, for watching a network while it learns."""

import numpy as np
import torch

from engine.tasks.task import Task, Trials

CANDIDATES = 16  # trials drawn for each one kept


def probe_trials(task: Task, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
    """`n` trials in order of their conditions (the first condition first), evenly spread over them."""
    drawn = task.trials(CANDIDATES * n, dt_ms, rng)
    keys = [values.numpy() for values in reversed(drawn.conditions.values())]
    order = np.lexsort(keys) if keys else np.arange(drawn.n)
    return drawn.at(torch.from_numpy(order[CANDIDATES // 2 :: CANDIDATES].copy()))
