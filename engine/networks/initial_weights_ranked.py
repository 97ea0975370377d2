"""Initial weights that are random in size, and in the order of the connectome's weights if so wished."""

import math
from typing import Annotated, ClassVar, Literal

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.constraints.law import Law
from engine.networks.initial_weights import Balance, InitialWeights

Bound = Annotated[
    Literal["default", "xavier", "he"],
    Field(description="Drawn evenly between ± 1 / √N (PyTorch, nn4n), ± √(6 / 2N) (Xavier), or ± √(6 / N) (He)"),
]


class Bounded(InitialWeights):
    """Weights spread evenly between bounds that know the number of units only: a sparse network starts weaker.

    As published; `uniform` makes up for absent connections.
    """

    title: ClassVar[str] = "Uniform, as published"
    source: ClassVar[str] = "Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608; nn4n"

    kind: Annotated[Literal["bounded"], Field(description="Drawn evenly between published bounds")] = "bounded"
    bound: Bound = "default"

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """Even draws, whatever the density."""
        return bounded(self.bound, connectome.n, rng)


class RankMatched(InitialWeights):
    """Random weights in the order of the connectome's: its strongest connection gets the strongest draw, and so on.

    By magnitude, strengths are ordered, excitatory or inhibitory, and every connection keeps its sign; without signs it
    takes that of its draw. Signed, as published, the largest weight gets the most positive draw, so that weak
    connections become strong negative ones; that is refused where laws fix signs, which would undo the order.
    """

    title: ClassVar[str] = "Rank-matched to the connectome"
    source: ClassVar[str] = "Goulas A, Damicelli F, Hilgetag CC (2021) Neural Netw 142:608"

    kind: Annotated[Literal["rank_matched"], Field(description="Random, in the order of the connectome's weights")] = (
        "rank_matched"
    )
    order: Annotated[
        Literal["magnitude", "signed"],
        Field(description="Match strengths and keep signs, or match signed values (as published; Dale's law off)"),
    ] = "magnitude"
    ties: Annotated[
        Literal["random", "matrix_order", "by_target"],
        Field(
            description="Equal weights take their draws by lot, or sorted along the matrix, source by source, or "
            "target by target (as in the published networks, whose rows are targets)"
        ),
    ] = "random"
    bound: Bound = "default"
    balance: Balance = "none"

    def remarks(self, connectome: Connectome, law: Law) -> tuple[str, ...]:
        """Raises Invalid for the signed order of connections whose signs a law fixes."""
        fixed = int(((law.allowed == 1) | (law.allowed == 2)).expand(connectome.n, connectome.n).sum())
        if self.order == "signed" and fixed:
            raise Invalid(
                f"Draws in signed order are of either sign, but laws fix the sign of {fixed} connections, so that the "
                "order would be lost; order by magnitude, or switch Dale's law off.",
                "weights.order",
            )
        return super().remarks(connectome, law)

    def recurrent(self, connectome: Connectome, law: Law, rng: torch.Generator) -> Float[Tensor, "units units"]:
        """Draws at the connections of the connectome, 0 elsewhere. Raises Invalid as `remarks` does."""
        self.remarks(connectome, law)
        template = torch.from_numpy(connectome.weights.T.astype("float64"))  # rows are sources, as published
        draws = bounded(self.bound, connectome.n, rng)
        by_size = self.order == "magnitude"
        along = (lambda t: t.mT) if self.ties == "by_target" else (lambda t: t)
        exist = along(template != 0)
        keys, values = (along(t)[exist].abs() if by_size else along(t)[exist] for t in (template, draws))
        matched = torch.zeros_like(template)
        along(matched)[exist] = in_order(keys, values, self.ties, rng)
        return (matched * _signs(connectome, template, draws) if by_size else matched).T.contiguous()


def bounded(bound: str, n: int, rng: torch.Generator) -> Float[Tensor, "units units"]:
    """Even draws between the bounds for N inputs and N outputs per unit."""
    limit = {"default": math.sqrt(1 / n), "xavier": math.sqrt(6 / (2 * n)), "he": math.sqrt(6 / n)}[bound]
    return (2 * torch.rand(n, n, generator=rng, dtype=torch.float64) - 1) * limit


def in_order(
    keys: Float[Tensor, " connections"], values: Float[Tensor, " connections"], ties: str, rng: torch.Generator
) -> Float[Tensor, " connections"]:
    """The values, permuted so that they are ranked as the keys are; equal keys in a random order or as they come."""
    lots = torch.randperm(len(keys), generator=rng) if ties == "random" else torch.arange(len(keys))
    matched = torch.empty_like(values)
    matched[lots[torch.argsort(keys[lots], stable=True)]] = values.sort().values
    return matched


def _signs(
    connectome: Connectome, template: Float[Tensor, "pre post"], draws: Float[Tensor, "pre post"]
) -> Float[Tensor, "pre post"]:
    """Those of the template; of units without a sign those of the draws, unless the template signs connections."""
    if (template < 0).any():
        return template.sign()
    unsigned = torch.from_numpy(connectome.signs == 0)[:, None]
    return torch.where(unsigned, draws.sign(), template.sign())
