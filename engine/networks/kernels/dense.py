"""The fast path for dense weights: one matrix product per step and direction, and a backward pass written by hand.

Rates, inputs and a column of ones lie side by side in one buffer, `seen[t] = [r_t | u_{t+1} | 1]`, so that one product
with `[W_rec; W_in; b]` is the whole drive of a step, accumulated in place onto the leaking state. In the backward pass
`owed[t] = [dL/dx_{t+1} | dL/dy_t]` lies beside it, so that one product with `[W_rec; W_out]` is the whole gradient
with respect to r_t, and a single product of the two buffers gives the gradients of all weights and biases. The leak is
multiplied into both stacks of weights, so that owed holds a dL/dx and is right for these products as it is. States need
not be kept, since the slopes of our rate functions follow from the rates; only the gradient of learned leaks asks for
them. Leaks that differ between units cost one more pass over the state, and a network without them pays nothing.

A pass that will be differentiated keeps its buffers until its backward pass is through, so that any number of forward
passes may precede a backward pass; only then are they handed on. Everything given out is a copy.

A network never depends on what its neighbours in a population hold, NaN included. On one thread it also gives the same
bits as alone; on several, MKL may divide a batched product otherwise than a single one, and they agree to rounding.
"""

from typing import Any, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from engine.networks.activity import Activity, Motion, Noise, Weights
from engine.networks.kernels.backwards import Given, Past, span_of, steps_of, walk_back
from engine.networks.kernels.entering import to_leak, to_start
from engine.networks.kernels.scratch import Buffer, Scratch, single
from engine.networks.rate_function import RateFunction


class Plan(NamedTuple):
    """What a pass needs to know beside its tensors."""

    rates: RateFunction
    noise: Noise
    keep_states: bool
    scratch: Scratch


def supports(like: Tensor) -> bool:
    """Whether this kernel computes in the dtype and on the device of this tensor."""
    return like.dtype in (torch.float32, torch.float64) and like.device.type in ("cpu", "cuda")


def run(
    weights: Weights,
    inputs: Float[Tensor, "*networks trials steps inputs"],
    motion: Motion,
    noise: Noise,
    initial_states: Float[Tensor, "networks trials units"],
    keep_states: bool,
    scratch: Scratch,
) -> Activity:
    """The activity of every network on every trial. Differentiable once; twice raises, ask for the reference then."""
    plan = Plan(motion.rates, noise, keep_states, scratch)
    outputs, states, rates = _ThroughTime.apply(*weights, motion.leak, inputs, initial_states, plan)
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
        leak: float | Tensor,
        inputs: Tensor,
        initial_states: Tensor,
        plan: Plan,
    ) -> tuple[Tensor, Tensor | None, Tensor | None]:
        networks, trials, units = initial_states.shape
        steps, channels = inputs.shape[-2:]
        memory = plan.scratch.take("seen", bias, networks, steps + 1, trials, units + channels + 1)
        rates = _fill_seen(memory, inputs, initial_states, plan)
        is_kept = plan.keep_states or ctx.needs_input_grad[5]
        states = bias.new_empty(networks, steps, trials, units) if is_kept else None
        clean = None if plan.noise.rate is None else bias.new_empty(networks, steps, trials, units)
        drive = plan.scratch.take("drive", bias, networks, units + channels + 1, units)
        _stack(drive.tensor, (W_rec.mT, W_in.mT, bias[:, None]), leak)
        _forward_loop(memory, drive.tensor, initial_states, states, clean, leak, plan)
        plan.scratch.give(drive)
        read = rates if plan.noise.readout is None else rates + plan.noise.readout
        outputs = torch.baddbmm(bias_out[:, :, None], W_out, read.flatten(1, 2).mT)
        outputs = outputs.unflatten(2, (steps, trials)).permute(0, 3, 2, 1).contiguous()
        for_leak = states if ctx.needs_input_grad[5] else None
        kept = (None, None)
        if plan.keep_states:
            given = states if for_leak is None else states.clone()
            kept = (given.transpose(1, 2), read.transpose(1, 2).clone())
        if any(ctx.needs_input_grad):
            ctx.save_for_backward(W_in, W_rec, W_out, bias, clean, initial_states, for_leak)
            ctx.leak, ctx.plan, ctx.memory, ctx.generation = leak, plan, memory, memory.generation
            ctx.is_shared = inputs.dim() == 3
            ctx.set_materialize_grads(False)
        else:
            plan.scratch.give(memory)
        return outputs, *kept

    @staticmethod
    def backward(ctx: Any, to_outputs: Tensor | None, to_states: Tensor | None, to_rates: Tensor | None) -> tuple:
        if torch.is_grad_enabled():  # create_graph
            raise RuntimeError(
                "The dense kernel can be differentiated once only; choose kernel='reference' to do so twice."
            )
        W_in, W_rec, W_out, bias, clean, initial_states, states = ctx.saved_tensors
        plan, (networks, units, channels), leak = ctx.plan, W_in.shape, ctx.leak
        seen = _still_ours(ctx.memory, ctx.generation)
        steps, trials = seen.shape[1] - 1, seen.shape[2]
        is_whole = seen.is_cuda or any(ctx.needs_input_grad[5:8])
        span = steps + 1 if is_whole else span_of(steps, trials)
        memory = plan.scratch.take("owed", seen, networks, span + 1, trials, units + W_out.shape[1])
        weights = plan.scratch.take("back", seen, networks, units + W_out.shape[1], units)
        _stack(weights.tensor, (W_rec, W_out), leak)
        past = Past(seen, ctx.memory.steps(0, units)[1:] if clean is None else steps_of(clean))
        given = Given(_steps_first(to_outputs), _leaked(to_states, leak), _leaked(to_rates, leak))
        products = walk_back(memory, weights.tensor, past, given, leak, plan.rates.back_through)
        owed = memory.tensor[:, :-1]
        drive, readout = products[:, :units], products[:, units:, :units]
        if plan.noise.readout is not None and given.outputs is not None:
            readout = readout + given.outputs.flatten(1, 2).mT @ plan.noise.readout.flatten(1, 2)
        needs_leak, *needed = ctx.needs_input_grad[5:8]
        everything = (drive, (W_rec, W_in, bias[:, :, None]), owed, states, initial_states, leak)
        start = W_in, initial_states, leak, needed, plan.rates, ctx.is_shared
        to_inputs, to_initial = to_start(owed, weights.tensor, *start)
        to_leaks = to_leak(*everything) if needs_leak else None
        plan.scratch.give(weights, memory, ctx.memory)
        return (
            drive[:, :, units : units + channels],
            drive[:, :, :units],
            readout,
            drive[:, :, units + channels].contiguous(),
            products[:, units:, units + channels].contiguous(),
            to_leaks,
            to_inputs,
            to_initial,
            None,
        )


