"""The fast path for dense weights: one matrix product per step and direction, and a backward pass written by hand.

Rates, inputs and a column of ones lie side by side in one buffer, `seen[t] = [r_t | u_{t+1} | 1]`, so that one product
with `[W_rec; W_in; b]` is the whole drive of a step, accumulated in place onto the leaking state. In the backward pass
`owed[t] = [dL/dx_{t+1} | dL/dy_t]` lies beside it, so that one product with `[W_rec; W_out]` is the whole gradient with
respect to r_t, and a single product of the two buffers gives the gradients of all weights and biases. States need not be
kept: the slopes of our rate functions follow from the rates.

Buffers are fresh in every pass, so that any number of forward passes may precede a backward pass.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.networks.activations import Activation, rate_into, slope_into
from engine.networks.activity import Activity, Noise, Weights
from engine.networks.dynamics import Dynamics

ALIGNED = 16  # rows of buffers begin at multiples of this many numbers: 64 bytes of float32


class Plan(NamedTuple):
    """What a pass needs to know beside its tensors."""

    leak: float
    activation: Activation
    noise: Noise
    keep_states: bool


def supports(like: Tensor) -> bool:
    """Whether this kernel computes in the dtype and on the device of this tensor."""
    return like.dtype in (torch.float32, torch.float64) and like.device.type in ("cpu", "cuda")


def run(
    weights: Weights,
    inputs: Float[Tensor, "trials steps inputs"],
    dynamics: Dynamics,
    dt_ms: float,
    noise: Noise,
    initial_states: Float[Tensor, "networks trials units"],
    keep_states: bool,
) -> Activity:
    """The activity of every network on every trial. Differentiable once; twice raises, ask for the reference then."""
    plan = Plan(dynamics.leak(dt_ms), dynamics.activation, noise, keep_states)
    outputs, states, rates = _ThroughTime.apply(*weights, inputs, initial_states, plan)
    return Activity(outputs, states, rates)


class _ThroughTime(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        W_in: Tensor,
        W_rec: Tensor,
        W_out: Tensor,
        bias: Tensor,
        bias_out: Tensor,
        inputs: Tensor,
        initial_states: Tensor,
        plan: Plan,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        seen = _seen(inputs, initial_states, plan)
        drive = torch.cat((W_rec.mT, W_in.mT, bias[:, None]), 1).mul_(plan.leak)
        steps, units = inputs.shape[1], bias.shape[1]
        states = _buffer(initial_states, steps, units) if plan.keep_states else None
        slopes_from = None if plan.noise.rate is None else _buffer(initial_states, steps, units)
        _forward_loop(seen, drive, initial_states, states, slopes_from, plan)
        rates = seen[:, 1:, :, :units]
        outputs = torch.baddbmm(bias_out[:, :, None], W_out, rates.flatten(1, 2).mT)
        ctx.save_for_backward(W_in, W_rec, W_out, seen, slopes_from, initial_states)
        ctx.plan = plan
        ctx.set_materialize_grads(False)
        outputs = outputs.unflatten(2, (steps, -1)).permute(0, 3, 2, 1)
        return (outputs, states.transpose(1, 2), rates.transpose(1, 2).clone()) if plan.keep_states else (outputs, None, None)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_outputs: Tensor | None, to_states: Tensor | None, to_rates: Tensor | None) -> tuple:
        W_in, W_rec, W_out, seen, slopes_from, initial_states = ctx.saved_tensors
        plan, units, inputs = ctx.plan, W_rec.shape[1], W_in.shape[2]
        owed = _owed(to_outputs, seen, units, W_out.shape[1])
        slope_into(plan.activation, seen[:, 1:, :, :units] if slopes_from is None else slopes_from, owed[:, :-1, :, :units])
        back = torch.cat((W_rec * plan.leak, W_out), 1)
        _backward_loop(owed, back, to_states, to_rates, plan)
        products = owed.flatten(1, 2).mT @ seen.flatten(1, 2)
        drive = products[:, :units] * plan.leak
        need = ctx.needs_input_grad
        to_inputs = (owed[:, :-1, :, :units] @ (W_in[:, None] * plan.leak)).sum(0).transpose(0, 1) if need[5] else None
        to_initial = _to_initial(owed, back, initial_states, plan) if need[6] else None
        return (
            drive[:, :, units : units + inputs],
            drive[:, :, :units],
            products[:, units:, :units],
            drive[:, :, -1].contiguous(),
            products[:, units:, -1].contiguous(),
            to_inputs,
            to_initial,
            None,
        )


def _forward_loop(
    seen: Tensor, drive: Tensor, initial_states: Tensor, states: Tensor | None, clean: Tensor | None, plan: Plan
) -> None:
    units = drive.shape[2]
    seen_at, state, drive = _steps(seen), _single(initial_states.clone()), _single(drive)
    rates_at = _steps(seen[..., :units])
    state_noise_at, rate_noise_at = _steps(plan.noise.state), _steps(plan.noise.rate)
    states_at, clean_at = _steps(states), _steps(clean)
    advance, stay, activation = torch.addmm if state.dim() == 2 else torch.baddbmm, 1 - plan.leak, plan.activation
    for t in range(len(seen_at) - 1):
        advance(state, seen_at[t], drive, beta=stay, out=state)
        if state_noise_at:
            state.add_(state_noise_at[t])
        if states_at:
            states_at[t].copy_(state)
        if rate_noise_at:
            rate_into(activation, state, clean_at[t])
            torch.add(clean_at[t], rate_noise_at[t], out=rates_at[t + 1])
        else:
            rate_into(activation, state, rates_at[t + 1])


def _backward_loop(owed: Tensor, back: Tensor, to_states: Tensor | None, to_rates: Tensor | None, plan: Plan) -> None:
    owed_at, gradient_at, back = _steps(owed), _steps(owed[..., : back.shape[2]]), _single(back)
    to_states_at = _steps(None if to_states is None else to_states.transpose(1, 2))
    to_rates_at = _steps(None if to_rates is None else to_rates.transpose(1, 2))
    product, stay = torch.mm if back.dim() == 2 else torch.bmm, 1 - plan.leak
    to_rate = torch.empty_like(gradient_at[0], memory_format=torch.contiguous_format)
    for t in range(len(owed_at) - 1, 0, -1):
        product(owed_at[t], back, out=to_rate)
        if to_rates_at:
            to_rate.add_(to_rates_at[t - 1])
        gradient = gradient_at[t - 1]  # holds the slope so far
        torch.add(to_rate.mul_(gradient), gradient_at[t], alpha=stay, out=gradient)
        if to_states_at:
            gradient.add_(to_states_at[t - 1])


def _seen(inputs: Tensor, initial_states: Tensor, plan: Plan) -> Tensor:
    (_, steps, channels), units = inputs.shape, initial_states.shape[2]
    seen = _buffer(initial_states, steps + 1, units + channels + 1)
    seen[:, :-1, :, units:-1] = inputs.transpose(0, 1)
    seen[:, -1, :, units:-1] = 0
    seen[..., -1] = 1
    rate_into(plan.activation, initial_states, seen[:, 0, :, :units])
    return seen


def _owed(to_outputs: Tensor | None, seen: Tensor, units: int, outputs: int) -> Tensor:
    networks, steps, trials, _ = seen.shape
    owed = _buffer(seen.new_empty(networks, trials, 0), steps, units + outputs)
    owed[:, -1, :, :units] = 0
    owed[:, 0, :, units:] = 0
    owed[:, 1:, :, units:] = 0 if to_outputs is None else to_outputs.transpose(1, 2)
    return owed


def _to_initial(owed: Tensor, back: Tensor, initial_states: Tensor, plan: Plan) -> Tensor:
    slope, rate = torch.empty_like(initial_states), torch.empty_like(initial_states)
    rate_into(plan.activation, initial_states, rate)
    slope_into(plan.activation, rate, slope)
    return slope.mul_(owed[:, 0] @ back).add_(owed[:, 0, :, : slope.shape[2]], alpha=1 - plan.leak)


def _buffer(like: Float[Tensor, "networks trials _"], steps: int, width: int) -> Float[Tensor, "networks steps trials width"]:
    padded = -(-width // ALIGNED) * ALIGNED
    return like.new_empty(like.shape[0], steps, like.shape[1], padded)[..., :width]


def _steps(tensor: Tensor | None) -> tuple[Tensor, ...]:
    return () if tensor is None else _single(tensor).unbind(-3)


def _single(tensor: Tensor) -> Tensor:
    """A population of one goes without its axis: mm has less overhead than bmm, and gives the same bits."""
    return tensor[0] if tensor.shape[0] == 1 else tensor
