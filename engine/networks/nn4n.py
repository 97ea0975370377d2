"""Saved models of the library nn4n as networks of ours: same weights and masks, same rates and gradients."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.constraints.constraints import Constraints
from engine.constraints.mask_rules import rules_of
from engine.constraints.synapse_rule import SynapseRule
from engine.networks.activations import RATES
from engine.networks.initial_weights import FromConnectome
from engine.networks.leaky_rate import LeakyRate
from engine.networks.network import Network
from engine.networks.nn4n_file import read_saved
from engine.networks.unit_group import UnitGroup

LAYERS = {"W_in": "recurrent_layer.input_layer", "W_rec": "recurrent_layer.hidden_layer", "W_out": "readout_layer"}
SIGN = {1: {"sign": "excitatory"}, -1: {"sign": "inhibitory"}}

Masks = dict[str, Shaped[np.ndarray, "_ _"]]


@dataclass(frozen=True, eq=False)
class Nn4nModel:
    """A saved model as components of ours, and its weights `[post, pre]`, biases and learned start, lawful.

    `remarks` tell what the file did not say, and what had to be changed.
    """

    connectome: Connectome
    constraints: Constraints
    dynamics: LeakyRate
    dt_ms: float
    weights: Mapping[str, Tensor]
    remarks: tuple[str, ...]

    def network(self, dtype: torch.dtype = torch.float32) -> Network:
        """A population of one that computes what the model computes."""
        outputs, inputs = len(self.weights["W_out"]), self.weights["W_in"].shape[1]
        start = FromConnectome(spectral_radius=None, balance="none")
        network = Network(
            self.connectome, self.constraints, start, self.dynamics, inputs, outputs, self.dt_ms, 0, dtype=dtype
        )
        network.load_lawful({name: tensor[None] for name, tensor in self.weights.items()})
        return network


def read_nn4n(path: str | Path) -> Nn4nModel:
    """The model of a `.pth` or `.pt` file of nn4n (CTRNN, versions 1.1 and 1.2), read without running any of it.

    Its two biases of the units become one, their sum. Masks, which nn4n keeps `[pre, post]`, become the mask and the
    signs of the connectome where they concern recurrent weights, else rules. A sign of 0 is free. Raises Invalid with
    one sentence for any other file.
    """
    path = Path(path)
    state, kwargs = read_saved(path)
    remarks: list[str] = [] if kwargs else ["The file says nothing of dt, tau and nonlinearity: 10, 100 and relu."]
    raw = {matrix: _weight(state, f"{layer}.weight") for matrix, layer in LAYERS.items()}
    _require_fitting(raw)
    exist, signs = _masks(kwargs, "sparsity_masks", raw), _masks(kwargs, "ei_masks", raw)
    exist = {matrix: mask != 0 for matrix, mask in exist.items()}
    signs = {matrix: np.sign(mask).astype(np.int8) for matrix, mask in signs.items()}
    weights = {matrix: _obeying(raw[matrix], exist.get(matrix), signs.get(matrix)) for matrix in LAYERS}
    remarks += _said(raw, weights, exist, signs)
    connectome, law = _recurrent(path.name, weights["W_rec"], exist.get("W_rec"), signs.get("W_rec"), tuple(remarks))
    rules = _rules(weights, exist, signs, _plasticity(kwargs, raw), law)
    dynamics, dt_ms = _dynamics(kwargs, state, connectome)
    tensors = {matrix: torch.from_numpy(array) for matrix, array in weights.items()} | _biases(state, raw)
    if dynamics.initial_state == "learned":
        tensors["initial_state"] = state["recurrent_layer.hidden_state"].double()
    constraints = Constraints(rules=rules).with_values(law)
    return Nn4nModel(connectome, constraints, dynamics, dt_ms, tensors, tuple(remarks))


def _weight(state: Mapping[str, Tensor], key: str) -> Float[np.ndarray, "post pre"]:
    if key not in state or state[key].dim() != 2:
        raise Invalid(f"This is no saved CTRNN of nn4n: it lacks the matrix '{key}'.")
    return state[key].detach().double().numpy()


def _require_fitting(raw: Mapping[str, np.ndarray]) -> None:
    n = len(raw["W_rec"])
    if n == 0 or raw["W_rec"].shape != (n, n) or len(raw["W_in"]) != n or raw["W_out"].shape[1] != n:
        shapes = ", ".join(f"{matrix} {array.shape}" for matrix, array in raw.items())
        raise Invalid(f"The matrices of this model do not fit together: {shapes}.")


def _biases(state: Mapping[str, Tensor], raw: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    def bias(matrix: str) -> Tensor:
        found = state.get(f"{LAYERS[matrix]}.bias", torch.zeros(len(raw[matrix])))
        if found.shape != (len(raw[matrix]),):
            raise Invalid(f"The bias of '{LAYERS[matrix]}' has the shape {tuple(found.shape)}.")
        return found.detach().double()

    return {"bias": bias("W_in") + bias("W_rec"), "bias_out": bias("W_out")}


def _masks(kwargs: Mapping[str, Any], name: str, raw: Mapping[str, np.ndarray]) -> Masks:
    given = kwargs.get(name)
    if given is None:
        return {}
    if not isinstance(given, (list, tuple)) or len(given) != 3:
        raise Invalid(f"The {name} of this model are not a list of three.")
    masks = {}
    for (matrix, weights), mask in zip(raw.items(), given, strict=True):
        if mask is not None:
            if not isinstance(mask, Tensor) or tuple(mask.T.shape) != weights.shape:
                raise Invalid(f"The {name} of this model do not fit {matrix}, whose transpose they should resemble.")
            masks[matrix] = mask.detach().double().numpy().T
    return masks


def _obeying(weights: np.ndarray, exists: np.ndarray | None, sign: np.ndarray | None) -> Float[np.ndarray, "post pre"]:
    """What nn4n makes of the weights when the next training step begins."""
    kept = weights if exists is None else weights * exists
    return kept if sign is None else np.where(kept * sign < 0, 0.0, kept)


def _said(raw: Masks, weights: Masks, exist: Masks, signs: Masks) -> list[str]:
    remarks = []
    broken = {matrix: int((raw[matrix] != weights[matrix]).sum()) for matrix in raw}
    if any(broken.values()):
        listed = ", ".join(f"{count} of {matrix}" for matrix, count in broken.items() if count)
        remarks.append(f"Weights against the model's own masks were set to 0, as nn4n does before it trains: {listed}.")
    if exist and signs and all(mask.all() for mask in exist.values()) and all((m > 0).all() for m in signs.values()):
        remarks.append("Its masks allow and excite everything; nn4n spoils masks if one list is given as both.")
    return remarks


def _recurrent(
    name: str, weights: np.ndarray, exists: np.ndarray | None, sign: np.ndarray | None, remarks: tuple[str, ...]
) -> tuple[Connectome, dict[str, Any]]:
    """The connectome, and how Dale's law is kept: not at all, by unit, or, where signs are mixed, by synapse."""
    n, law = len(weights), {"dales_law.method": "off"}
    mask, of_unit = np.ones((n, n), bool) if exists is None else exists, np.zeros(n, np.int8)
    if sign is not None:
        of_unit, law = _unit_signs(mask, sign), {}
        if of_unit is None:
            of_unit, law = np.zeros(n, np.int8), {"dales_law.sign_of": "synapse"}
    types = tuple({1: "E", -1: "I", 0: "free"}[int(s)] for s in of_unit)
    units = tuple(f"unit {k}" for k in range(n))
    did = (f"Imported from {name}, a saved model of nn4n.",)
    return Connectome(weights, mask, of_unit, units, ("all",) * n, types, provenance=did, remarks=remarks), law


