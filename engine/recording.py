"""A recording: what the units of one network, or of an animal, did on some trials."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from engine.networks.network import Network
from engine.recordings import Session
from engine.tasks.task import Epochs, Trials


@dataclass(frozen=True, eq=False)
class Recording:
    """States, rates and outputs of one network on some trials, with those trials.

    All dimensionless; the time step is `trials.epochs.dt_ms`.
    """

    trials: Trials
    states: Float[Tensor, "trials steps units"]
    rates: Float[Tensor, "trials steps units"]
    outputs: Float[Tensor, "trials steps outputs"]


@torch.no_grad()
def record(network: Network, trials: Trials, index: int = 0, noise_seed: int | None = None) -> Recording:
    """Run network `index` of the population on these trials; its noise stays off unless a seed is given."""
    device = next(network.parameters()).device
    shown = trials.to(device)
    first = shown.initial_rates
    activity = network(shown.inputs, noise_seed=noise_seed, keep_states=True, initial_rates=first)
    return Recording(trials, *(part[index].cpu() for part in (activity.states, activity.rates, activity.outputs)))


def recording_of(session: Session) -> Recording:
    """An animal's session as analyses take it: rates stand for the states, which nobody saw; no outputs."""
    scored = torch.ones(session.trials, session.steps, dtype=torch.bool)
    epochs = Epochs(session.dt_ms, {"trial": slice(0, session.steps)})
    trials = Trials(session.inputs, session.rates, scored, epochs, session.conditions, session.behaviour)
    return Recording(trials, session.rates, session.rates, session.rates[..., :0])
