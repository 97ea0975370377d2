"""Ring integration: keep track of one's heading from angular velocity alone."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.angular_velocity import AngularVelocity
from engine.tasks.conditions import angles, degrees
from engine.tasks.task import Epochs, Task, Trials, Variable, noise_spread, white_noise

RAD_S_PER_INPUT = 2.0  # an angular velocity input of 1 means 2 rad/s


class RingIntegration(Task):
    """Report the heading of an animal that turns at random, given its first heading and then its angular velocity only.

    During the cue the animal rests and two inputs show the sine and cosine of its heading; then it turns, and one
    input shows its angular velocity, where 1 stands for 2 rad/s (115 °/s). Both outputs, sine and cosine of the
    current heading, are scored while it turns. The velocity of step t already moves the heading that is owed at step
    t. First headings are spread evenly over the circle. The accuracy of a trial is the share of its scored steps
    whose decoded heading, atan2(sine, cosine), lies within the tolerance of the true heading. The turning is a
    Gauss-Markov process, by default of 2 rad/s and an autocorrelation of 0.8 after 25 ms; an observer who sees the
    cue but never turns with it is right in about 0.47 of the steps then. Zhang's ring attractor is the model of this
    computation.
    """

    kind: Literal["ring_integration"] = "ring_integration"
    title: ClassVar[str] = "Angular velocity integration (head direction ring)"
    source: ClassVar[str] = "Zhang (1996) J. Neurosci. 16: 2112"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    chance_is: ClassVar[str] = (
        "Headings are spread evenly over the circle, so a guess is within the tolerance with probability "
        "2 * tolerance / 360; outputs of exactly zero decode to no heading and score the same."
    )
    ideal_is: ClassVar[str] = (
        "Takes the first heading from the summed cue and adds the turn that is most probable given the noisy "
        "velocity so far (a Kalman filter that knows the statistics of the turning)."
    )
    memoryless_is: ClassVar[str] = "The velocity of a step says nothing of the heading."

    velocity_sd_deg_s: Annotated[
        float, Field(gt=0, le=10_000, description="Standard deviation of the angular velocity."), Typical(20, 300, 5)
    ] = 115.0
    correlation_ms: Annotated[
        float,
        Field(
            gt=0, le=60_000, description="Correlation time of the angular velocity: its autocorrelation falls to 1/e."
        ),
        Typical(20, 1000, 10),
    ] = 110.0
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.1, 0.005),
    ] = 0.01
    tolerance_deg: Annotated[
        float,
        Field(gt=0, lt=180, description="A decoded heading this close to the true one counts as right."),
        Typical(5, 45, 1),
    ] = 20.0
    cue_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long the first heading is shown."), Typical(50, 1000, 10)
    ] = 200.0
    turn_ms: Annotated[
        float,
        Field(gt=0, le=60_000, description="How long the animal turns and must know its heading."),
        Typical(500, 10_000, 50),
    ] = 1300.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "angular velocity", "cue sine", "cue cosine"

    @property
    def output_names(self) -> tuple[str, ...]:
        return "sine", "cosine"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (
            Variable("heading", "circular", "°", 360.0),
            Variable("velocity", "linear", "°/s"),
            Variable("first_heading", "circular", "°", 360.0),
        )

    @property
    def chance(self) -> float:
        return 2 * self.tolerance_deg / 360

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def accuracy_is(self) -> str:
        return f"Within ±{self.tolerance_deg:g}° of the true heading, as a share of the scored steps."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(dt_ms, cue=self.cue_ms, turn=self.turn_ms)
        first = angles(n, rng)
        velocity = torch.zeros(n, epochs.steps)
        velocity[:, epochs["turn"]] = self._turning(dt_ms).draw(n, epochs.steps - epochs["turn"].start, rng)
        heading = first[:, None] + velocity.cumsum(1) * (dt_ms / 1000)
        inputs = white_noise((n, epochs.steps, 3), self.noise, dt_ms, rng)
        inputs[..., 0] += velocity / RAD_S_PER_INPUT
        inputs[:, epochs["cue"], 1:] += _unit_vector(first)[:, None]
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, epochs["turn"]] = True
        traces = {"heading": degrees(heading), "velocity": velocity.rad2deg()}
        return Trials(inputs, _unit_vector(heading), scored, epochs, {"first_heading": degrees(first)}, traces)

    def _turning(self, dt_ms: float) -> AngularVelocity:
        return AngularVelocity(math.radians(self.velocity_sd_deg_s), self.correlation_ms / 1000, dt_ms / 1000)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        sine, cosine = outputs[..., 0], outputs[..., 1]
        error = (torch.atan2(sine, cosine) - trials.traces["heading"].deg2rad()).cos()
        right = (error >= math.cos(math.radians(self.tolerance_deg))).to(outputs.dtype)  # NaN is not right
        right = torch.where((sine == 0) & (cosine == 0), self.chance, right)
        return (right * trials.scored).sum(-1) / trials.scored.sum(-1)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        cue = trials.inputs[:, trials.epochs["cue"], 1:].sum(1)
        first = torch.atan2(cue[:, 0], cue[:, 1])
        seen = trials.inputs[:, trials.epochs["turn"], 0] * RAD_S_PER_INPUT
        dt_ms = trials.epochs.dt_ms
        spread = noise_spread(RAD_S_PER_INPUT * self.noise, dt_ms)
        turned = torch.zeros_like(trials.inputs[..., 0])
        turned[:, trials.epochs["turn"]] = self._turning(dt_ms).most_probable_turn(seen, spread)
        return _unit_vector(first[:, None] + turned)


def _unit_vector(angle: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape 2"]:
    return torch.stack([angle.sin(), angle.cos()], -1)
