"""The twenty rules of Yang et al. (2019): what each one shows, when, and what it asks for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

EPOCHS = "fixation", "stimulus", "delay", "test", "response"
Asks = Literal["first", "opposite", "stronger", "match", "non-match", "same category", "other category"]
RuleName = Literal[
    "Go", "RT Go", "Dly Go", "Anti", "RT Anti", "Dly Anti",
    "DM 1", "DM 2", "Ctx DM 1", "Ctx DM 2", "MultSen DM",
    "Dly DM 1", "Dly DM 2", "Ctx Dly DM 1", "Ctx Dly DM 2", "MultSen Dly DM",
    "DMS", "DNMS", "DMC", "DNMC",
]  # fmt: skip
NAMES: tuple[RuleName, ...] = get_args(RuleName)
HELD, REACTION, BEFORE_DELAY = ("stimulus", "delay", "test", "response"), ("response",), ("stimulus",)
TOGETHER, AFTER_DELAY, NEVER = ("stimulus", "delay", "test"), ("test",), ()


@dataclass(frozen=True)
class Rule:
    """The epochs of a trial's two stimuli, the rings that may show them, the rings that count, and what is asked for.

    "first" is the first stimulus's direction and "opposite" the one across; "stronger" that of the stronger of two
    stimuli; the others ask for the second stimulus's direction if they are true, and for fixation if not.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    asks: Asks
    shows: tuple[int, ...] = ()  # rings 0 and 1; () is one of both at random
    attends: tuple[int, ...] = (0, 1)

    @property
    def compares(self) -> bool:
        """Whether half of its trials ask for fixation."""
        return self.asks not in ("first", "opposite", "stronger")


def _decision(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[Rule, ...]:
    """Ring 1 alone, ring 2 alone, both with ring 1 or ring 2 attended, and both together."""
    rings = ((0,), (0,)), ((1,), (1,)), ((0, 1), (0,)), ((0, 1), (1,)), ((0, 1), (0, 1))
    return tuple(Rule(first, second, "stronger", shows, attends) for shows, attends in rings)


RULES: tuple[Rule, ...] = (
    *(Rule(shown, NEVER, asks) for asks in ("first", "opposite") for shown in (HELD, REACTION, BEFORE_DELAY)),
    *_decision(TOGETHER, TOGETHER),
    *_decision(BEFORE_DELAY, AFTER_DELAY),
    *(
        Rule(BEFORE_DELAY, ("test", "response"), asks)
        for asks in ("match", "non-match", "same category", "other category")
    ),
)

FACTS: dict[str, Callable[[Rule], bool]] = {
    "opposite": lambda rule: rule.asks == "opposite",
    "first": lambda rule: rule.asks == "first",
    "stronger": lambda rule: rule.asks == "stronger",
    "unlike": lambda rule: rule.asks in ("non-match", "other category"),
    "by category": lambda rule: rule.asks.endswith("category"),
    "compares": lambda rule: rule.compares,
    "either": lambda rule: not rule.shows,
    "shows 1": lambda rule: 0 in rule.shows,
    "shows 2": lambda rule: 1 in rule.shows,
    "attends 1": lambda rule: 0 in rule.attends,
    "attends 2": lambda rule: 1 in rule.attends,
}


@dataclass(frozen=True, eq=False)
class Table:
    """The chosen rules as tensors, one row per rule, to be indexed by the rule of every trial."""

    shown: Bool[Tensor, "rules stimuli epochs"]
    rings: Bool[Tensor, "rules rings"]
    attended: Bool[Tensor, "rules rings"]
    either: Bool[Tensor, " rules"]
    asks: dict[Asks, Bool[Tensor, " rules"]]
    compares: Bool[Tensor, " rules"]
    facts: Bool[np.ndarray, "rules facts"]  # what stimuli are drawn by, in the order of FACTS

    @classmethod
    def of(cls, names: tuple[RuleName, ...]) -> "Table":
        rules = [RULES[NAMES.index(name)] for name in names]
        return cls(
            torch.tensor([[[e in shown for e in EPOCHS] for shown in (rule.first, rule.second)] for rule in rules]),
            torch.tensor([[not rule.shows or ring in rule.shows for ring in (0, 1)] for rule in rules]),
            torch.tensor([[ring in rule.attends for ring in (0, 1)] for rule in rules]),
            torch.tensor([not rule.shows for rule in rules]),
            {asks: torch.tensor([rule.asks == asks for rule in rules]) for asks in get_args(Asks)},
            torch.tensor([rule.compares for rule in rules]),
            np.array([[fact(rule) for fact in FACTS.values()] for rule in rules]),
        )

    def facts_of(self, rule: Int[np.ndarray, " trials"]) -> dict[str, Bool[np.ndarray, " trials"]]:
        """Every fact of the rule of each trial."""
        return dict(zip(FACTS, self.facts[rule].T, strict=True))
