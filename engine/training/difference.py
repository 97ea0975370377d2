"""Differences: what sets some networks of a population apart from the others."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from engine.component import Component, Typical
from engine.networks import Bounded, FromConnectome, FromFunction, Normal, Orthogonal, RankMatched, Uniform
from engine.training.stage import Freeze, Laws, Mask

MOST_NETWORKS = 256  # of a population


class AsForAll(Component):
    """They begin with the weights that the experiment gives them."""

    title: ClassVar[str] = "As for all"
    kind: Annotated[Literal["as_for_all"], Field(description="Weights before training as for all networks.")] = (
        "as_for_all"
    )


OtherWeights = Annotated[
    AsForAll | FromConnectome | RankMatched | FromFunction | Uniform | Normal | Orthogonal | Bounded,
    Field(discriminator="kind"),
]


class ObjectiveWeight(Component):
    """The weight of one objective in these networks; 0 switches it off there, and then it is not computed for them."""

    title: ClassVar[str] = "Weight of an objective"

    objective: Annotated[
        str,
        Field(max_length=60, description="Its name as the curves have it: its kind, the second one with _2."),
    ] = "weight_norm"
    weight: Annotated[
        float, Field(description="In place of the one that it has for all networks."), Typical(1e-4, 1, log=True)
    ] = 0.0


class Difference(Component):
    """Some networks start, learn or are constrained otherwise than the others of their population.

    Each learns as it would if all were as it is. Where several differences name a network, learning rates multiply,
    what is frozen adds up, and of the rest the last one counts. Held-out trials are the same for all networks.
    """

    title: ClassVar[str] = "Other networks"

    networks: Annotated[
        tuple[Annotated[int, Field(ge=1, le=MOST_NETWORKS)], ...],
        Field(min_length=1, max_length=MOST_NETWORKS, description="Which networks, counted from 1."),
    ] = (1,)
    learning_rate: Annotated[
        float, Field(ge=0, le=100, description="Factor on the learning rate; 0 does not learn."), Typical(0, 2, 0.05)
    ] = 1.0  # fmt: skip
    freeze: Freeze = ()
    stages: Annotated[
        tuple[Annotated[int, Field(ge=1, le=100)], ...],
        Field(
            max_length=100,
            description="Numbers of the stages that they take part in; in others they neither learn nor are pruned, "
            "and keep their laws. Empty is all stages",
        ),
    ] = ()
    objectives: Annotated[
        tuple[ObjectiveWeight, ...], Field(max_length=30, description="Objectives that weigh otherwise in them.")
    ] = ()
    weights: Annotated[OtherWeights, Field(description="Weights before training.")] = AsForAll()
    draw: Annotated[
        int | None,
        Field(
            ge=1, le=MOST_NETWORKS, description="Weights before training are drawn as those of this network, so that "
            "both are a pair; empty draws their own."
        ),
        Typical(1, 20),
    ] = None  # fmt: skip
    dales_law: Laws = "as_set"
    connection_mask: Mask = "as_set"
    trial_seed: Annotated[
        int | None,
        Field(ge=0, lt=2**53, description="They train on trials of their own, of this seed; empty is as the others."),
        Typical(0, 20),
    ] = None
