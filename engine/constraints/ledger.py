"""The ledger: a count of what the laws of a network forbid, and of what its wiring has become."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.connectomes.connectome import Connectome
from engine.constraints.law import Law
from engine.constraints.spectral_radius import spectral_radius


@runtime_checkable
class Audited(Protocol):
    """What the ledger needs to know of a network."""

    connectome: Connectome

    @property
    def laws(self) -> Mapping[str, Law]: ...

    def violations_by_matrix(self) -> dict[str, Int[Tensor, " networks"]]: ...

    def lawful_weights(self) -> dict[str, Tensor]: ...


@dataclass(frozen=True)
class Ledger:
    """The books of one network.

    `violations` by matrix; `zero_share` is the share of the recurrent connections that exist whose weight is exactly 0;
    `density[post][pre]` is the share of weights that are not 0 in each block of `areas`; `excitatory_share` and
    `inhibitory_share` are the parts of the summed strength |W| of positive and of negative recurrent weights;
    `spectral_radius` is the largest |eigenvalue| of W_rec. NaN where there is no such number.
    """

    violations: dict[str, int]
    zero_share: float
    areas: tuple[str, ...]
    density: tuple[tuple[float, ...], ...]
    excitatory_share: float
    inhibitory_share: float
    spectral_radius: float

    def to_json(self) -> str:
        """The books as JSON text; null where there is no number."""
        return json.dumps(_without_nan(asdict(self)), allow_nan=False)


def audit(network: Audited, spectrum: bool = True) -> tuple[Ledger, ...]:
    """The ledger of every network of a population. Its dear part, the spectral radius, is optional."""
    violations = {matrix: counts.tolist() for matrix, counts in network.violations_by_matrix().items()}
    recurrent = network.lawful_weights()["W_rec"]
    exists = network.laws["W_rec"].exists.cpu().expand_as(recurrent)
    members, names = _members(network.connectome)
    return tuple(
        _ledger(weights, there, {matrix: counts[k] for matrix, counts in violations.items()}, members, names, spectrum)
        for k, (weights, there) in enumerate(zip(recurrent, exists, strict=True))
    )


def _ledger(
    weights: Tensor, exists: Tensor, violations: dict[str, int], members: Tensor, names: tuple[str, ...], spectrum: bool
) -> Ledger:
    present = weights != 0
    connections = int(exists.sum())
    strength = float(weights.abs().sum())
    excitation = float(weights.clamp(min=0).sum())
    blocks = members @ present.to(members.dtype) @ members.T
    sizes = members.sum(1)[:, None] * members.sum(1)[None, :]
    return Ledger(
        violations=violations,
        zero_share=1 - int((present & exists).sum()) / connections if connections else math.nan,
        areas=names,
        density=tuple(tuple(row) for row in (blocks / sizes).tolist()),
        excitatory_share=excitation / strength if strength else math.nan,
        inhibitory_share=1 - excitation / strength if strength else math.nan,
        spectral_radius=spectral_radius(weights) if spectrum else math.nan,
    )


def _members(connectome: Connectome) -> tuple[Float[Tensor, "areas units"], tuple[str, ...]]:
    names = connectome.area_names
    areas = np.array(connectome.areas)
    return torch.from_numpy(np.stack([areas == name for name in names])).float(), names


def _without_nan(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nan(entry) for name, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
