"""Turning at random: angular velocity as a Gauss-Markov (Ornstein-Uhlenbeck) process, and its Kalman filter."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from scipy.signal import lfilter
from torch import Tensor


@dataclass(frozen=True)
class AngularVelocity:
    """Stationary Gaussian velocity (rad/s) with autocovariance sd^2 exp(-lag / correlation_s), sampled every dt_s.

    The samples follow the continuous process exactly, so neither their spread nor their correlation hangs on the step.
    """

    sd: float
    correlation_s: float
    dt_s: float

    @property
    def memory(self) -> float:
        """What is left of the velocity after one step."""
        return math.exp(-self.dt_s / self.correlation_s)

    @property
    def kick(self) -> float:
        """Standard deviation of what is new in the velocity after one step."""
        return self.sd * math.sqrt(-math.expm1(-2 * self.dt_s / self.correlation_s))

    def draw(self, trials: int, steps: int, rng: torch.Generator) -> Float[Tensor, "trials steps"]:
        """Velocities that are stationary from the first step."""
        velocity = torch.randn(trials, steps, generator=rng)
        velocity[:, 0] *= self.sd
        velocity[:, 1:] *= self.kick
        return torch.from_numpy(lfilter([1.0], [1.0, -self.memory], velocity.double().numpy(), axis=1)).float()

    def most_probable_turn(self, seen: Float[Tensor, "trials steps"], spread: float) -> Float[Tensor, "trials steps"]:
        """Angle turned so far (rad): at each step the best estimate from the velocities seen until then.

        Kalman filter over (angle turned, velocity) for a white error of standard deviation `spread` (rad/s). Its gains
        are the same for all trials.
        """
        turn = torch.zeros_like(seen[:, 0])
        velocity = torch.zeros_like(turn)
        estimates = []
        for seen_now, (turn_gain, velocity_gain) in zip(seen.unbind(1), self.gains(seen.shape[1], spread), strict=True):
            velocity = self.memory * velocity
            turn = turn + self.dt_s * velocity
            surprise = seen_now - velocity
            turn, velocity = turn + turn_gain * surprise, velocity + velocity_gain * surprise
            estimates.append(turn)
        return torch.stack(estimates, 1)

    def gains(self, steps: int, spread: float) -> Float[np.ndarray, "steps 2"]:
        """Kalman gains of the angle and of the velocity at every step."""
        move = np.array([[1.0, self.dt_s * self.memory], [0.0, self.memory]])
        new = self.kick**2 * np.outer([self.dt_s, 1.0], [self.dt_s, 1.0])
        covariance = np.diag([0.0, self.sd**2])  # one step before the first: at rest in angle, stationary in velocity
        gains = np.empty((steps, 2))
        for step in range(steps):
            covariance = move @ covariance @ move.T + new
            gains[step] = covariance[:, 1] / (covariance[1, 1] + spread**2)
            covariance = covariance - np.outer(gains[step], covariance[1])
        return gains
