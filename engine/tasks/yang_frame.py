"""The frame of the trials of the twenty rules: all that the rule alone decides, step by step."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.tasks.yang_rules import RuleName, Table


@dataclass(frozen=True, eq=False)
class Frame:
    """Inputs of every rule without its rings, which lie between fixation and rules, and which stimuli these show.

    A code says which: 0 none, 1 the first, 2 the second, 3 both.
    """

    inputs: Float[Tensor, "rules steps inputs"]
    code: Int[Tensor, "rules steps"]

    @classmethod
    def of(cls, rules: tuple[RuleName, ...], lengths: tuple[int, ...], ring_units: int) -> "Frame":
        """Fixation is on until the response, and through it in RT rules, whose stimulus comes then."""
        shown = Table.of(rules).shown
        epoch = torch.arange(len(lengths)).repeat_interleave(torch.tensor(lengths))
        cues = torch.cat([torch.zeros(len(rules), 1 + 2 * ring_units), torch.eye(len(rules))], 1)
        inputs = cues[:, None].repeat(1, len(epoch), 1)
        inputs[..., 0] = 1.0
        inputs[:, epoch == len(lengths) - 1, 0] = (~shown[:, 0, 1]).float()[:, None]
        return cls(inputs, (shown[:, 0].long() + 2 * shown[:, 1].long())[:, epoch])

    def shows(self, stimulus: int) -> Bool[Tensor, "rules steps"]:
        """Whether the first (0) or the second (1) stimulus is on."""
        return (self.code >> stimulus & 1).bool()


frame = lru_cache(maxsize=32)(Frame.of)
