"""The user's own trials, from arrays in a file."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float, Int
from pydantic import Field
from torch import Tensor
from torch.nn.functional import one_hot

from engine.component import Invalid, Typical
from engine.own_files import data_file
from engine.tasks.array_file import Arrays, read
from engine.tasks.fields import Noise
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import explained_over_time


class ArrayTask(Task):
    """Do what your own trials ask for: arrays of inputs and targets from an .npz or .csv file.

    An .npz holds `inputs` [trials, steps, channels] and `targets`, either classes 0, 1, … [trials, steps] or values
    [trials, steps, outputs]; it may hold `mask` [trials, steps] (which steps are scored), `condition_<name>` [trials],
    `input_names`, `output_names` and `dt_ms`. A .csv has one row per step with the columns `trial`, `input <name>` …,
    `target <name>` … or `class`, and may have `scored`, `condition <name>` … and `dt_ms`. The file lies in the folder
    `tasks` of the data folder. Some trials are held out for testing; training draws evenly from the others.
    """

    kind: Literal["arrays"] = "arrays"
    title: ClassVar[str] = "Your own trials (arrays)"
    source: ClassVar[str] = "Your own file"
    chance_is: ClassVar[str] = "The best answer that is the same at every step: a class, or for values a constant."
    ideal_is: ClassVar[str] = (
        "Has the targets of the file: nothing is known of what could be done with the inputs alone."
    )

    file: Annotated[str, Field(max_length=400, description="File in the folder tasks of the data folder.")] = ""
    held_back: Annotated[
        float, Field(gt=0, lt=1, description="Share of the trials that is kept for testing."), Typical(0.05, 0.5, 0.05)
    ] = 0.2
    noise: Noise = 0.0

    def _arrays(self) -> Arrays:
        return read(data_file(self.file))

    @property
    def loss(self) -> Literal["cross_entropy", "mse"]:  # type: ignore[override]
        return "mse" if self._arrays().targets.is_floating_point() else "cross_entropy"

    @property
    def input_names(self) -> tuple[str, ...]:
        return self._arrays().input_names

    @property
    def output_names(self) -> tuple[str, ...]:
        return self._arrays().output_names

    @property
    def variables(self) -> tuple[Variable, ...]:
        arrays = self._arrays()
        return tuple(
            Variable(name, "categorical", labels=arrays.labels[name])
            if name in arrays.labels
            else Variable(name, "linear")
            for name in arrays.conditions
        )

    @property
    def accuracy_is(self) -> str:
        if self.loss == "mse":
            return "Share of a trial's variance over its scored steps that is explained, at least 0."
        return "Share of the scored steps at which the output of the right class is the largest."

    @property
    def chance(self) -> float:
        arrays = self._arrays()
        if arrays.targets.is_floating_point():
            return 0.0
        return (
            self._right(one_hot(arrays.targets, len(arrays.output_names)).double(), arrays.scored).mean(0).max().item()
        )

    def _right(self, hits: Float[Tensor, "*any steps classes"], scored: Tensor) -> Float[Tensor, "*any classes"]:
        """Share of scored steps at which each class is right."""
        return (hits * scored[..., None]).sum(-2) / scored.sum(-1)[..., None]

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        kept, _ = self._split()
        return self._drawn(kept, n, dt_ms, rng)

    def held_out(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        _, back = self._split()
        return self._drawn(back, n, dt_ms, rng)

    def _split(self) -> tuple[Int[Tensor, " kept"], Int[Tensor, " back"]]:
        """Trials for training and for testing: the same for every seed."""
        count = len(self._arrays().inputs)
        if count < 2:
            raise Invalid("The file holds 1 trial; at least 2 are needed, one of them for testing.", "task.file")
        back = min(max(1, round(self.held_back * count)), count - 1)
        order = torch.randperm(count, generator=torch.Generator().manual_seed(count))
        return order[back:], order[:back]

    def _drawn(self, among: Int[Tensor, " some"], n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        arrays = self._arrays()
        if arrays.dt_ms is not None and abs(arrays.dt_ms - dt_ms) > 1e-6 * dt_ms:
            said = f"The trials of {self.file} have a step every {arrays.dt_ms:g} ms, the simulation every {dt_ms:g} ms"
            raise Invalid(f"{said}; set dt_ms to {arrays.dt_ms:g}.", "dt_ms")
        rounds = [torch.randperm(len(among), generator=rng) for _ in range(math.ceil(n / len(among)))]
        which = among[torch.cat(rounds)[:n]]
        inputs = arrays.inputs[which] + white_noise((n, *arrays.inputs.shape[1:]), self.noise, dt_ms, rng)
        conditions = {name: values[which] for name, values in arrays.conditions.items()}
        epochs = Epochs(dt_ms, {"trial": slice(0, inputs.shape[1])})
        return Trials(inputs, arrays.targets[which], arrays.scored[which], epochs, conditions, {})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        if trials.targets.is_floating_point():
            return explained_over_time(outputs, trials)
        largest = one_hot(outputs.nan_to_num(0.0).argmax(-1), outputs.shape[-1])
        hits = (largest * one_hot(trials.targets, outputs.shape[-1])).sum(-1)
        right = (hits * ~outputs.isnan().any(-1) * trials.scored).sum(-1) / trials.scored.sum(-1)
        return torch.where((outputs == 0).all(-1).all(-1), self.chance, right)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        if trials.targets.is_floating_point():
            return trials.targets
        return one_hot(trials.targets, len(self.output_names)).float()
