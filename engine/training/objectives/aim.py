"""The aim of training: the loss of the task and all objectives, for every network of a population."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.networks.activity import Activity
from engine.networks.network import Network
from engine.tasks.task import Epochs, Trials
from engine.training.apart import objective_weights
from engine.training.difference import MOST_NETWORKS, Difference
from engine.training.objectives.evidence import Evidence
from engine.training.objectives.objective import Given, Objective
from engine.training.objectives.task_loss import TaskLoss
from engine.training.shown import Shown

TASK, TOTAL = "task", "total"


@dataclass(frozen=True, eq=False)
class Reached:
    """What is lowered, the task's part of it, and every cost by name before weight and scaling; nothing by name if
    there are no objectives. `ended` are the states after the last step, where they are carried over."""

    total: Float[Tensor, " networks"]
    task_loss: Float[Tensor, " networks"]
    costs: dict[str, Float[Tensor, " networks"]]
    ended: Float[Tensor, "networks trials units"] | None = None


@dataclass(frozen=True, eq=False)
class Part:
    """One objective as it counts in a population: it is computed for the networks in which its weight is not 0.

    Where that is none, it is only watched, in all.
    """

    name: str
    objective: Objective
    given: Mapping[str, Tensor]
    weights: Float[Tensor, " networks"]

    @cached_property
    def counts(self) -> bool:
        """Whether it has an effect in any network."""
        return bool((self.weights != 0).any())

    @cached_property
    def rows(self) -> Int[Tensor, " some"] | None:
        """The networks in which it counts, if these are some but not all."""
        on = self.weights != 0
        return on.nonzero().flatten() if self.counts and not bool(on.all()) else None

    def cost(self, evidence: Evidence) -> Float[Tensor, " some"]:
        """The cost in every network for which it is computed."""
        evidence = replace(evidence, given=self.given)
        with torch.set_grad_enabled(self.counts):
            return self.objective.cost(evidence if self.rows is None else evidence.of(self.rows))

    def share(self, cost: Float[Tensor, " some"], loss: Float[Tensor, " networks"]) -> Float[Tensor, " some"]:
        """What it adds to the loss of these networks."""
        rows = slice(None) if self.rows is None else self.rows
        return self.objective.share(cost, loss[rows], self.weights[rows])

    def added(self, total: Float[Tensor, " networks"], share: Float[Tensor, " some"]) -> Float[Tensor, " networks"]:
        """The total with the share of these networks."""
        return total + share if self.rows is None else total.index_add(0, self.rows, share)

    def told(self, cost: Float[Tensor, " some"], networks: int) -> Float[Tensor, " networks"]:
        """The cost of all networks: not a number where it is not computed."""
        return cost if self.rows is None else cost.new_full((networks,), math.nan).index_copy(0, self.rows, cost)


class Aim:
    """The loss of the task and the objectives, ready for one population; rates are kept only if an objective asks."""

    def __init__(
        self,
        task_loss: TaskLoss,
        objectives: Sequence[Objective],
        network: Network,
        epochs: Epochs,
        address: str,
        differences: tuple[Difference, ...] = (),
    ):
        """Raises Invalid, below `address`, if an objective needs what the wiring or the task lacks."""
        self.task_loss, self.network = task_loss, network
        like = network.bias
        found = givens(objectives, network.connectome, epochs, address, differences)
        active = [(name, o) for name, o in zip(names(objectives), objectives, strict=True) if o.active]
        weights = objective_weights(differences, network.networks, *_named_weights(active)).to(like)
        self.parts = [
            Part(name, objective, {key: _like(made(), like) for key, made in given.items()}, weight)
            for (name, objective), given, weight in zip(active, found, weights, strict=True)
        ]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the costs; none without objectives."""
        return (TOTAL, TASK, *(part.name for part in self.parts)) if self.parts else ()

    def reached(
        self,
        trials: Trials | Shown,
        noise_seed: int | None,
        step: int,
        start: Float[Tensor, "networks trials units"] | None = None,
    ) -> Reached:
        """One pass through the trials, and what it costs. An objective of weight 0 is only watched.

        States before the first step are those of the network unless `start` gives them.
        """
        shown = Shown.of(trials)
        is_carried = self.network.dynamics.initial_state == "carried"
        keep = is_carried or any(part.objective.needs_rates for part in self.parts)
        activity = self._pass(shown, noise_seed, step, keep, start)
        loss = shown.loss(self.task_loss, activity.outputs)
        ended = activity.states[:, :, -1].detach().clone() if is_carried else None
        if not self.parts:
            return Reached(loss, loss, {}, ended)
        evidence = self._evidence(shown, loss, activity)
        total, costs = loss, {}
        for part in self.parts:
            cost = part.cost(evidence)
            costs[part.name] = part.told(cost, len(loss))
            total = part.added(total, part.share(cost, loss)) if part.counts else total
        return Reached(total, loss, {TOTAL: total, TASK: loss, **costs}, ended)

    def gradient_norms(
        self,
        trials: Trials | Shown,
        noise_seed: int | None,
        step: int,
        start: Float[Tensor, "networks trials units"] | None = None,
    ) -> dict[str, Float[Tensor, " networks"]]:
        """The length of the gradient of every part of the total, over all parameters of a network.

        Each part takes passes of its own, since a pass can be differentiated once; nothing is changed by it.
        """
        shown = Shown.of(trials)
        loss = shown.loss(self.task_loss, self._pass(shown, noise_seed, step, start=start).outputs)
        norms, loss = {TASK: self._norm(loss)}, loss.detach()
        for part in self.parts:
            if part.counts:
                activity = self._pass(shown, noise_seed, step, True, start) if part.objective.needs_rates else None
                cost = part.cost(self._evidence(shown, loss, activity))
                norms[part.name] = self._norm(part.added(torch.zeros_like(loss), part.share(cost, loss)))
        return norms

    def _pass(
        self,
        shown: Shown,
        noise_seed: int | None,
        step: int,
        keep: bool = False,
        start: Float[Tensor, "networks trials units"] | None = None,
    ) -> Activity:
        first = shown.first_states(self.network) if start is None else start
        return self.network(shown.inputs, noise_seed=noise_seed, step=step, keep_states=keep, initial_states=first)

    def _evidence(self, shown: Shown, loss: Float[Tensor, " networks"], activity: Activity | None) -> Evidence:
        network = self.network
        weights = network.W_in, network.W_rec, network.W_out
        found = Evidence(network.connectome, shown.trials, *weights, task_loss=loss)
        if activity is None:
            return found
        return replace(found, outputs=activity.outputs, states=activity.states, rates=activity.rates)

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


def givens(
    objectives: Sequence[Objective],
    connectome: Connectome,
    epochs: Epochs,
    address: str,
    differences: tuple[Difference, ...] = (),
) -> tuple[Given, ...]:
    """What each active one reads off the wiring. Raises Invalid, below `address`, if one lacks it or all weigh 0."""
    active = [(i, objective) for i, objective in enumerate(objectives) if objective.active]
    named = [(name, o) for name, o in zip(names(objectives), objectives, strict=True) if o.active]
    if active and not bool(objective_weights(differences, MOST_NETWORKS, *_named_weights(named)).any()):
        said = "Every objective has a weight of 0, so none has any effect"
        raise Invalid(f"{said}; give one a weight or switch them off.", f"{address}.{active[0][0]}.weight")
    return tuple(o.given(connectome, epochs, f"{address}.{i}") for i, o in active)


def _named_weights(active: Sequence[tuple[str, Objective]]) -> tuple[list[str], list[float]]:
    return [name for name, _ in active], [objective.weight for _, objective in active]


def _like(tensor: Tensor, like: Tensor) -> Tensor:
    return tensor.to(like) if tensor.is_floating_point() else tensor.to(like.device)
