"""Training as a generator: whoever iterates decides when to go on, pause or stop."""

import math
import time
from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.component import Invalid
from engine.constraints.ledger import Ledger, audit
from engine.networks.network import Network
from engine.networks.threads import set_threads
from engine.randomness import torch_stream
from engine.tasks.task import Task, Trials
from engine.training.evaluate import evaluate, ideal_accuracy
from engine.training.objectives.aim import Aim, shares
from engine.training.progress import Checkpoint, Evaluation, Progress
from engine.training.training import Training


def train(
    network: Network,
    task: Task,
    training: Training,
    trial_seed: int = 0,
    noise_seed: int = 0,
    checkpoint: Checkpoint | None = None,
) -> Iterator[Progress]:
    """Train every network of a population on the same fresh trials, one `Progress` per optimiser step.

    Trials and noise of a step depend on the seeds and the step alone, so a run that goes on from a `Checkpoint` repeats
    on a CPU bit for bit what it would have done without the interruption. A network whose loss or gradient is no longer
    finite is flagged and frozen at its last finite weights; its neighbours do not feel it.
    """
    network.to(device_for(training.device))
    set_threads(network.connectome.n, training.batch, network.networks)
    run = _Run(network, task, training, trial_seed, noise_seed)
    if checkpoint is None:
        yield run.report(stop=None)
    else:
        run.restore(checkpoint)
    while run.stop is None:
        run.advance()
        yield run.report(run.stop)


def device_for(choice: str) -> torch.device:
    """The torch device for 'auto', 'cpu' or 'cuda'. Raises Invalid if CUDA is asked for and absent."""
    if choice == "cuda" and not torch.cuda.is_available():
        raise Invalid(
            "training.device is 'cuda', but torch sees no CUDA GPU here; choose 'auto' or 'cpu'.", "training.device"
        )
    return torch.device("cuda" if choice != "cpu" and torch.cuda.is_available() else "cpu")


def training_trials(task: Task, batch: int, dt_ms: float, trial_seed: int, step: int) -> Trials:
    """The fresh trials of one training step."""
    return task.trials(batch, dt_ms, torch_stream(trial_seed, "training", step))


def held_out_trials(task: Task, n: int, dt_ms: float, trial_seed: int) -> Trials:
    """The trials of every evaluation: unrelated to those of training."""
    return task.held_out(n, dt_ms, torch_stream(trial_seed, "evaluation"))


