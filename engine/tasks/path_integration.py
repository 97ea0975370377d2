"""Path integration: keep track of one's place in an arena from velocity alone."""

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.randomness import torch_stream
from engine.tasks.arena import Arena, moves_for, sampled
from engine.tasks.conditions import angles, degrees
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import near_enough


class PathIntegration(Task):
    """Report the place of an animal in a square arena, given where it starts and then its velocity only.

    During the cue the animal rests and two inputs show its place; then it runs, and two other inputs show its velocity
    (m/s). Both outputs, x and y in m, are scored while it runs. Every 20 ms it draws a Rayleigh speed and a Gaussian
    turn. Walls reflect it; or, as published, it turns by pi/5 in every move that begins less than 3 cm before a wall,
    and a move out of the arena is refused, its velocity 0 (which takes four times as long to draw). In the published
    runs all start in the centre, heading right, and see velocity only: `start` = centre and a cue of 0 ms. The
    velocity of step t already moves the place that is owed at step t.
    """

    kind: Literal["path_integration"] = "path_integration"
    title: ClassVar[str] = "Path integration in an arena"
    source: ClassVar[str] = "Cueva & Wei (2018) ICLR; Banino et al. (2018) Nature 557: 429; arena of liuyuezhang/nsi"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "mse"
    at_once: ClassVar[int] = 8
    chance_is: ClassVar[str] = (
        "Says the centre throughout: if animals start anywhere it is near enough with probability "
        "pi * tolerance² / area, if all start there as often as simulated paths stay near it."
    )
    ideal_is: ClassVar[str] = (
        "Not defined with noise; shown is who adds up the noisy velocity from the place shown by the cue."
    )
    memoryless_is: ClassVar[str] = "The velocity of a step says next to nothing of the place."

    start: Annotated[
        Literal["anywhere", "centre"],
        Field(description="Where animals start: anywhere and any heading, or as published."),
    ] = "anywhere"
    side: Annotated[float, Field(gt=0, le=1000, description="Side of the arena in m."), Typical(0.5, 4, 0.1)] = 2.2
    speed: Annotated[
        float,
        Field(gt=0, le=100, description="Scale of the Rayleigh distribution of speed in m/s."),
        Typical(0.05, 1, 0.05),
    ] = 0.2
    turn: Annotated[
        float,
        Field(ge=0, le=1000, description="Standard deviation of the angular velocity in rad/s."),
        Typical(0, 10, 0.5),
    ] = 3.0
    walls: Annotated[
        Literal["reflect", "turn"], Field(description="Walls reflect the path, or the animal turns before them.")
    ] = "reflect"
    margin: Annotated[
        float,
        Field(ge=0, le=100, description="A wall this near ahead, in m, makes it turn, where it turns."),
        Typical(0, 0.1, 0.01),
    ] = 0.03
    wall_turn_deg: Annotated[
        float, Field(ge=0, le=180, description="How far it turns there in each move."), Typical(0, 90, 1)
    ] = 36.0
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.05, 0.001),
    ] = 0.005
    tolerance: Annotated[
        float,
        Field(gt=0, le=100, description="A place this close to the true one, in m, counts as right."),
        Typical(0.02, 0.5, 0.01),
    ] = 0.1
    cue_ms: Annotated[
        float, Field(ge=0, le=60_000, description="How long the first place is shown."), Typical(100, 1000, 10)
    ] = 200.0
    run_ms: Annotated[
        float, Field(gt=0, le=600_000, description="How long the animal runs."), Typical(500, 20_000, 100)
    ] = 1800.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "velocity x", "velocity y", "cue x", "cue y"

    @property
    def output_names(self) -> tuple[str, ...]:
        return "x", "y"

    @property
    def variables(self) -> tuple[Variable, ...]:
        places = (Variable(name, "linear", "m") for name in ("first_x", "first_y", "x", "y"))
        return (*places, Variable("first_heading", "circular", "°", 360.0), Variable("speed", "linear", "m/s"))

    @property
    def chance(self) -> float:
        if self.start == "anywhere":
            return min(1.0, math.pi * (self.tolerance / self.side) ** 2)
        paths = self._paths(1000, max(1, round(self.run_ms / 20)), 20.0, torch_stream(0, "chance"))[0]
        return float((torch.linalg.vector_norm(paths[:, 1:], dim=-1) <= self.tolerance).float().mean())

    @property
    def memoryless(self) -> float:
        return self.chance

    @property
    def accuracy_is(self) -> str:
        return f"Within {self.tolerance:g} m of the true place, as a share of the scored steps."

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of(dt_ms, cue=self.cue_ms, run=self.run_ms)
        run, rest = epochs["run"], epochs["run"].start
        paths, headings = self._paths(n, epochs.steps - rest, dt_ms, rng)
        place = torch.cat([paths[:, :1].expand(-1, rest, -1), paths[:, 1:]], 1)
        velocity = torch.zeros_like(place)
        velocity[:, run] = paths.diff(dim=1) / (dt_ms / 1000)
        inputs = white_noise((n, epochs.steps, 4), self.noise, dt_ms, rng)
        inputs[..., :2] += velocity
        inputs[:, epochs["cue"], 2:] += paths[:, :1]
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, run] = True
        conditions = {"first_x": paths[:, 0, 0], "first_y": paths[:, 0, 1], "first_heading": degrees(headings)}
        traces = {"x": place[..., 0], "y": place[..., 1], "speed": velocity[..., 0].hypot(velocity[..., 1])}
        return Trials(inputs, place, scored, epochs, conditions, traces)

    def _paths(
        self, n: int, steps: int, dt_ms: float, rng: torch.Generator
    ) -> tuple[Float[Tensor, "trials places 2"], Float[Tensor, " trials"]]:
        """Places before and after each step, and the first headings in rad."""
        first, headings = torch.zeros(n, 2), torch.zeros(n)
        if self.start == "anywhere":
            first, headings = (torch.rand(n, 2, generator=rng) - 0.5) * self.side, angles(n, rng)
        arena = Arena(
            self.side, self.speed, self.turn, self.margin, math.radians(self.wall_turn_deg), self.walls == "reflect"
        )
        there = first.double().numpy() @ np.array([1, 1j])
        return sampled(
            arena.run(there, headings.double().numpy(), moves_for(steps, dt_ms), rng), steps, dt_ms
        ), headings

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return near_enough(outputs, trials, self.tolerance)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        run, cue = trials.epochs["run"], trials.epochs["cue"]
        said = torch.zeros_like(trials.targets)
        if self.start == "anywhere" and cue.stop:
            said += trials.inputs[:, cue, 2:].mean(1, keepdim=True)
        said[:, run] += trials.inputs[:, run, :2].cumsum(1) * (trials.epochs.dt_ms / 1000)
        return said