def _unit_signs(mask: np.ndarray, sign: np.ndarray) -> np.ndarray | None:
    """The sign that all synapses of each unit share; None if some unit has synapses of several, or free ones."""
    seen = np.where(mask, sign, 0)
    first = np.where(mask.any(0), np.sign(seen.sum(0)), np.where(sign.sum(0) < 0, -1, 1))
    return first.astype(np.int8) if (first != 0).all() and (seen == mask * first).all() else None


def _rules(
    weights: Masks, exist: Masks, signs: Masks, plasticity: Masks, law: Mapping[str, Any]
) -> tuple[SynapseRule, ...]:
    units = [f"unit {k}" for k in range(len(weights["W_rec"]))]
    inputs, outputs = ([*map(str, range(n))] for n in (weights["W_in"].shape[1], len(weights["W_out"])))
    names = {"W_in": (units, inputs), "W_rec": (units, units), "W_out": (outputs, units)}
    rules: list[SynapseRule] = []
    for matrix, sides in names.items():
        exists, sign = exist.get(matrix), signs.get(matrix, np.zeros(weights[matrix].shape, np.int8))
        if matrix == "W_rec":  # the connectome has the mask, and the signs of weights that are not 0
            unsaid = (weights[matrix] == 0) & (True if exists is None else exists)
            exists, sign = None, np.where(unsaid, sign, 0) if "dales_law.sign_of" in law else 0 * sign
        if exists is not None:
            rules += rules_of(matrix, exists, sides, lambda there: None if there else {"exists": False})
        rules += rules_of(matrix, sign, sides, SIGN.get)
        if matrix in plasticity:
            rules += rules_of(matrix, plasticity[matrix], sides, lambda f: None if f == 1 else {"plasticity": f})
    return tuple(rules)