class _Run:
    """The moving parts of one training run."""

    def __init__(self, network: Network, task: Task, training: Training, trial_seed: int, noise_seed: int):
        self.network, self.task, self.training = network, task, training
        self.trial_seed, self.noise_seed = trial_seed, noise_seed
        self.device = next(network.parameters()).device
        self.parameters = list(network.parameters())
        self.optimiser = training.optimiser.over(self.parameters)
        held_out = held_out_trials(task, training.evaluation_trials, network.dt_ms, trial_seed)
        self.ideal = ideal_accuracy(task, held_out)
        self.held_out = held_out.to(self.device)
        self.aim = Aim(training.task_loss, training.objectives, network, held_out.epochs, "training.objectives")
        k = network.networks
        self.diverged = torch.zeros(k, dtype=torch.bool)
        self.loss = torch.full((k,), math.nan)
        self.norm = torch.full((k,), math.nan)
        self.costs = {name: torch.full((k,), math.nan) for name in self.aim.names}
        self.step, self.seconds, self.stale = 0, 0.0, 0
        self.best = math.inf
        self.stop: str | None = None

    def report(self, stop: str | None) -> Progress:
        """What is true now; evaluates when it is time to."""
        begun = time.perf_counter()
        evaluation, ledger = self._evaluation(stop)
        gradient_shares = self._shares() if evaluation is not None and self.costs else None
        self.seconds += time.perf_counter() - begun
        if evaluation is not None and stop is None and self.step > 0:
            self.stop = stop = self._stop_after(evaluation)
        return Progress(
            self.step,
            self.training.steps,
            self.seconds,
            self.loss,
            self.norm,
            self.network.violations().cpu(),
            self.diverged.clone(),
            evaluation,
            ledger,
            stop,
            self.checkpoint,
            self.costs,
            gradient_shares,
        )

    def advance(self) -> None:
        """One optimiser step on fresh trials."""
        begun = time.perf_counter()
        trials = training_trials(self.task, self.training.batch, self.network.dt_ms, self.trial_seed, self.step)
        trials = trials.to(self.device)
        self.optimiser.zero_grad(set_to_none=True)
        reached = self.aim.reached(trials, self.noise_seed, self.step)
        reached.total.sum().backward()
        norm = gradient_norm(self.parameters)
        self._mark_diverged(reached.total.detach(), norm)
        self._update(norm)
        self.loss, self.norm = reached.task_loss.detach().cpu(), norm.cpu()
        self.costs = {name: cost.detach().cpu() for name, cost in reached.costs.items()}
        self.step += 1
        self.seconds += time.perf_counter() - begun
        self.stop = self._stop_after_step()

    def _update(self, norm: Float[Tensor, " networks"]) -> None:
        frozen = self.diverged.nonzero().flatten().tolist()
        kept = [[p.detach()[k].clone() for k in frozen] for p in self.parameters]
        scale_gradients(self.parameters, norm, self.training.clip_norm, self.diverged.to(self.device))
        self.network.step(self.optimiser)
        with torch.no_grad():
            for parameter, rows in zip(self.parameters, kept, strict=True):
                for k, row in zip(frozen, rows, strict=True):
                    parameter[k] = row

    def _mark_diverged(self, loss: Float[Tensor, " networks"], norm: Float[Tensor, " networks"]) -> None:
        self.diverged |= ~(loss.isfinite() & norm.isfinite()).cpu()

    def _evaluation(self, stop: str | None) -> tuple[Evaluation | None, tuple[Ledger, ...] | None]:
        if self.step % self.training.evaluate_every and stop is None:
            return None, None
        loss = self.training.task_loss
        return evaluate(self.network, self.task, loss, self.held_out, self.step, self.ideal), audit(self.network)

    def _shares(self) -> dict[str, Float[Tensor, " networks"]]:
        """Whose gradient it is, on the trials of the next step."""
        trials = training_trials(self.task, self.training.batch, self.network.dt_ms, self.trial_seed, self.step)
        norms = self.aim.gradient_norms(trials.to(self.device), self.noise_seed, self.step)
        return {name: share.cpu() for name, share in shares(norms).items()}

    def _stop_after_step(self) -> str | None:
        limit = self.training.wall_time_s
        if bool(self.diverged.all()):
            return "every network diverged"
        if self.step >= self.training.steps:
            return "all steps done"
        return "wall time reached" if limit is not None and self.seconds >= limit else None

    def _stop_after(self, evaluation: Evaluation) -> str | None:
        alive = ~self.diverged
        if (
            self.training.target_accuracy is not None
            and (evaluation.accuracy[alive] >= self.training.target_accuracy).all()
        ):
            return "target accuracy reached"
        lowest = float(evaluation.loss[alive].mean())
        self.stale = 0 if lowest < self.best else self.stale + 1
        self.best = min(self.best, lowest)
        patience = self.training.patience
        return "no longer improving" if patience is not None and self.stale >= patience else None

    def checkpoint(self) -> Checkpoint:
        """Everything that `restore` needs, as copies on the CPU."""
        tensors = {f"parameter.{n}": p.detach().cpu().clone() for n, p in self.network.named_parameters()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{n}": v.cpu().clone() for n, v in state.items() if isinstance(v, Tensor)}
        tensors |= {"loss": self.loss.clone(), "gradient_norm": self.norm.clone(), "diverged": self.diverged.clone()}
        meta = {"step": self.step, "seconds": self.seconds, "stale": self.stale}
        meta["best"] = self.best if math.isfinite(self.best) else None
        return Checkpoint(tensors, meta)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where the checkpoint was taken."""
        tensors, meta = checkpoint.tensors, checkpoint.meta
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(tensors[f"parameter.{name}"])
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, index, key = name.split(".", 2)
                state.setdefault(int(index), {})[key] = tensor.clone()
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})
        self.loss, self.norm = tensors["loss"].clone(), tensors["gradient_norm"].clone()
        self.diverged = tensors["diverged"].clone()
        self.step, self.seconds, self.stale = meta["step"], meta["seconds"], meta["stale"]
        self.best = math.inf if meta["best"] is None else meta["best"]
        self.stop = self._stop_after_step()


def gradient_norm(parameters: list[Tensor]) -> Float[Tensor, " networks"]:
    """Euclidean norm of every network's gradient over all its parameters."""
    squares = [p.grad.flatten(1).square().sum(-1) for p in parameters if p.grad is not None]
    return torch.stack(squares).sum(0).sqrt()


def scale_gradients(
    parameters: list[Tensor],
    norm: Float[Tensor, " networks"],
    clip_norm: float | None,
    silenced: Bool[Tensor, " networks"],
) -> None:
    """Shorten every network's gradient to `clip_norm` in place and set that of silenced networks to 0."""
    scale = torch.ones_like(norm) if clip_norm is None else (clip_norm / norm).clamp(max=1)
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.mul_(scale.reshape(-1, *[1] * (parameter.dim() - 1)))
            parameter.grad[silenced] = 0
