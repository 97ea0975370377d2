"""Go/no-go: act after one cue, withhold after the other."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import with_share
from engine.tasks.evidence import summed_evidence
from engine.tasks.forced_choice import Scored, answers, chosen, read_at, score, scored_steps
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise


class GoNogo(Task):
    """Act if the go cue was shown, withhold if the no-go cue was shown.

    A fixation input is on until the response; one of two cue inputs is 1 during the cue. After the delay the network
    says "go" or goes on saying "withhold", as it must until then; the trial is correct if the right one of the two
    outputs is the larger on average over the response. The trial of Shakiba et al. (2026) arXiv:2606.14975 has 5 + 20 +
    10 + 5 steps at dt = 20 ms (100, 400, 200 and 100 ms), no fixation input during the cue, and is scored at the last
    step only.
    """

    kind: Literal["go_nogo"] = "go_nogo"
    title: ClassVar[str] = "Go/no-go"
    source: ClassVar[str] = "Zhang et al. (2019) eLife 8: e43191 (delayed go/no-go)"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = "Always giving the more frequent answer, without seeing the cue; a tie scores the same."
    ideal_is: ClassVar[str] = (
        "Sums the noisy go minus no-go input over the cue and weighs it with how frequent go trials are."
    )
    memoryless_is: ClassVar[str] = "The cue is gone when the answer is due, so the more frequent answer is the best."

    go_share: Annotated[
        float,
        Field(gt=0, lt=1, description="Share of trials with the go cue; the rest are no-go."),
        Typical(0.1, 0.9, 0.05),
    ] = 0.5
    fixation_in_cue: Annotated[bool, Field(description="Whether the fixation input stays on during the cue.")] = True
    scored: Annotated[
        Scored, Field(description="Where the loss counts: all of the trial, the response, or the last step alone.")
    ] = "trial"
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.5, 0.01),
    ] = 0.1
    fixation_ms: Annotated[float, Field(ge=0, le=60_000, description="Time before the cue."), Typical(0, 1000, 10)] = (
        100.0
    )
    cue_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long the cue is shown."), Typical(100, 1000, 10)
    ] = 400.0
    delay_ms: Annotated[
        float,
        Field(ge=0, le=60_000, description="Time between the end of the cue and the response."),
        Typical(0, 4000, 10),
    ] = 500.0
    response_ms: Annotated[
        float, Field(gt=0, le=60_000, description="Time in which the answer is read."), Typical(100, 1000, 10)
    ] = 300.0

    @property
    def input_names(self) -> tuple[str, ...]:
        return "fixation", "no-go cue", "go cue"

    @property
    def output_names(self) -> tuple[str, ...]:
        return "withhold", "go"

    @property
    def variables(self) -> tuple[Variable, ...]:
        return (Variable("cue", "categorical", labels=("no-go", "go")),)

    @property
    def chance(self) -> float:
        return max(self.go_share, 1 - self.go_share)

    @property
    def memoryless(self) -> float:
        return self.chance

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        cue = with_share(n, self.go_share, rng)
        epochs = Epochs.of(
            dt_ms, fixation=self.fixation_ms, cue=self.cue_ms, delay=self.delay_ms, response=self.response_ms
        )
        inputs = white_noise((n, epochs.steps, 3), self.noise, dt_ms, rng)
        inputs[:, : epochs["response"].start, 0] += 1
        inputs[:, epochs["cue"], 0] -= 0 if self.fixation_in_cue else 1
        inputs[:, epochs["cue"], 1:] += torch.nn.functional.one_hot(cue, 2)[:, None]
        targets = torch.zeros(n, epochs.steps, dtype=torch.long)
        targets[:, epochs["response"]] = cue[:, None]
        return Trials(inputs, targets, scored_steps(self.scored, epochs["response"], n), epochs, {"cue": cue}, {})

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return score(self.choice(outputs, trials), trials.conditions["cue"] == 1, self.chance)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = go, 0 = withhold, 0.5 = a tie, NaN = no number."""
        return chosen(outputs, read_at(self.scored, trials.epochs["response"]), positive=1, negative=0)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        # log odds of go = integrated evidence / noise^2 + log(share / (1 - share)), here times noise^2, which may be 0
        evidence = summed_evidence(trials.inputs[:, trials.epochs["cue"], 1:]) * (trials.epochs.dt_ms / 1000)
        says_go = evidence + self.noise**2 * math.log(self.go_share / (1 - self.go_share)) > 0
        return answers(says_go.long(), trials.epochs["response"], trials.steps, 2)
