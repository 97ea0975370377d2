"""The task's own loss: which form, and at which steps."""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float
from pydantic import Field
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from engine.component import Component, Invalid
from engine.tasks.task import Trials
from engine.training.objectives.objective import steps_of

LEAST = 1e-12  # as in nn4n: keeps the logarithm of a probability finite


class TaskLoss(Component):
    """Cross-entropy (nats) between outputs and classes, or mean squared error between outputs and values.

    Cross-entropy also takes values that are probabilities of classes (soft targets): at every step they are at least 0
    and sum to 1.
    """

    title: ClassVar[str] = "Loss of the task"

    form: Annotated[
        Literal["auto", "mse", "cross_entropy"],
        Field(description="auto: cross-entropy where targets are classes, else squared error; mse of classes compares "
              "with 1 for the right output and 0 for the others; cross_entropy of values takes them as probabilities"),
    ] = "auto"  # fmt: skip
    outputs_are: Annotated[
        Literal["log_odds", "probabilities"],
        Field(description="For cross-entropy: outputs become probabilities by softmax, or are ones already (below "
              "1e-12 they count as that)"),
    ] = "log_odds"  # fmt: skip
    over: Annotated[
        Literal["scored", "last_step", "epochs"],
        Field(description="All scored steps, the last scored step of every trial, or those in the named epochs"),
    ] = "scored"  # fmt: skip
    epochs: Annotated[
        tuple[str, ...], Field(max_length=20, description="Names of epochs of the task, if these are to count")
    ] = ()  # fmt: skip

    def of(self, outputs: Float[Tensor, "networks trials steps outputs"], trials: Trials) -> Float[Tensor, " networks"]:
        """Mean loss of every network over the steps that count (nats per step, or squared output units)."""
        counts = self.steps(trials)
        found, wanted = outputs[:, counts], trials.targets[counts]
        is_class = not wanted.is_floating_point()
        if is_class and self.form != "mse" and self.outputs_are == "log_odds":
            return cross_entropy(found.transpose(1, 2), wanted.expand(len(found), -1), reduction="none").mean(-1)
        wanted = one_hot(wanted, found.shape[-1]).to(found.dtype) if is_class else wanted
        if self.form == "cross_entropy" or (is_class and self.form == "auto"):
            surprise = -(found.log_softmax(-1) if self.outputs_are == "log_odds" else found.clamp(min=LEAST).log())
            return (wanted * surprise).sum(-1).mean(-1)
        return (found - wanted).square().mean((-2, -1))

    def steps(self, trials: Trials) -> Bool[Tensor, "trials steps"]:
        """The steps that count."""
        if self.over == "scored":
            return trials.scored
        if self.over == "epochs":
            return trials.scored & steps_of(trials.epochs, self.epochs, "").to(trials.scored.device)
        number = torch.arange(trials.steps, device=trials.scored.device)
        last = torch.where(trials.scored, number, -1).amax(1, keepdim=True)
        return trials.scored & (number == last)

    def require_fit(self, trials: Trials, address: str) -> None:
        """Raises Invalid, below `address`, if this loss cannot be taken of such trials."""
        if self.form == "cross_entropy" and trials.targets.is_floating_point():
            owed = trials.targets[trials.scored]
            if (owed < 0).any() or ((owed.sum(-1) - 1).abs() > 1e-3).any():
                said = "Cross-entropy needs classes or probabilities that sum to 1, but the targets of this task are"
                raise Invalid(f"{said} other values; choose auto or mse.", f"{address}.form")
        if self.over != "epochs":
            return
        if not self.epochs:
            known = ", ".join(trials.epochs)
            raise Invalid(f"No epoch is named; name some of {known}.", f"{address}.epochs")
        if not (trials.scored & steps_of(trials.epochs, self.epochs, f"{address}.epochs")).any():
            named = ", ".join(self.epochs)
            raise Invalid(f"Nothing is scored during {named}; name an epoch of the answer.", f"{address}.epochs")
