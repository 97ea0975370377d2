"""Saved weights as a network takes them over: under the laws that training left, and refused where they do not fit."""

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.component import Invalid
from engine.constraints.law import Law
from engine.networks.gate import gates_outside

Shapes = Mapping[str, tuple[int, ...]]


def laws_of_saved(tensors: Mapping[str, Tensor], laws: Mapping[str, Law], shapes: Shapes) -> dict[str, Law]:
    """The laws with the signs that saved ones allow, where these are told. Raises Invalid if that is no mask."""
    found = {}
    for name, law in laws.items():
        if (codes := tensors.get(f"allowed.{name}")) is not None:
            expected = shapes[name]
            if tuple(codes.shape) != expected or codes.dtype != torch.uint8 or int(codes.max()) > 3:
                raise Invalid(f"The saved 'allowed.{name}' is no mask of {expected} for this network.")
            found[name] = law.allowing(codes.to(law.low.device))
    return found


def require_loadable(tensors: Mapping[str, Tensor], shapes: Shapes, laws: Mapping[str, Law]) -> None:
    """Raises Invalid if something is missing, has another shape or breaks its law; gates are under that of W_rec."""
    for name, expected in shapes.items():
        if name not in tensors:
            raise Invalid(f"The saved weights lack '{name}'.")
        if tuple(tensors[name].shape) != expected:
            raise Invalid(f"The saved '{name}' is {tuple(tensors[name].shape)}, but this network needs {expected}.")
        if not (law := laws.get("W_rec" if name == "W_gate" else name)):
            continue
        saved = tensors[name].to(law.low)
        broken = int((gates_outside(saved, law) if name == "W_gate" else law.violations(saved)).sum())
        if broken:
            raise Invalid(
                f"{broken} of the saved weights '{name}' break a law of this network; "
                "check its connectome and constraints."
            )
