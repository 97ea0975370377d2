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
from engine.networks.threads import set_threads, without_denormals
from engine.randomness import torch_stream
from engine.tasks.task import Task, Trials
from engine.training.course import Course
from engine.training.evaluate import evaluate, ideal_accuracy
from engine.training.feed import Feed
from engine.training.gradients import gradient_norm, scale_gradients
from engine.training.objectives.aim import Aim, shares
from engine.training.progress import Checkpoint, Evaluation, Progress, Pruned
from engine.training.require_sound import require_sound
from engine.training.reservoir import solve_readout
from engine.training.stage import ReadoutStage
from engine.training.training import Training

EXPLODED = 1e10  # a loss beyond which a network has blown up, though single precision still counts


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
    finite, or whose loss passes 1e10, is flagged and frozen at its last weights; its neighbours do not feel it.
    """
    require_sound(training, network, task, network.networks)
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
        self.course = Course(network, training, trial_seed)
        self.feed = Feed(network, task, training, trial_seed, noise_seed)
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

    @without_denormals()
    def report(self, stop: str | None) -> Progress:
        """What is true now; evaluates when it is time to."""
        begun = time.perf_counter()
        evaluation, ledger = self._evaluation(stop)
        gradient_shares = self._shares() if evaluation is not None and self.costs else None
        self.seconds += time.perf_counter() - begun
        return Progress(
            step=self.step,
            steps=self.course.steps,
            seconds=self.seconds,
            loss=self.loss,
            gradient_norm=self.norm,
            violations=self.network.violations().cpu(),
            diverged=self.diverged.clone(),
            evaluation=evaluation,
            ledger=ledger,
            stop=self.stop,
            checkpoint=self.checkpoint,
            costs=self.costs,
            shares=gradient_shares,
            stage=self.stage,
            pruned=self.pruned,
            lessons=tuple(passed for passed, _ in self.feed.lessons.at),
        )

    @without_denormals()
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
        shown, start = self.feed.shown(self.course, self.step)
        self.course.optimiser.zero_grad(set_to_none=True)
        reached = self.aim.reached(shown, self.noise_seed, self.step, start)
        self.feed.ended = reached.ended
        reached.total.sum().backward()
        norm = gradient_norm(self.parameters)
        self._mark_diverged(reached.total.detach(), norm)
        self._update(norm)
        self.loss, self.norm = reached.task_loss.detach().cpu(), norm.cpu()
        self.costs = {name: cost.detach().cpu() for name, cost in reached.costs.items()}

    def _solve(self, stage: ReadoutStage) -> None:
        warm_up = round(stage.warm_up_ms / self.network.dt_ms)
        self.loss = self.loss.clone()
        for trials, rows in self.feed.of_readout(stage, self.course, self.step):
            solve_readout(self.network, trials, stage.regularisation, warm_up, rows)
            with torch.no_grad():
                outputs = self.network(trials.inputs, initial_rates=trials.initial_rates).outputs
                self.loss[rows] = self.training.task_loss.of(outputs[rows], trials).cpu()
        self.norm = torch.full_like(self.norm, math.nan)
        self.costs = {name: self.norm.clone() for name in self.aim.names}
        self._mark_diverged(torch.where(self.course.takes_part, self.loss, 0), torch.zeros_like(self.loss))

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
        self.diverged |= ~(loss.isfinite() & norm.isfinite() & (loss.abs() < EXPLODED)).cpu()

    def _aim(self) -> Aim:
        """What the stage lowers."""
        objectives, address = self.course.objectives
        differences = self.training.differences
        return Aim(self.training.task_loss, objectives, self.network, self.held_out.epochs, address, differences)

    def _evaluate(self, step: int) -> Evaluation:
        return evaluate(self.network, self.task, self.training.task_loss, self.held_out, step, self.ideal)

    def _evaluation(self, stop: str | None) -> tuple[Evaluation | None, tuple[Ledger, ...] | None]:
        """When it is time to; then training may stop, a stage may be over and a lesson learned."""
        ends = stop is not None or (self.step > 0 and self.course.is_over(self.step))
        if self.step % self.training.evaluate_every and not ends:
            return None, None
        evaluation = self._evaluate(self.step)
        self.course.remember(evaluation)
        if self.step > 0 and not ends:
            self.feed.lessons.judge(self.step, lambda easier: self._accuracy_on(easier)[~self.diverged])
            reason = self.course.judge(evaluation, self.diverged, self.step)
            self.stop, ends = (reason if self.course.is_last else None) or None, bool(reason)
        if ends and self.course.finish():
            evaluation = self._evaluate(self.step)
        return evaluation, audit(self.network)

    def _shares(self) -> dict[str, Float[Tensor, " networks"]]:
        """Whose gradient it is, on the trials of the next step."""
        shown, start = self.feed.shown(self.course, self.step)
        norms = self.aim.gradient_norms(shown, self.noise_seed, self.step, start)
        return {name: share.cpu() for name, share in shares(norms).items()}

    def _stop_after_step(self) -> str | None:
        limit = self.training.wall_time_s
        if bool(self.diverged.all()):
            return "every network diverged"
        if self.course.is_last and self.course.is_over(self.step):
            return self.course.reason or "all steps done"
        return "wall time reached" if limit is not None and self.seconds >= limit else None

    def _accuracy_on(self, easier: Task) -> Float[Tensor, " networks"]:
        n, dt_ms, loss = self.training.evaluation_trials, self.network.dt_ms, self.training.task_loss
        trials = held_out_trials(easier, n, dt_ms, self.trial_seed).to(self.device)
        return evaluate(self.network, easier, loss, trials, self.step, self.ideal).accuracy

    def checkpoint(self) -> Checkpoint:
        """Everything that `restore` needs, as copies on the CPU."""
        tensors = {f"parameter.{n}": p.detach().cpu().clone() for n, p in self.network.named_parameters()}
        tensors |= {"loss": self.loss.clone(), "gradient_norm": self.norm.clone(), "diverged": self.diverged.clone()}
        tensors |= {} if self.feed.ended is None else {"ended": self.feed.ended.cpu().clone()}
        meta = {"step": self.step, "seconds": self.seconds, "lessons": [list(at) for at in self.feed.lessons.at]}
        return Checkpoint(tensors | self.course.tensors(), meta | self.course.meta())

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where the checkpoint was taken."""
        tensors, meta = checkpoint.tensors, checkpoint.meta
        self.course.restore(tensors, meta)
        self.aim = self._aim()  # a stage may lower objectives of its own
        with torch.no_grad():
            for name, parameter in self.network.named_parameters():
                parameter.copy_(tensors[f"parameter.{name}"])
        self.network.hold()
        self.loss, self.norm = tensors["loss"].clone(), tensors["gradient_norm"].clone()
        self.diverged, self.feed.ended = tensors["diverged"].clone(), tensors.get("ended")
        self.step, self.seconds, self.stage = meta["step"], meta["seconds"], self.course.name
        self.feed.lessons.at = [tuple(at) for at in meta.get("lessons", self.feed.lessons.at)]
        self.stop = self._stop_after_step()
