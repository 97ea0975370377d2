"""Moments: what an optimiser remembers of earlier gradients, and what it forgets when connections are pruned."""

import torch
from jaxtyping import Bool
from torch import Tensor

from engine.component import Invalid
from engine.networks.network import Network
from engine.training.prune import Prune
from engine.training.stage import AnyStage, Stage


@torch.no_grad()
def forget_moments(
    optimiser: torch.optim.Optimizer, network: Network, prune: Prune, left: Bool[Tensor, "networks post pre"]
) -> None:
    """Nothing, those of the connections that are not left, or all of every parameter and network, as it is asked."""
    if prune.moments == "reset":
        optimiser.state.clear()
        begin_moments(optimiser)
    if prune.moments != "mask":
        return
    bearers = [getattr(network, f"free_{prune.matrix}"), *([network.free_W_gate] if prune.matrix == "W_rec" else [])]
    for parameter in (p for p in bearers if p is not None):
        stays = left.to(parameter.device) if parameter.dim() == 3 else left.to(parameter.device)[:, None]
        for moment in optimiser.state.get(parameter, {}).values():
            if isinstance(moment, Tensor) and moment.shape == parameter.shape:
                moment.mul_(stays)


def begin_moments(optimiser: torch.optim.Optimizer) -> None:
    """Momentum begins at 0 for all parameters: torch's fused step fails where only some learned in the one before."""
    for group in optimiser.param_groups:
        for parameter in group["params"] if group.get("momentum") else ():
            optimiser.state[parameter].setdefault("momentum_buffer", torch.zeros_like(parameter))


def require_moments(stages: tuple[AnyStage, ...], index: int) -> None:
    """Raises Invalid if a stage keeps moments that the one before does not have."""
    stage, before = stages[index], stages[index - 1] if index else None
    if not isinstance(stage, Stage) or stage.moments == "reset":
        return
    if not isinstance(before, Stage) or before.optimiser.kind != stage.optimiser.kind:
        said = f"No stage by {stage.optimiser.title} precedes this one, so there are no moments to keep"
        raise Invalid(f"{said}; reset them, or give both the same optimiser.", f"training.stages.{index}.moments")
