"""The noisy rings of the twenty rules: drawn for many trials together, and shown to one batch of them at a time."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.tasks.task import Epochs
from engine.tasks.yang_frame import Frame

IN_CACHE = 128  # trials whose noise is made at once


@dataclass(frozen=True, eq=False)
class Shown:
    """What both rings show during one epoch in the trials that show anything, in the order of trials."""

    span: slice
    trial: Int[np.ndarray, " shown"]  # within its batch
    rings: Float[np.ndarray, "shown steps rings"]
    begins: Int[np.ndarray, " batches_and_end"]

    @classmethod
    def drawn(
        cls,
        frame: Frame,
        epochs: Epochs,
        rule: Int[Tensor, " trials"],
        stimuli: Float[Tensor, "stimuli trials rings"],
        spread: float,
        batch: int,
        rng: torch.Generator,
    ) -> tuple["Shown", ...]:
        """Of every epoch that lasts, with white noise of this spread: most of the time that trials take."""
        mean, found = torch.cat([stimuli, stimuli.sum(0, keepdim=True)]), []
        for span in epochs.slices.values():
            if span.stop == span.start:
                continue
            code = frame.code[:, span.start][rule]
            trial = code.nonzero().flatten()
            rings = torch.empty(len(trial), span.stop - span.start, stimuli.shape[-1])
            around = mean[code[trial] - 1, trial][:, None]
            for some, at in zip(rings.split(IN_CACHE), around.split(IN_CACHE), strict=True):
                torch.add(at, some.normal_(generator=rng), alpha=spread, out=some)
            which, within = np.divmod(trial.numpy(), batch)
            begins = which.searchsorted(np.arange(len(rule) // batch + 1))
            found.append(cls(span, within, rings.numpy(), begins))
        return tuple(found)

    def put(self, rings: Float[np.ndarray, "trials all_steps rings"], turn: int) -> None:
        """Show it to a batch; numpy is faster at it than torch."""
        here = slice(*self.begins[turn : turn + 2])
        rings[self.trial[here], self.span] = self.rings[here]
