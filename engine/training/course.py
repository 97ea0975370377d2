"""The course of a training: which stage it is in, and what holds there: laws, optimiser, rate, and what is frozen."""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.networks.network import Network
from engine.randomness import torch_stream
from engine.training.apart import AS_SET, constrain, set_apart, takes_part, terms
from engine.training.moments import begin_moments, forget_moments
from engine.training.objectives import AnyObjective
from engine.training.progress import Evaluation, Pruned
from engine.training.prune import Prune
from engine.training.prune_round import prune_round
from engine.training.stage import FROZEN, AnyStage, ReadoutStage, Stage
from engine.training.training import Training
from engine.training.trial_supply import Place


class Course:
    """Where a training stands among its stages. Only `go_on`, `prune`, `finish` and `restore` change the network."""

    def __init__(self, network: Network, training: Training, seed: int):
        self.network, self.training, self.seed = network, training, seed
        self.stages = training.course
        self.index, self.begun, self.reason = 0, 0, ""  # why the stage is over before its steps are
        self.kept: dict[str, Bool[Tensor, "networks post pre"]] = network.existing_now()  # what pruning left
        self._laws = [AS_SET] * network.networks
        self._enter()

    @property
    def stage(self) -> AnyStage:
        return self.stages[self.index]

    @property
    def name(self) -> str:
        """What the stage is called; nothing if there is but one."""
        return (self.stage.name or f"Stage {self.index + 1}") if self.training.stages else ""

    @property
    def batch(self) -> int:
        """Trials per step."""
        return getattr(self.stage, "batch", None) or self.training.batch

    @property
    def objectives(self) -> tuple[tuple[AnyObjective, ...], str]:
        """What is lowered besides the loss of the task, and its address."""
        if getattr(self.stage, "lowers", "as_set") == "own":
            return self.stage.objectives, f"training.stages.{self.index}.objectives"
        return self.training.objectives, "training.objectives"

    @property
    def steps(self) -> int:
        """How many steps the training will have made at most."""
        rest = sum(stage.steps for stage in self.stages[self.index + 1 :])
        return rest + (self.begun + self.stage.steps if not self.reason else self._ended)

    @property
    def takes_part(self) -> Bool[Tensor, " networks"]:
        """Which networks learn in this stage."""
        return takes_part(self.training.differences, self.network.networks, self.index)

    @property
    def is_last(self) -> bool:
        return self.index == len(self.stages) - 1

    def place(self, step: int) -> Place:
        """Where the step stands that follows so many."""
        return Place(self.index, step - self.begun, step)

    def is_over(self, step: int) -> bool:
        """Whether the stage is, after so many steps."""
        return bool(self.reason) or step - self.begun >= self.stage.steps

    def go_on(self, step: int) -> bool:
        """The next stage begins if this one is over; whether it did. The learning rate is that of the step to come."""
        begins = self.is_over(step) and not self.is_last
        if begins:
            self.index, self.begun, self.reason = self.index + 1, step, ""
            self._enter()
        if isinstance(self.stage, Stage):
            factor = self.stage.schedule.factor(step - self.begun, self.stage.steps)
            for group in self.optimiser.param_groups:
                group["lr"] = self.stage.optimiser.learning_rate * factor
        return begins

    def judge(self, evaluation: Evaluation, diverged: Bool[Tensor, " networks"], step: int) -> str:
        """Why the stage ends with this evaluation, or nothing."""
        if not isinstance(self.stage, Stage):
            return ""
        alive, target = ~diverged, self.stage.target_accuracy
        alive = alive & self.takes_part if bool((alive & self.takes_part).any()) else alive
        if target is not None and (evaluation.accuracy[alive] >= target).all():
            return self._end("target accuracy reached", step)
        lowest = float(evaluation.loss[alive].mean())
        self.stale = 0 if lowest < self.best else self.stale + 1
        self.best = min(self.best, lowest)
        patience = self.stage.patience
        is_stale = patience is not None and self.stale >= patience
        return self._end("no longer improving", step) if is_stale else ""

    def remember(self, evaluation: Evaluation) -> None:
        """The weights of every network that was never better are kept, if the stage is to end with the best."""
        if getattr(self.stage, "keep", "last") == "last":
            return
        better = evaluation.loss < self.lowest
        self.lowest = torch.where(better, evaluation.loss, self.lowest)
        for name, p in self.network.named_parameters():
            now, rows = p.detach().cpu(), better.reshape(-1, *[1] * (p.dim() - 1))
            self.best_weights[name] = torch.where(rows, now, self.best_weights.get(name, now)).clone()

    @torch.no_grad()
    def finish(self) -> bool:
        """The best weights are back, if the stage is to end with them; whether it is."""
        for name, p in self.network.named_parameters():
            if name in self.best_weights:
                p.copy_(self.best_weights[name])
        return bool(self.best_weights)

    def due(self, step: int) -> Iterator[tuple[int, Prune, int]]:
        """What is to be pruned before the step that follows so many: its number in the stage, and which round it is."""
        for number, prune in enumerate(self.stage.prune):
            turn, off = divmod(step - self.begun, prune.every)
            if off == 0 and turn < prune.rounds:
                yield number, prune, turn

    @torch.no_grad()
    def prune(self, number: int, prune: Prune, turn: int) -> Pruned:
        """One round has taken connections away from every network, for good."""
        streams = [torch_stream(self.seed, "prune", self.index, number, turn, k) for k in range(self.network.networks)]
        left, told = prune_round(self.network, prune, turn, streams, self.takes_part)
        self.kept[prune.matrix] = left & self.kept.get(prune.matrix, torch.ones((), dtype=torch.bool))
        self._narrow(prune.matrix)
        forget_moments(self.optimiser, self.network, prune, left)
        self._forget()
        return told

    def meta(self) -> dict[str, object]:
        """What a checkpoint tells besides tensors."""
        best = self.best if math.isfinite(self.best) else None
        place = {"stage": self.index, "begun": self.begun, "reason": self.reason, "ended": self._ended}
        return {"stale": self.stale, "best": best, **place}

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint keeps of the optimiser, of pruning and of the best weights."""
        moments = {
            f"optimiser.{index}.{name}": value.cpu().clone()
            for index, state in self.optimiser.state_dict()["state"].items()
            for name, value in state.items()
            if isinstance(value, Tensor)
        }
        kept = {f"kept.{matrix}": left.to(torch.uint8) for matrix, left in self.kept.items()}
        best = {f"best.{name}": weights.clone() for name, weights in self.best_weights.items()}
        return {**moments, **kept, **best, **({"lowest": self.lowest.clone()} if best else {})}

    def restore(self, tensors: dict[str, Tensor], meta: dict[str, object]) -> None:
        """Laws, optimiser and counters are those of the checkpoint; parameters are left to the caller."""
        self.kept = {n.partition(".")[2]: t.bool() for n, t in tensors.items() if n.startswith("kept.")}
        self.index, self.begun = meta.get("stage", 0), meta.get("begun", 0)
        self._enter()
        for matrix in self.kept:
            self._narrow(matrix)
        self.stale, self.best = meta["stale"], math.inf if meta["best"] is None else meta["best"]
        self.reason, self._ended = meta.get("reason", ""), meta.get("ended", 0)
        self.best_weights = {n.partition(".")[2]: t.clone() for n, t in tensors.items() if n.startswith("best.")}
        self.lowest = tensors["lowest"].clone() if "lowest" in tensors else self.lowest
        self._restore_moments(tensors)

    def _restore_moments(self, tensors: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, index, key = name.split(".", 2)
                state.setdefault(int(index), {})[key] = tensor.clone()
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})

    def _enter(self) -> None:
        self._set_laws()
        frozen = {FROZEN[name] for name in getattr(self.stage, "freeze", ())}
        frozen |= fixed(self.network)
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(name not in frozen)
            parameter.grad = None
        optimiser = self.training.optimiser if isinstance(self.stage, ReadoutStage) else self.stage.optimiser
        keeps = getattr(self.stage, "moments", "reset") == "keep" and hasattr(self, "optimiser")
        moments = self.optimiser.state_dict()["state"] if keeps else {}
        self.optimiser = optimiser.over(list(self.network.parameters()))
        if moments:
            self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": moments})
        begin_moments(self.optimiser)
        set_apart(self.network, self.optimiser, self.training.differences, self.index)
        self.best, self.stale, self._ended = math.inf, 0, 0
        self._forget()

    def _forget(self) -> None:
        self.best_weights: dict[str, Tensor] = {}
        self.lowest: Float[Tensor, " networks"] = torch.full((self.network.networks,), math.inf)

    def _end(self, reason: str, step: int) -> str:
        self.reason, self._ended = reason, step
        return reason

    def _set_laws(self) -> None:
        differences, networks = self.training.differences, range(self.network.networks)
        wanted = [terms(differences, self.stages, self.index, k) for k in networks]
        if wanted == self._laws:
            return
        self._laws = wanted
        constrain(self.network, wanted, "training.differences")
        for matrix in self.kept:
            self._narrow(matrix)

    def _narrow(self, matrix: str) -> None:
        law = self.network.laws[matrix]
        self.network.constrain({matrix: law.allowing(law.allowed * self.kept[matrix].to(law.low.device))})


def fixed(network: Network) -> set[str]:
    """The parameters that never learn in this network."""
    kinds = {"bias": network.dynamics.bias, "bias_out": network.dynamics.readout_bias}
    return {name for name, kind in kinds.items() if kind != "learned"}