def _forward_loop(
    memory: Buffer,
    drive: Tensor,
    initial_states: Tensor,
    states: Tensor | None,
    clean: Tensor | None,
    leak: float | Tensor,
    plan: Plan,
) -> None:
    seen_at, rates_at = memory.steps(0, drive.shape[1]), memory.steps(0, drive.shape[2])
    state, drive = single(initial_states.clone()), single(drive)
    state_noise_at, rate_noise_at = steps_of(plan.noise.state), steps_of(plan.noise.rate)
    states_at, clean_at = steps_of(states), steps_of(clean)
    advance, rate_into = state.addmm_ if state.dim() == 2 else state.baddbmm_, plan.rates.into
    is_one = not isinstance(leak, Tensor)
    stay = 1 - leak if is_one else single(1 - leak)
    for t, (before, rate) in enumerate(zip(seen_at[:-1], rates_at[1:], strict=True)):
        if not is_one:
            state.mul_(stay)
        advance(before, drive, beta=stay if is_one else 1)
        if state_noise_at:
            state.add_(state_noise_at[t])
        if states_at:
            states_at[t].copy_(state)
        if rate_noise_at:
            rate_into(state, clean_at[t])
            torch.add(clean_at[t], rate_noise_at[t], out=rate)
        else:
            rate_into(state, rate)


def _fill_seen(memory: Buffer, inputs: Tensor, initial_states: Tensor, plan: Plan) -> Tensor:
    """Everything but the rates, and the rates before the first step. Returns where the others go."""
    seen, units, end = memory.tensor, initial_states.shape[2], initial_states.shape[2] + inputs.shape[-1]
    if memory.generation == 1:
        seen[..., end] = 1
    seen[:, :-1, :, units:end] = inputs.transpose(-3, -2)
    plan.rates.into(initial_states, seen[:, 0, :, :units])
    return seen[:, 1:, :, :units]


def _stack(whole: Tensor, parts: tuple[Tensor, ...], leak: float | Tensor) -> None:
    """The parts on top of each other, times the leak of the unit of each column."""
    start = 0
    for part in parts:
        torch.mul(part, leak, out=whole[:, start : start + part.shape[1]])
        start += part.shape[1]


def _steps_first(gradient: Tensor | None) -> Tensor | None:
    return None if gradient is None else gradient.transpose(1, 2)


def _leaked(gradient: Tensor | None, leak: float | Tensor) -> Tensor | None:
    if gradient is None:
        return None
    return gradient.transpose(1, 2) * (leak[:, None] if isinstance(leak, Tensor) else leak)


def _still_ours(memory: Buffer, generation: int) -> Tensor:
    if memory.generation != generation:
        raise RuntimeError(
            "This pass went backward once already and its memory was handed on; run the forward pass again."
        )
    return memory.tensor
