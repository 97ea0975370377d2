"""Training steps to race: ours, the peers' and the matrix products that none can do without.

All do the same work unless said otherwise: a leaky relu network (a = 0.2) without noise, mean squared error of a linear
readout at every step, Adam, recurrent weights masked (20 % density) and signed (80/20) with projection after the step.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from nn4n.criterion import RNNLoss
from nn4n.model import CTRNN
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from engine.connectomes.connectome import Connectome
from engine.constraints import Constraints
from engine.networks import LeakyRate, Network, Normal

LEAK = 0.2
Step = Callable[[], object]


@dataclass(frozen=True)
class Size:
    """Units, time steps, trials, channels and networks of a race."""

    units: int
    steps: int
    trials: int
    inputs: int = 6
    outputs: int = 2
    networks: int = 1

    def inputs_and_targets(self) -> tuple[Tensor, Tensor]:
        """Random inputs and targets, trials first."""
        rng = torch.Generator().manual_seed(0)
        shape = (self.trials, self.steps)
        return torch.randn(*shape, self.inputs, generator=rng), torch.randn(*shape, self.outputs, generator=rng)

    def connectome(self) -> Connectome:
        """Random wiring of 20 % density, 80 % of the units excitatory."""
        rng, n = np.random.default_rng(0), self.units
        mask = (rng.random((n, n)) < 0.2) & ~np.eye(n, dtype=bool)
        signs = np.where(np.arange(n) < 0.8 * n, 1, -1).astype(np.int8)
        names = tuple(f"unit {i}" for i in range(n))
        return Connectome(mask * signs.astype(float), mask, signs, names, ("all",) * n, ("unit",) * n)


SIZES = {
    "S": Size(100, 100, 64),
    "M": Size(312, 50, 128, inputs=8),
    "L": Size(1000, 100, 64),
    "POP": Size(100, 50, 32, networks=20),
}


def ours(size: Size) -> Step:
    """A population of `size.networks` networks in one batched computation."""
    inputs, targets = size.inputs_and_targets()
    dynamics = LeakyRate(tau_ms=20 / LEAK)
    network = Network(
        size.connectome(), Constraints(), Normal(), dynamics, size.inputs, size.outputs, 20.0, 0, size.networks
    )
    optimiser = torch.optim.Adam(network.parameters(), 1e-3, fused=True)

    def step() -> None:
        optimiser.zero_grad()
        outputs = network(inputs).outputs
        loss = mse_loss(outputs, targets.expand_as(outputs)) * size.networks
        loss.backward()
        optimiser.step()
        network.after_step()

    return step


def nn4n(size: Size) -> Step:
    """CTRNN with masks and RNNLoss as its documentation shows; populations one by one."""
    return _one_by_one([_nn4n(size) for _ in range(size.networks)])


def plain(size: Size) -> Step:
    """The loop that everybody writes first, differentiated by autograd; populations one by one."""
    return _one_by_one([_plain(size) for _ in range(size.networks)])


def torch_rnn(size: Size) -> Step:
    """torch.nn.RNN: less work, since its units do not leak; populations one by one."""
    return _one_by_one([_torch_rnn(size) for _ in range(size.networks)])


def floor(size: Size) -> Step:
    """Only the matrix products of the recurrent weights: one per step and direction, and one for the gradient."""
    shape = (size.networks, size.steps, size.trials, size.units)
    rates, owed = torch.randn(shape), torch.randn(shape)
    W, out = torch.randn(size.networks, size.units, size.units), torch.empty(size.networks, size.trials, size.units)
    if size.networks == 1:
        rates, owed, W, out = rates[0], owed[0], W[0], out[0]
    product = torch.mm if size.networks == 1 else torch.bmm
    at, owed_at = rates.unbind(-3), owed.unbind(-3)

    def step() -> None:
        for r in at:
            product(r, W, out=out)
        for g in owed_at:
            product(g, W, out=out)
        product(owed.flatten(-3, -2).mT, rates.flatten(-3, -2))

    return step


CONTESTANTS: dict[str, Callable[[Size], Step]] = {
    "ours": ours,
    "nn4n": nn4n,
    "plain": plain,
    "torch.nn.RNN": torch_rnn,
    "floor": floor,
}


def _one_by_one(steps: list[Step]) -> Step:
    def step() -> None:
        for each in steps:
            each()

    return step


def _nn4n(size: Size) -> Step:
    inputs, targets = (tensor.transpose(0, 1).contiguous() for tensor in size.inputs_and_targets())
    connectome = size.connectome()
    signs = torch.from_numpy(connectome.signs.astype(np.float32))[:, None].expand(size.units, size.units).contiguous()
    mask = torch.from_numpy(connectome.mask.T.astype(np.float32))  # nn4n's masks are [pre, post]
    model = CTRNN(
        dims=[size.inputs, size.units, size.outputs], activation="relu", dt=20, tau=20 / LEAK, biases="zero",
        weights="uniform", sparsity_masks=[None, mask, None], ei_masks=[None, signs, None],
    )  # fmt: skip
    model.train()
    criterion, optimiser = RNNLoss(model), torch.optim.Adam(model.parameters(), 1e-3)

    def step() -> None:
        optimiser.zero_grad()
        outputs, states = model(inputs)
        loss, _ = criterion(outputs, targets, states=states)
        loss.backward()
        optimiser.step()

    return step


def _plain(size: Size) -> Step:
    inputs, targets = size.inputs_and_targets()
    W, project = _recurrent(size)
    W_in = nn.Parameter(torch.randn(size.units, size.inputs) / size.inputs**0.5)
    W_out = nn.Parameter(torch.randn(size.outputs, size.units) / size.units**0.5)
    bias, bias_out = nn.Parameter(torch.zeros(size.units)), nn.Parameter(torch.zeros(size.outputs))
    optimiser = torch.optim.Adam([W, W_in, W_out, bias, bias_out], 1e-3)

    def step() -> None:
        optimiser.zero_grad()
        x = torch.zeros(size.trials, size.units)
        r, rates = torch.relu(x), []
        for u in inputs.unbind(1):
            x = (1 - LEAK) * x + LEAK * (r @ W.T + u @ W_in.T + bias)
            r = torch.relu(x)
            rates.append(r)
        mse_loss(torch.stack(rates, 1) @ W_out.T + bias_out, targets).backward()
        optimiser.step()
        project()

    return step


def _torch_rnn(size: Size) -> Step:
    inputs, targets = size.inputs_and_targets()
    rnn, readout = (
        nn.RNN(size.inputs, size.units, nonlinearity="relu", batch_first=True),
        nn.Linear(size.units, size.outputs),
    )
    W, project = _recurrent(size)
    rnn.weight_hh_l0 = W
    optimiser = torch.optim.Adam([*rnn.parameters(), *readout.parameters()], 1e-3)

    def step() -> None:
        optimiser.zero_grad()
        mse_loss(readout(rnn(inputs)[0]), targets).backward()
        optimiser.step()
        project()

    return step


def _recurrent(size: Size) -> tuple[nn.Parameter, Step]:
    connectome = size.connectome()
    mask, signs = torch.from_numpy(connectome.mask).float(), torch.from_numpy(connectome.signs).float()
    W = nn.Parameter(torch.randn(size.units, size.units).abs() * mask * signs * (0.5 / (0.2 * size.units) ** 0.5))

    @torch.no_grad()
    def project() -> None:
        W.mul_(mask)
        W.copy_((W * signs).clamp_(min=0) * signs)

    return W, project
