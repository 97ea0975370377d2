"""Trains of signed pulses of fixed length, and what can be known about them from noisy inputs."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Pulses:
    """A pulse of `length` steps begins at step 0, others with probability `per_step` at steps length..last - length.

    Every pulse is +1 or -1 with equal probability; one that begins during another replaces it. Without `at_once` no
    pulse is sure to begin at step 0, and others may begin from there on.
    """

    steps: int
    length: int
    last: int  # the step by which all pulses have ended
    per_step: float
    at_once: bool = True

    def may_begin(self) -> Float[Tensor, " steps"]:
        """Probability that a pulse begins, at each step."""
        probability = torch.zeros(self.steps)
        first = self.length if self.at_once else 0
        probability[first : max(self.last - self.length + 1, first)] = self.per_step
        if self.at_once:
            probability[0] = 1.0
        return probability

    def draw(
        self, first: Int[Tensor, "trials bits"], rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials steps bits"], Float[Tensor, "trials steps bits"]]:
        """Pulses whose sign at step 0 is given (0 = -1, 1 = +1), and at each step the sign of the latest, or 0.

        Arithmetic on so few numbers is numpy's, whose calls take a fifth of the time of torch's.
        """
        trials, bits = first.shape
        begins = (torch.rand(trials, self.steps, bits, generator=rng) < self.may_begin()[:, None]).numpy()
        sign = torch.randint(2, (trials, self.steps, bits), generator=rng).numpy().astype(np.int32)
        sign[:, 0] = first.numpy()
        step = np.arange(1, self.steps + 1, dtype=np.int32)[:, None]
        latest = np.maximum.accumulate((2 * step + sign) * begins, 1)  # 2 x step + sign; 0 is none yet
        latest_sign = ((2 * (latest & 1) - 1) * (latest > 0)).astype(np.float32)
        shown = latest_sign * (step - (latest >> 1) < self.length)
        return torch.from_numpy(shown), torch.from_numpy(latest_sign)

    def expected_sign(
        self, inputs: Float[Tensor, "trials steps bits"], spread: float
    ) -> Float[Tensor, "trials steps bits"]:
        """Mean of the latest pulse's sign given the inputs up to each step, which carry white noise of this `spread`.

        Forward pass of a hidden Markov model. Its states: sign of the latest pulse, and the pulse's age in steps; at
        age `length` it has ended. Before the first, it is as if one of either sign had ended.
        """
        trials, steps, bits = inputs.shape
        level = torch.zeros(2, self.length + 1, dtype=torch.float64, device=inputs.device)
        level[0, :-1], level[1, :-1] = -1.0, 1.0
        belief = torch.zeros(trials, bits, 2, self.length + 1, dtype=torch.float64, device=inputs.device)
        belief[..., -1] = 0.5
        expected = torch.empty(trials, steps, bits, dtype=torch.float64, device=inputs.device)
        for step, begins in enumerate(self.may_begin().tolist()):
            aged = torch.cat(
                [torch.full_like(belief[..., :1], 0.5 * begins), belief.roll(1, -1)[..., 1:] * (1 - begins)], -1
            )
            aged[..., -1] += belief[..., -1] * (1 - begins)
            log_likelihood = -0.5 * ((inputs[:, step, :, None, None].double() - level) / spread) ** 2
            belief = torch.softmax((aged.log() + log_likelihood).flatten(-2), -1).view_as(aged)
            expected[:, step] = (belief[..., 1, :] - belief[..., 0, :]).sum(-1)
        return expected.float()