def _plasticity(kwargs: Mapping[str, Any], raw: Mapping[str, np.ndarray]) -> Masks:
    """Scaled jointly to 0 … 1, as nn4n does; without effect if all values are equal."""
    given = _masks(kwargs, "plasticity_masks", raw)
    low, high = (min(m.min() for m in given.values()), max(m.max() for m in given.values())) if given else (0, 0)
    return {matrix: (mask - low) / (high - low) for matrix, mask in given.items()} if high > low else {}


def _dynamics(
    kwargs: Mapping[str, Any], state: Mapping[str, Tensor], connectome: Connectome
) -> tuple[LeakyRate, float]:
    dt, tau, activation = kwargs.get("dt", 10), kwargs.get("tau", 100), kwargs.get("activation", "relu")
    noise = kwargs.get("preact_noise", 0), kwargs.get("postact_noise", 0)
    if not all(isinstance(number, (int, float)) for number in (dt, tau, *noise)) or activation not in RATES:
        raise Invalid("The dt, tau, noise or activation of this model are not of the kinds that nn4n knows.")
    tau_ms, learned = np.full(connectome.n, float(tau)), state.get("recurrent_layer.hidden_state")
    if (alpha := state.get("recurrent_layer.alpha")) is not None:
        if alpha.numel() not in (1, connectome.n) or not bool((alpha > 0).all()):
            raise Invalid("The learned alpha of this model is not above 0, or not one per unit.")
        tau_ms = float(dt) / alpha.double().flatten().expand(connectome.n).numpy()
    usual = float(np.median(tau_ms)) if len(set(tau_ms)) == 1 else float(tau)
    groups = [UnitGroup(by="unit", name=connectome.names[k], tau_ms=tau_ms[k]) for k in np.flatnonzero(tau_ms != usual)]
    biases = kwargs.get("biases", "zero") if kwargs else "zero"
    given = biases if isinstance(biases, (list, tuple)) and len(biases) == 3 else [biases] * 3
    values = {
        "activation": activation, "tau_ms": usual, "groups": tuple(groups), "noise_scaling": "alpha",
        "state_noise": float(noise[0]), "rate_noise": float(noise[1]),
        "bias": "fixed" if given[0] is None and given[1] is None else "learned",
        "readout_bias": "fixed" if given[2] is None else "learned",
        "initial_state": "learned" if learned is not None and bool((learned != 0).any()) else "zero",
    }  # fmt: skip
    return LeakyRate.read(values), float(dt)
