"""The fast path for dense weights: one matrix product per step and direction, and a backward pass written by hand.

Rates, inputs and a column of ones lie side by side in one buffer, `seen[t] = [r_t | u_{t+1} | 1]`, so that one product
with `[W_rec; W_in; b]` is the whole drive of a step, accumulated in place onto the leaking state. In the backward pass
`owed[t] = [dL/dx_{t+1} | dL/dy_t]` lies beside it, so that one product with `[W_rec; W_out]` is the whole gradient with
respect to r_t, and a single product of the two buffers gives the gradients of all weights and biases. States need not be
kept: the slopes of our rate functions follow from the rates.

A pass that will be differentiated keeps its buffers until its backward pass is through, so that any number of forward
passes may precede a backward pass; only then are they handed on. Everything given out is a copy.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from engine.networks.activations import Activation, rate_into, slope_into
from engine.networks.activity import Activity, Noise, Weights
from engine.networks.dynamics import Dynamics
from engine.networks.kernels.scratch import Buffer, Scratch

ALIGNED = 16  # rows of buffers begin at multiples of this many numbers: 64 bytes of float32


class Plan(NamedTuple):
    """What a pass needs to know beside its tensors."""

    leak: float
    activation: Activation
    noise: Noise
    keep_states: bool
    scratch: Scratch


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
    scratch: Scratch,
) -> Activity:
    """The activity of every network on every trial. Differentiable once; twice raises, ask for the reference then."""
    plan = Plan(dynamics.leak(dt_ms), dynamics.activation, noise, keep_states, scratch)
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
        networks, trials, units = initial_states.shape
        steps, channels = inputs.shape[1:]
        memory = plan.scratch.take(bias, networks, steps + 1, trials, _padded(units + channels + 1))
        seen = memory.tensor[..., : units + channels + 1]
        _fill_seen(seen, inputs, initial_states, plan)
        states = bias.new_empty(networks, steps, trials, units) if plan.keep_states else None
        clean = None if plan.noise.rate is None else bias.new_empty(networks, steps, trials, units)
        weights = plan.scratch.take(bias, networks, units + channels + 1, units)
        drive = torch.cat((W_rec.mT, W_in.mT, bias[:, None]), 1, out=weights.tensor).mul_(plan.leak)
        _forward_loop(seen, drive, initial_states, states, clean, plan)
        plan.scratch.give(weights)
        rates = seen[:, 1:, :, :units]
        outputs = torch.baddbmm(bias_out[:, :, None], W_out, rates.flatten(1, 2).mT)
        outputs = outputs.unflatten(2, (steps, trials)).permute(0, 3, 2, 1)
        kept = (states.transpose(1, 2), rates.transpose(1, 2).clone()) if states is not None else (None, None)
        if any(ctx.needs_input_grad):
            ctx.save_for_backward(W_in, W_rec, W_out, clean, initial_states)
            ctx.plan, ctx.memory, ctx.generation = plan, memory, memory.generation
            ctx.set_materialize_grads(False)
        else:
            plan.scratch.give(memory)
        return outputs, *kept

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, to_outputs: Tensor | None, to_states: Tensor | None, to_rates: Tensor | None) -> tuple:
        W_in, W_rec, W_out, clean, initial_states = ctx.saved_tensors
        plan, (networks, units, channels), leak = ctx.plan, W_in.shape, ctx.plan.leak
        seen = _still_ours(ctx.memory, ctx.generation)[..., : units + channels + 1]
        memory = plan.scratch.take(seen, *seen.shape[:3], _padded(units + W_out.shape[1]))
        owed = memory.tensor[..., : units + W_out.shape[1]]
        _fill_owed(owed, to_outputs, seen[:, 1:, :, :units] if clean is None else clean, plan)
        weights = plan.scratch.take(seen, networks, owed.shape[3], units)
        back = torch.cat((W_rec, W_out), 1, out=weights.tensor)
        back[:, :units].mul_(leak)
        _backward_loop(owed, back, to_states, to_rates, plan)
        products = torch.bmm(owed.flatten(1, 2).mT, seen.flatten(1, 2))
        drive = products[:, :units].mul_(leak)
        to_inputs, to_initial = _to_start(owed, back, W_in, initial_states, ctx.needs_input_grad[5:7], plan)
        plan.scratch.give(weights, memory, ctx.memory)
        return (
            drive[:, :, units:-1],
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


def _fill_seen(seen: Tensor, inputs: Tensor, initial_states: Tensor, plan: Plan) -> None:
    units = initial_states.shape[2]
    seen[:, :-1, :, units:-1] = inputs.transpose(0, 1)
    seen[:, -1, :, units:-1] = 0
    seen[..., -1] = 1
    rate_into(plan.activation, initial_states, seen[:, 0, :, :units])


def _fill_owed(owed: Tensor, to_outputs: Tensor | None, rates: Tensor, plan: Plan) -> None:
    """The debts of the outputs, no debt from beyond the last step, and the slopes where the loop will need them."""
    units = rates.shape[3]
    owed[:, -1, :, :units] = 0
    owed[:, 0, :, units:] = 0
    owed[:, 1:, :, units:] = 0 if to_outputs is None else to_outputs.transpose(1, 2)
    slope_into(plan.activation, rates, owed[:, :-1, :, :units])


def _to_start(
    owed: Tensor, back: Tensor, W_in: Tensor, initial_states: Tensor, needed: tuple[bool, bool], plan: Plan
) -> tuple[Tensor | None, Tensor | None]:
    """The gradients of inputs and initial states, where somebody needs them."""
    units, to_inputs, to_initial = back.shape[2], None, None
    if needed[0]:
        to_inputs = (owed[:, :-1, :, :units] @ (W_in[:, None] * plan.leak)).sum(0).transpose(0, 1)
    if needed[1]:
        rate, slope = torch.empty_like(initial_states), torch.empty_like(initial_states)
        rate_into(plan.activation, initial_states, rate)
        slope_into(plan.activation, rate, slope)
        to_initial = slope.mul_(owed[:, 0] @ back).add_(owed[:, 0, :, :units], alpha=1 - plan.leak)
    return to_inputs, to_initial


def _still_ours(memory: Buffer, generation: int) -> Tensor:
    if memory.generation != generation:
        raise RuntimeError("This pass went backward once already and its memory was handed on; run the forward pass again.")
    return memory.tensor


def _padded(width: int) -> int:
    return -(-width // ALIGNED) * ALIGNED


def _steps(tensor: Tensor | None) -> tuple[Tensor, ...]:
    return () if tensor is None else _single(tensor).unbind(-3)


def _single(tensor: Tensor) -> Tensor:
    """A population of one goes without its axis: mm has less overhead than bmm, and gives the same bits."""
    return tensor[0] if tensor.shape[0] == 1 else tensor
