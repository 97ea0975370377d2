"""Two-alternative forced choice: whichever of two outputs is larger on average over the response is the choice."""

from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Scored = Literal["trial", "response", "last_step"]  # where the loss counts; at the last step the answer is read there


def read_at(scored: Scored, response: slice) -> slice:
    """The steps at which the answer is read."""
    return slice(response.stop - 1, response.stop) if scored == "last_step" else response


def scored_steps(scored: Scored, response: slice, n: int) -> Bool[Tensor, "trials steps"]:
    """The steps at which the loss counts, of trials that end with the response."""
    counts = torch.full((n, response.stop), scored == "trial")
    counts[:, read_at(scored, response)] = True
    return counts


def chosen(
    outputs: Float[Tensor, "*networks trials steps outputs"], response: slice, positive: int, negative: int
) -> Float[Tensor, "*networks trials"]:
    """1 where output `positive` is ahead of `negative`, 0 where it is behind, 0.5 at an exact tie, NaN for NaN."""
    ahead = (outputs[..., response, positive] - outputs[..., response, negative]).mean(-1)
    choice = 0.5 * ((ahead > 0).to(ahead.dtype) + (ahead >= 0).to(ahead.dtype))
    return torch.where(ahead.isnan(), ahead, choice)


def score(
    choice: Float[Tensor, "*networks trials"], is_positive: Bool[Tensor, " trials"], chance: float = 0.5
) -> Float[Tensor, "*networks trials"]:
    """1 if the choice is right and 0 if it is wrong or NaN; a tie is a guess and scores `chance`."""
    right = torch.where(is_positive, choice, 1 - choice)
    return torch.where(right == 0.5, chance, right).nan_to_num(0.0)


def answers(
    choice: Int[Tensor, " trials"], response: slice, steps: int, outputs: int
) -> Float[Tensor, "trials steps outputs"]:
    """Outputs that say 0 until the response and `choice` in it: 1 on the class that is said, 0 on the others."""
    said = torch.zeros(len(choice), steps, outputs, device=choice.device)
    said[:, : response.start, 0] = 1.0
    said[:, response] = torch.nn.functional.one_hot(choice, outputs)[:, None].float()
    return said


def largest(
    outputs: Float[Tensor, "*networks trials steps outputs"], response: slice, right: Int[Tensor, " trials"]
) -> Float[Tensor, "*networks trials"]:
    """1 if the right output is the largest on average over the response, 0 if not or NaN; k that tie share it."""
    said = outputs[..., response, :].mean(-2)
    ahead = (said == said.amax(-1, keepdim=True)).to(said.dtype)  # NaN equals nothing
    of_right = ahead.gather(-1, right[..., None].expand(*ahead.shape[:-1], 1)).squeeze(-1)
    return (of_right / ahead.sum(-1)).nan_to_num(0.0)
