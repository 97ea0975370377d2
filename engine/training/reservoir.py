"""Reservoirs: the readout of a network whose other weights stay, solved for in closed form."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Invalid
from engine.constraints.law import Law
from engine.networks.dynamics import Dynamics
from engine.networks.network import Network
from engine.tasks.task import Trials

CHUNK = 64  # trials at a time


def require_solvable(law: Law, matrix: str, address: str) -> None:
    """Raises Invalid where W_out or bias_out has signs, limits or plasticity that ridge regression cannot keep."""
    free, absent = torch.isinf(law.low) & torch.isinf(law.high), ~law.exists
    if law.plasticity is not None or not bool((free | absent).all()):
        said = f"A readout in closed form cannot keep signs, limits or plasticity of {matrix}"
        raise Invalid(f"{said}; drop these rules or train the readout by gradient.", address)


def require_linear(dynamics: Dynamics) -> None:
    """Raises Invalid where outputs are no sums of rates, which is what ridge regression fits."""
    for name, plain in (("readout_sees", "rates"), ("readout_activation", "linear")):
        if (found := getattr(dynamics, name)) != plain:
            said = f"A readout in closed form fits sums of rates, but {name} is {found}"
            raise Invalid(f"{said}; choose {plain}, or train the readout by gradient.", f"dynamics.{name}")


@torch.no_grad()
def solve_readout(
    network: Network, trials: Trials, regularisation: float, warm_up: int, rows: Sequence[int] | None = None
) -> None:
    """W_out, and the readout bias if it is learned, fit the targets best, in all networks or some of them.

    See `ReadoutStage`.
    """
    features, wanted = _samples(network, trials, warm_up)
    weights, bias = network.W_out.detach().double().clone(), network.bias_out.detach().double().clone()
    learned = network.laws["bias_out"].exists.expand(bias.shape) & (network.dynamics.readout_bias == "learned")
    exists = torch.cat([network.laws["W_out"].exists.expand(weights.shape), learned[..., None]], -1)
    for k in range(network.networks) if rows is None else rows:
        for alike in exists[k].unique(dim=0):
            outputs, there, learns_bias = (exists[k] == alike).all(1), alike[:-1], bool(alike[-1])
            solved = ridge(
                features[k].double()[:, there], wanted[:, outputs].double() - (0 if learns_bias else bias[k, outputs]),
                regularisation, learns_bias,
            )  # fmt: skip
            weights[k, outputs] = torch.zeros_like(weights[k, outputs])
            weights[k][outputs.nonzero(), there.nonzero().T] = solved[0]
            if learns_bias:
                bias[k, outputs] = solved[1]
    network.free_W_out.copy_(network.laws["W_out"].free(weights.to(network.bias)))
    network.bias_out.copy_(network.laws["bias_out"].folded(bias.to(network.bias)))


def ridge(
    features: Float[Tensor, "samples units"],
    wanted: Float[Tensor, "samples outputs"],
    regularisation: float,
    with_bias: bool,
) -> tuple[Float[Tensor, "outputs units"], Float[Tensor, " outputs"]]:
    """Weights and bias that minimise mean |W r + b - y|^2 + regularisation |W|^2; the shortest W if that is 0."""
    mean_r, mean_y = (x.mean(0) if with_bias else x.new_zeros(x.shape[1]) for x in (features, wanted))
    r, y = features - mean_r, wanted - mean_y
    if regularisation == 0:
        weights = (torch.linalg.pinv(r) @ y).mT
    else:
        gram = r.mT @ r / len(r) + regularisation * torch.eye(r.shape[1], dtype=r.dtype, device=r.device)
        weights = torch.linalg.solve(gram, r.mT @ y / len(r)).mT
    return weights, mean_y - weights @ mean_r


def _samples(
    network: Network, trials: Trials, warm_up: int
) -> tuple[Float[Tensor, "networks samples units"], Float[Tensor, "samples outputs"]]:
    """Rates and targets at the scored steps after the warm-up."""
    counts = trials.scored.clone()
    counts[:, :warm_up] = False
    if not bool(counts.any()):
        milliseconds = math.floor(warm_up * network.dt_ms)
        said = f"No scored step comes after a warm-up of {milliseconds} ms"
        raise Invalid(f"{said}; shorten the warm-up of the readout stage.", "training.stages")
    chunks = [slice(k, k + CHUNK) for k in range(0, trials.n, CHUNK)]
    first = trials.initial_rates
    starts = [None if first is None else first[c] for c in chunks]
    rates = [
        network(trials.inputs[c], keep_states=True, initial_rates=start).rates[:, counts[c]]
        for c, start in zip(chunks, starts, strict=True)
    ]
    wanted = trials.targets[counts]
    if not wanted.is_floating_point():
        wanted = one_hot(wanted, network.bias_out.shape[1]).to(network.bias)
    return torch.cat(rates, 1), wanted
