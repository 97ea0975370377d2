"""Training as a generator: whoever iterates decides when to go on, pause or stop."""

import math
import time
from collections.abc import Iterator
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from engine.component import Invalid
from engine.constraints.ledger import Ledger, audit
from engine.networks.network import Network
from engine.networks.threads import set_threads
from engine.randomness import torch_stream
from engine.tasks.task import Task, Trials
from engine.training.course import Course
from engine.training.curriculum import Lessons
from engine.training.evaluate import evaluate, ideal_accuracy
from engine.training.gradients import gradient_norm, scale_gradients
from engine.training.objectives.aim import Aim, shares
from engine.training.progress import Checkpoint, Evaluation, Progress, Pruned
from engine.training.require_sound import require_sound
from engine.training.reservoir import solve_readout
from engine.training.stage import ReadoutStage
from engine.training.training import Training
from engine.training.window import part, random_start, states_at, window_steps


def train(
    network: Network,
    task: Task,
    training: Training,
    trial_seed: int = 0,
    noise_seed: int = 0,
    checkpoint: Checkpoint | None = None,
) -> Iterator[Progress]:
    """Train every network of a population on the same trials, one `Progress` per optimiser step, stage after stage.

    Trials and noise of a step depend on the seeds and the step alone, so a run that goes on from a `Checkpoint` repeats
    on a CPU bit for bit what it would have done without the interruption. A network whose loss or gradient is no longer
    finite is flagged and frozen at its last finite weights; its neighbours do not feel it.
    """
    require_sound(training, network, task)
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
        self.course, self.lessons = Course(network, training, trial_seed), Lessons(training.curriculum, task)
        self.source = training.trials.source(network.dt_ms, trial_seed)
        held_out = held_out_trials(task, training.evaluation_trials, network.dt_ms, trial_seed)
        self.ideal = ideal_accuracy(task, held_out)
        self.held_out = held_out.to(self.device)
        self.aim = self._aim()
        k = network.networks
        self.diverged = torch.zeros(k, dtype=torch.bool)
        self.loss = torch.full((k,), math.nan)
        self.norm = torch.full((k,), math.nan)
        self.costs = {name: torch.full((k,), math.nan) for name in self.aim.names}
        self.step, self.seconds = 0, 0.0
        self.stage, self.pruned = self.course.name, ()
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
            self.course.steps,
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
            self.stage,
            self.pruned,
        )

    def advance(self) -> None:
        """One optimiser step on fresh trials, or the solution for a readout; the next stage begins if one is over."""
        begun = time.perf_counter()
        if self.course.go_on(self.step):
            self.stage = self.course.name
            self.aim = self._aim()
        self.pruned = tuple(self._prune())
        if isinstance(self.course.stage, ReadoutStage):
            self._solve(self.course.stage)
        else:
            self._descend()
        self.step += 1
        self.seconds += time.perf_counter() - begun
        self.stop = self._stop_after_step()

    def _descend(self) -> None:
        trials, start = self._trials()
        self.course.optimiser.zero_grad(set_to_none=True)
        reached = self.aim.reached(trials, self.noise_seed, self.step, start)
        reached.total.sum().backward()
        norm = gradient_norm(self.parameters)
        self._mark_diverged(reached.total.detach(), norm)
        self._update(norm)
        self.loss, self.norm = reached.task_loss.detach().cpu(), norm.cpu()
        self.costs = {name: cost.detach().cpu() for name, cost in reached.costs.items()}

    def _solve(self, stage: ReadoutStage) -> None:
        stream = torch_stream(self.trial_seed, "readout", self.course.index)
        trials = self.lessons.task(self.step).trials(stage.trials, self.network.dt_ms, stream).to(self.device)
        solve_readout(self.network, trials, stage.regularisation, round(stage.warm_up_ms / self.network.dt_ms))
        with torch.no_grad():
            self.loss = self.training.task_loss.of(self.network(trials.inputs).outputs, trials).cpu()
        self.norm = torch.full_like(self.norm, math.nan)
        self._mark_diverged(self.loss, torch.zeros_like(self.loss))

    def _trials(self) -> tuple[Trials, Float[Tensor, "networks trials units"] | None]:
        """Those of the next step, or a part of them and the states with which it starts."""
        task = self.lessons.task(self.step)
        trials = self.source.trials(task, self.course.batch, self.course.place(self.step)).to(self.device)
        if self.training.window_ms is None:
            return trials, None
        steps = window_steps(self.training.window_ms, self.network.dt_ms)
        rng = torch_stream(self.trial_seed, "window", self.step)
        start = random_start(self.training.task_loss.steps(trials), steps, rng)
        before = states_at(self.network, task, trials, start, self.training.window_start, self.noise_seed, self.step)
        return part(trials, start, steps), before

    def _prune(self) -> Iterator[Pruned]:
        for due in self.course.due(self.step):
            before = self._evaluate(self.step)
            told = self.course.prune(*due)
            after = self._evaluate(self.step)
            yield replace(
                told,
                loss_before=before.loss.tolist(),
                loss_after=after.loss.tolist(),
                accuracy_before=before.accuracy.tolist(),
                accuracy_after=after.accuracy.tolist(),
            )

    def _update(self, norm: Float[Tensor, " networks"]) -> None:
        frozen, all_of_them = self.diverged.nonzero().flatten().tolist(), range(self.network.networks)
        held = [frozen if p.requires_grad else all_of_them for p in self.parameters]
        kept = [[p.detach()[k].clone() for k in rows] for p, rows in zip(self.parameters, held, strict=True)]
        scale_gradients(self.parameters, norm, self.training.clip_norm, self.diverged.to(self.device))
        self.network.step(self.course.optimiser)
        with torch.no_grad():
            for parameter, rows, values in zip(self.parameters, held, kept, strict=True):
                for k, row in zip(rows, values, strict=True):
                    parameter[k] = row

    def _mark_diverged(self, loss: Float[Tensor, " networks"], norm: Float[Tensor, " networks"]) -> None:
        self.diverged |= ~(loss.isfinite() & norm.isfinite()).cpu()

    def _aim(self) -> Aim:
        """What the stage lowers."""
        training = self.training
        return Aim(training.task_loss, training.objectives, self.network, self.held_out.epochs, "training.objectives")

    def _evaluate(self, step: int) -> Evaluation:
        return evaluate(self.network, self.task, self.training.task_loss, self.held_out, step, self.ideal)

    def _evaluation(self, stop: str | None) -> tuple[Evaluation | None, tuple[Ledger, ...] | None]:
        ends = self.step > 0 and self.course.is_over(self.step)
        if self.step % self.training.evaluate_every and stop is None and not ends:
            return None, None
        evaluation = self._evaluate(self.step)
        self.course.remember(evaluation)
        if (ends or stop is not None) and self.course.finish():
            evaluation = self._evaluate(self.step)
        return evaluation, audit(self.network)

    def _shares(self) -> dict[str, Float[Tensor, " networks"]]:
        """Whose gradient it is, on the trials of the next step."""
        norms = self.aim.gradient_norms(self._trials()[0], self.noise_seed, self.step)
        return {name: share.cpu() for name, share in shares(norms).items()}

    def _stop_after_step(self) -> str | None:
        limit = self.training.wall_time_s
        if bool(self.diverged.all()):
            return "every network diverged"
        if self.course.is_last and self.course.is_over(self.step):
            return self.course.reason or "all steps done"
        return "wall time reached" if limit is not None and self.seconds >= limit else None

    def _stop_after(self, evaluation: Evaluation) -> str | None:
        """Why training stops with this evaluation, after which a stage may be over and a lesson learned."""
        alive = ~self.diverged
        if not self.course.is_over(self.step):
            self.lessons.judge(self.step, lambda task: self._accuracy_on(task)[alive])
        reason = self.course.judge(evaluation, self.diverged, self.step)
        return reason if reason and self.course.is_last else None

    def _accuracy_on(self, task: Task) -> Float[Tensor, " networks"]:
        """On an easier task, of which there are held-out trials as well."""
        trials = held_out_trials(task, self.training.evaluation_trials, self.network.dt_ms, self.trial_seed)
        loss = self.training.task_loss
        return evaluate(self.network, task, loss, trials.to(self.device), self.step, self.ideal).accuracy

    def checkpoint(self) -> Checkpoint:
        """Everything that `restore` needs, as copies on the CPU."""
        tensors = {f"parameter.{n}": p.detach().cpu().clone() for n, p in self.network.named_parameters()}
        for index, state in self.course.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{n}": v.cpu().clone() for n, v in state.items() if isinstance(v, Tensor)}
        tensors |= {"loss": self.loss.clone(), "gradient_norm": self.norm.clone(), "diverged": self.diverged.clone()}
        meta = {"step": self.step, "seconds": self.seconds, "lessons": [list(at) for at in self.lessons.at]}
        return Checkpoint(tensors | self.course.tensors(), meta | self.course.meta())

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where the checkpoint was taken."""
        tensors, meta = checkpoint.tensors, checkpoint.meta
        self.course.restore(tensors, meta)
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(tensors[f"parameter.{name}"])
        self.network.hold()
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("optimiser."):
                _, index, key = name.split(".", 2)
                state.setdefault(int(index), {})[key] = tensor.clone()
        self.course.optimiser.load_state_dict({**self.course.optimiser.state_dict(), "state": state})
        self.loss, self.norm = tensors["loss"].clone(), tensors["gradient_norm"].clone()
        self.diverged = tensors["diverged"].clone()
        self.step, self.seconds, self.stage = meta["step"], meta["seconds"], self.course.name
        self.lessons.at = [tuple(at) for at in meta.get("lessons", self.lessons.at)]
        self.stop = self._stop_after_step()
