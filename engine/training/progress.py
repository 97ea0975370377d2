"""What training tells after every step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from jaxtyping import Bool, Float, Int
from torch import Tensor

from engine.constraints.ledger import Ledger


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Held-out loss and accuracy of every network, noise off; `ideal` and `chance` are accuracies on the same task."""

    step: int
    loss: Float[Tensor, " networks"]
    accuracy: Float[Tensor, " networks"]
    ideal: float
    chance: float


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """All that training needs to go on bit for bit: free parameters, optimiser state and counters."""

    tensors: dict[str, Tensor]
    meta: dict[str, object]


@dataclass(frozen=True)
class Pruned:
    """One round of pruning, a number per network: densities are shares of the pairs of units that it concerned,
    `requested` by the method and `realised` in weights that are not 0; `tree_overlap` is the share of the maximum
    spanning tree that is left; held-out loss and accuracy just before and just after. NaN where there is no number.
    """

    matrix: str
    method: str
    round: int
    rounds: int
    requested: list[float]
    realised: list[float]
    tree_overlap: list[float]
    loss_before: list[float] = field(default_factory=list)
    loss_after: list[float] = field(default_factory=list)
    accuracy_before: list[float] = field(default_factory=list)
    accuracy_after: list[float] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Progress:
    """State of training after optimiser step `step` of `steps`; step 0 is the untrained network.

    `loss` is that of the task, on the batch before the step. A diverged network is frozen at its last finite weights.
    With objectives, `costs` holds on the same batch the `total` that is lowered, the loss of the `task`, and every
    objective by name before weight and scaling; with every evaluation `shares` are the parts of the gradient.
    `ledger` is the full audit, made with every evaluation; `violations` are counted at every step. `stage` is the one
    that the step belongs to, empty if training has but one; `pruned` is what was pruned before the step. `lessons`
    tells for every lesson of the curriculum how many of its values are learned. A cost is not a number in a network in
    which its objective is off.
    """

    step: int
    steps: int
    seconds: float
    loss: Float[Tensor, " networks"]
    gradient_norm: Float[Tensor, " networks"]
    violations: Int[Tensor, " networks"]
    diverged: Bool[Tensor, " networks"]
    evaluation: Evaluation | None
    ledger: tuple[Ledger, ...] | None
    stop: str | None
    checkpoint: Callable[[], Checkpoint]
    costs: Mapping[str, Float[Tensor, " networks"]] = field(default_factory=dict)
    shares: Mapping[str, Float[Tensor, " networks"]] | None = None
    stage: str = ""
    pruned: tuple[Pruned, ...] = ()
    lessons: tuple[int, ...] = ()
