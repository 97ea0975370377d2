"""Evidence for one of two alternatives, carried by a pair of opposed inputs."""

from typing import Annotated

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Typical

Coherences = tuple[Annotated[float, Field(ge=0, le=100), Typical(0, 100)], ...]  # unsigned strengths in %


def opposed_evidence(coherence: Float[Tensor, " trials"]) -> Float[Tensor, "trials 2"]:
    """Mean inputs (1 - c) / 2 against and (1 + c) / 2 for the positive alternative, c = signed coherence in % / 100."""
    c = coherence / 100
    return torch.stack([1 - c, 1 + c], -1) / 2


def summed_evidence(shown: Float[Tensor, "trials steps 2"]) -> Float[Tensor, " trials"]:
    """Evidence for minus evidence against the positive alternative, summed over time.

    Its sign is the most probable alternative when both are equally frequent, coherences are symmetric and the noise of
    both inputs is white and equally strong.
    """
    return (shown[..., 1] - shown[..., 0]).sum(-1)
