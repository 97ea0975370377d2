"""n-back: is the last item the one that was shown so many items before?"""

from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Bool, Float, Int
from pydantic import Field, model_validator
from torch import Tensor

from engine.component import Typical
from engine.tasks.conditions import balanced, with_share
from engine.tasks.digits import CODE, codes
from engine.tasks.forced_choice import answers, chosen, score
from engine.tasks.same_item import log_sameness
from engine.tasks.task import Epochs, Task, Trials, Variable, white_noise
from engine.tasks.values import shown_for


class NBack(Task):
    """See a short list of items and say whether the last one, the probe, was also shown n items before.

    Items are numbers, uniform in 0..1, or codes of handwritten digits (50 features). A match is the very same item;
    half of the trials match. In the published trials the probe of a non-match is new, so that the order need not be
    remembered: who asks whether the probe was shown at all is always right. Lures mend that: in a share of the
    non-match trials the probe was shown at another lag (or, with codes, another image of the same digit at lag n);
    with lures in half of them that observer is right in 3 of 4 trials. Other codes of a list show other digits. With
    numbers the cue is on during the probe; with codes it follows the probe; then one silent item follows, in which the
    answer is read. At a time step of one item a trial has T + 1 steps with numbers and T + 2 with codes, as published.
    """

    kind: Literal["n_back"] = "n_back"
    title: ClassVar[str] = "n-back (numbers or image codes)"
    source: ClassVar[str] = "Goulas, Damicelli & Hilgetag (2021) Neural Netw. 142: 608"
    loss: ClassVar[Literal["cross_entropy", "mse"]] = "cross_entropy"
    chance_is: ClassVar[str] = "Always giving the more frequent answer; a tie scores the same."
    ideal_is: ClassVar[str] = (
        "Numbers: weighs how probable a match, a new probe and every lure are given the noisy items. Codes: names the "
        "most probable image of the probe and of the item n before and compares them."
    )
    memoryless_is: ClassVar[str] = "The probe alone does not tell what came before; when the answer is due it is gone."

    item_is: Annotated[
        Literal["number", "code"], Field(description="Items are numbers, or 50 features of a handwritten digit.")
    ] = "number"
    items: Annotated[
        int, Field(ge=2, le=100, description="Items in the list, T; the last is the probe."), Typical(3, 10)
    ] = 5
    back: Annotated[
        int, Field(ge=1, le=99, description="How many items before the probe the match was shown, n."), Typical(1, 2)
    ] = 2
    match_share: Annotated[
        float, Field(gt=0, lt=1, description="Share of trials that match."), Typical(0.1, 0.9, 0.05)
    ] = 0.5
    lures: Annotated[
        float, Field(ge=0, le=1, description="Share of the non-match trials that have a lure."), Typical(0, 1, 0.05)
    ] = 0.0
    lure_is: Annotated[
        Literal["wrong_lag", "same_digit"],
        Field(description="The probe shown at another lag, or another image of its digit shown at lag n."),
    ] = "wrong_lag"
    noise: Annotated[
        float,
        Field(ge=0, le=100, description="Noise of every input during the whole trial: spectral density in s^1/2."),
        Typical(0, 0.05, 0.001),
    ] = 0.0
    item_ms: Annotated[
        float, Field(gt=0, le=60_000, description="How long each item and the answer last."), Typical(20, 500, 10)
    ] = 200.0

    @model_validator(mode="after")
    def _fits(self) -> "NBack":
        if self.back >= self.items:
            raise ValueError(f"A list of {self.items} items has none {self.back} before the last; shorten back.")
        if self.lures and self.lure_is == "same_digit" and self.item_is == "number":
            raise ValueError("Numbers show no digit; take codes, or lures at a wrong lag.")
        if self.lures and self.lure_is == "wrong_lag" and self.items < 3:
            raise ValueError("A list of 2 items has no other lag for a lure; lengthen items.")
        return self

    @property
    def input_names(self) -> tuple[str, ...]:
        features = ("number",) if self.item_is == "number" else tuple(f"feature {i + 1}" for i in range(CODE))
        return ("cue", *features)

    @property
    def output_names(self) -> tuple[str, ...]:
        return "wait", "non-match", "match"

    @property
    def variables(self) -> tuple[Variable, ...]:
        lure = (Variable("lure", "categorical", labels=("none", "lure")),) if self.lures else ()
        return (Variable("match", "categorical", labels=("non-match", "match")), *lure)

    @property
    def chance(self) -> float:
        return max(self.match_share, 1 - self.match_share)

    @property
    def memoryless(self) -> float:
        return self.chance

    def trials(self, n: int, dt_ms: float, rng: torch.Generator) -> Trials:
        epochs = Epochs.of_equal(dt_ms, "item", self.item_ms, items=self.items, **self._after())
        match = with_share(n, self.match_share, rng)
        lure = torch.zeros(n, dtype=torch.long)
        lure[match == 0] = with_share(int((match == 0).sum()), self.lures, rng)
        shown = self._numbers(match, lure, rng) if self.item_is == "number" else self._codes(match, lure, rng)
        inputs = white_noise((n, epochs.steps, shown.shape[-1] + 1), self.noise, dt_ms, rng)
        inputs[:, epochs["items"], 1:] += shown_for(shown, epochs["items"].stop // self.items)
        inputs[:, self._cue(epochs), 0] += 1
        targets = torch.zeros(n, epochs.steps, dtype=torch.long)
        targets[:, epochs["answer"]] = 1 + match[:, None]
        scored = torch.zeros(n, epochs.steps, dtype=torch.bool)
        scored[:, epochs["answer"]] = True
        conditions = {"match": match, "lure": lure} if self.lures else {"match": match}
        return Trials(inputs, targets, scored, epochs, conditions, {})

    def _after(self) -> dict[str, int]:
        return {"answer": 1} if self.item_is == "number" else {"cue": 1, "answer": 1}

    def _cue(self, epochs: Epochs) -> slice:
        each = epochs["items"].stop // self.items
        return slice(epochs["items"].stop - each, epochs["items"].stop) if self.item_is == "number" else epochs["cue"]

    def _numbers(
        self, match: Int[Tensor, " trials"], lure: Int[Tensor, " trials"], rng: torch.Generator
    ) -> Float[Tensor, "trials items 1"]:
        numbers = torch.rand(len(match), self.items, generator=rng)
        return self._repeat_probe(numbers, match, lure, rng)[..., None]

    def _codes(
        self, match: Int[Tensor, " trials"], lure: Int[Tensor, " trials"], rng: torch.Generator
    ) -> Float[Tensor, "trials items features"]:
        """The probe is an image of any digit; the other items are distinct images of other digits."""
        features, digit = codes()
        drawn = torch.randint(len(digit), (len(match), self.items), generator=rng)
        drawn[:, -1] = torch.randperm(len(digit), generator=rng).repeat(len(match) // len(digit) + 1)[: len(match)]
        while (again := _clashes(drawn, digit)).any():
            drawn[again] = torch.randint(len(digit), (int(again.sum()),), generator=rng)
        if self.lure_is == "wrong_lag":
            return features[self._repeat_probe(drawn, match, lure, rng)]
        drawn = self._repeat_probe(drawn, match, torch.zeros_like(lure), rng)
        alike = _others_of_the_digit(drawn[:, -1], digit, rng)
        drawn[:, -1 - self.back] = torch.where(lure == 1, alike, drawn[:, -1 - self.back])
        return features[drawn]

    def _repeat_probe(
        self, drawn: Tensor, match: Int[Tensor, " trials"], lure: Int[Tensor, " trials"], rng: torch.Generator
    ) -> Tensor:
        """The probe also at lag n where there is a match, and at another lag where there is a lure."""
        wrong = balanced(len(match), max(self.items - 2, 1), rng) + 1
        lag = torch.where(match == 1, self.back, wrong + (wrong >= self.back).long())
        repeated = ((match == 1) | (lure == 1))[:, None] & (torch.arange(self.items) == (self.items - 1 - lag)[:, None])
        return torch.where(repeated, drawn[:, -1:], drawn)

    def correct(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        return score(self.choice(outputs, trials), trials.conditions["match"] == 1, self.chance)

    def choice(
        self, outputs: Float[Tensor, "*networks trials steps outputs"], trials: Trials
    ) -> Float[Tensor, "*networks trials"]:
        """1 = match, 0 = non-match, 0.5 = a tie, NaN = no number."""
        return chosen(outputs, trials.epochs["answer"], positive=2, negative=1)

    def ideal(self, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
        seen = trials.inputs[:, trials.epochs["items"], 1:].unflatten(1, (self.items, -1)).mean(2)
        same = self._same_number(seen[..., 0]) if self.item_is == "number" else self._same_image(seen)
        return answers(1 + same.long(), trials.epochs["answer"], trials.steps, 3)

    def _same_number(self, seen: Float[Tensor, "trials items"]) -> Bool[Tensor, " trials"]:
        spread = max(self.noise, 1e-6) / (self.item_ms / 1000) ** 0.5
        odds = log_sameness(seen[:, :-1].double(), seen[:, -1:].double(), spread).exp()
        for_match = odds[:, -self.back]
        others = (odds.sum(1) - for_match) / max(self.items - 2, 1)
        return self.match_share * for_match > (1 - self.match_share) * (1 - self.lures + self.lures * others)

    def _same_image(self, seen: Float[Tensor, "trials items features"]) -> Bool[Tensor, " trials"]:
        features, _ = codes()
        probe, before = (torch.cdist(seen[:, item], features.to(seen)).argmin(1) for item in (-1, -1 - self.back))
        return probe == before


def _clashes(drawn: Int[Tensor, "trials items"], digit: Int[Tensor, " images"]) -> Bool[Tensor, "trials items"]:
    """Items that show the digit of the probe or the image of an earlier item."""
    twice = (drawn[:, :, None] == drawn[:, None, :]).tril(-1).any(-1)
    of_probe = digit[drawn] == digit[drawn[:, -1:]]
    return torch.cat([(twice | of_probe)[:, :-1], torch.zeros_like(twice[:, :1])], 1)


def _others_of_the_digit(
    image: Int[Tensor, " trials"], digit: Int[Tensor, " images"], rng: torch.Generator
) -> Int[Tensor, " trials"]:
    """Another image of the same digit for each."""
    order, counts = digit.argsort(stable=True), digit.bincount()
    first = counts.cumsum(0) - counts
    place = torch.empty_like(order).scatter_(0, order, torch.arange(len(order))) - first[digit]
    step = 1 + (torch.rand(len(image), generator=rng) * (counts[digit[image]] - 1)).long()
    shown = digit[image]
    return order[first[shown] + (place[image] + step) % counts[shown]]
