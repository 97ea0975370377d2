"""Small connectomes and networks for tests."""

import numpy as np
import torch

from engine.component import Component
from engine.connectomes.connectome import Connectome
from engine.constraints import Constraints
from engine.networks import LeakyRate, Network, Normal
from engine.networks.dynamics import Dynamics


def small_connectome(units: int = 12, density: float = 0.4, seed: int = 0, signed: bool = True) -> Connectome:
    """Random wiring with a quarter of the units inhibitory, in two areas, "left" and "right"."""
    rng = np.random.default_rng(seed)
    mask = (rng.random((units, units)) < density) & ~np.eye(units, dtype=bool)
    signs = np.where(np.arange(units) % 4 < 3, 1, -1).astype(np.int8) * int(signed)
    weights = mask * rng.lognormal(size=(units, units)) * (signs if signed else rng.choice([-1, 1], (units, units)))
    areas = tuple("left" if i < units // 2 else "right" for i in range(units))
    types = tuple({1: "E", -1: "I", 0: "?"}[int(s)] for s in signs)
    names = tuple(f"unit {i}" for i in range(units))
    joint = rng.random((units, units))
    pairs = {"sttc": joint + joint.T + 2 * np.eye(units)}
    return Connectome(weights.astype(float), mask, signs, names, areas, types, pairs=pairs)


def small_network(
    connectome: Connectome | None = None,
    constraints: Constraints | None = None,
    weights: Component | None = None,
    dynamics: Dynamics | None = None,
    inputs: int = 3,
    outputs: int = 2,
    **options: object,
) -> Network:
    """A network of 12 units in float64 unless asked otherwise."""
    chosen = {"dt_ms": 20.0, "seed": 1, "networks": 1, "dtype": torch.float64} | options
    return Network(
        connectome or small_connectome(),
        constraints or Constraints(),
        weights or Normal(),
        dynamics or LeakyRate(),
        inputs,
        outputs,
        **chosen,
    )


def laws(method: str, keep: bool = True, magnitude: str = "abs") -> Constraints:
    """Constraints of one method, with or without mask."""
    return Constraints().with_values(
        {"dales_law.method": method, "dales_law.magnitude": magnitude, "connection_mask.keep": keep}
    )
