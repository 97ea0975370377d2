"""The aim of training: the loss of the task and all objectives, for every network of a population."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.networks.activity import Activity
from engine.networks.network import Network
from engine.tasks.task import Epochs, Trials
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective
from engine.training.objectives.task_loss import TaskLoss

TASK, TOTAL = "task", "total"


@dataclass(frozen=True, eq=False)
class Reached:
    """What is lowered, the task's part of it, and every cost by name before weight and scaling; nothing by name if
    there are no objectives."""

    total: Float[Tensor, " networks"]
    task_loss: Float[Tensor, " networks"]
    costs: dict[str, Float[Tensor, " networks"]]


class Aim:
    """The loss of the task and the objectives, ready for one network; rates are kept only if an objective asks."""

    def __init__(
        self, task_loss: TaskLoss, objectives: Sequence[Objective], network: Network, epochs: Epochs, address: str
    ):
        """Raises Invalid, below `address`, if an objective needs what the wiring or the task lacks."""
        self.task_loss, self.network = task_loss, network
        like = network.bias
        found = givens(objectives, network.connectome, epochs, address)
        named = zip(names(objectives), objectives, strict=True)
        self.parts = [
            (name, objective, {key: _like(made(), like) for key, made in given.items()})
            for (name, objective), given in zip((part for part in named if part[1].active), found, strict=True)
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the costs; none without objectives."""
        return (TOTAL, TASK, *(name for name, _, _ in self.parts)) if self.parts else ()

    def reached(
        self,
        trials: Trials,
        noise_seed: int | None,
        step: int,
        start: Float[Tensor, "networks trials units"] | None = None,
    ) -> Reached:
        """One pass through the trials, and what it costs. An objective of weight 0 is only watched.

        States before the first step are those of the network unless `start` gives them.
        """
        keep = any(objective.needs_rates for _, objective, _ in self.parts)
        first = {"initial_states": start, "initial_rates": trials.initial_rates}
        activity = self.network(trials.inputs, noise_seed=noise_seed, step=step, keep_states=keep, **first)
        loss = self.task_loss.of(activity.outputs, trials)
        if not self.parts:
            return Reached(loss, loss, {})
        evidence = replace(
            self._weights(trials, loss), outputs=activity.outputs, states=activity.states, rates=activity.rates
        )
        total, costs = loss, {}
        for name, objective, given in self.parts:
            with torch.set_grad_enabled(objective.weight != 0):
                costs[name] = cost = objective.cost(replace(evidence, given=given))
            if objective.weight:
                total = total + objective.share(cost, loss)
        return Reached(total, loss, {TOTAL: total, TASK: loss, **costs})

    def gradient_norms(
        self, trials: Trials, noise_seed: int | None, step: int
    ) -> dict[str, Float[Tensor, " networks"]]:
        """The length of the gradient of every part of the total, over all parameters of a network.

        Each part takes passes of its own, since a pass can be differentiated once; nothing is changed by it.
        """
        loss = self.task_loss.of(self._pass(trials, noise_seed, step).outputs, trials)
        norms = {TASK: self._norm(loss)}
        for name, objective, given in self.parts:
            evidence = replace(self._weights(trials, loss.detach()), given=given)
            if objective.needs_rates:
                activity = self._pass(trials, noise_seed, step, keep_states=True)
                evidence = replace(evidence, outputs=activity.outputs, states=activity.states, rates=activity.rates)
            if objective.weight:
                norms[name] = self._norm(objective.share(objective.cost(evidence), loss.detach()))
        return norms

    def _pass(self, trials: Trials, noise_seed: int | None, step: int, **options: bool) -> Activity:
        first = trials.initial_rates
        return self.network(trials.inputs, noise_seed=noise_seed, step=step, initial_rates=first, **options)

    def _weights(self, trials: Trials, loss: Tensor) -> Evidence:
        network = self.network
        return Evidence(network.connectome, trials, network.W_in, network.W_rec, network.W_out, task_loss=loss)

    def _norm(self, part: Float[Tensor, " networks"]) -> Float[Tensor, " networks"]:
        learned = [p for p in self.network.parameters() if p.requires_grad]
        if not part.requires_grad:
            return torch.zeros_like(part)
        gradients = torch.autograd.grad(part.sum(), learned, allow_unused=True)
        return sum(g.flatten(1).square().sum(1) for g in gradients if g is not None).sqrt()


def shares(norms: dict[str, Float[Tensor, " networks"]]) -> dict[str, Float[Tensor, " networks"]]:
    """The share of every part in the summed lengths of the gradients; 0 where nothing has a gradient."""
    whole = torch.stack(list(norms.values())).sum(0)
    return {name: torch.where(whole == 0, 0, norm / whole) for name, norm in norms.items()}


def names(objectives: Sequence[Objective]) -> tuple[str, ...]:
    """A name for every objective, active or not: its kind, with a number from the second of that kind on."""
    seen: Counter[str] = Counter()
    found = []
    for objective in objectives:
        seen[objective.kind] += 1
        found.append(objective.kind if seen[objective.kind] == 1 else f"{objective.kind}_{seen[objective.kind]}")
    return tuple(found)


def givens(objectives: Sequence[Objective], connectome: Connectome, epochs: Epochs, address: str) -> tuple[Given, ...]:
    """What each active one reads off the wiring. Raises Invalid, below `address`, if one lacks it or all weigh 0."""
    active = [(i, objective) for i, objective in enumerate(objectives) if objective.active]
    if active and not any(objective.weight for _, objective in active):
        said = "Every objective has a weight of 0, so none has any effect"
        raise Invalid(f"{said}; give one a weight or switch them off.", f"{address}.{active[0][0]}.weight")
    return tuple(o.given(connectome, epochs, f"{address}.{i}") for i, o in active)


def _like(tensor: Tensor, like: Tensor) -> Tensor:
    return tensor.to(like) if tensor.is_floating_point() else tensor.to(like.device)
