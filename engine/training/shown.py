"""What a population is shown in one step: the same trials to all networks, or sets of trials to some each."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.networks.network import Network
from engine.tasks.task import Trials
from engine.training.objectives.task_loss import TaskLoss


@dataclass(frozen=True, eq=False)
class Shown:
    """Sets of equally many trials of the same epochs, and which networks see each; every network sees one set."""

    sets: tuple[Trials, ...]
    rows: tuple[Int[Tensor, " _"], ...] = ()  # none if all networks see the only set

    @classmethod
    def of(cls, trials: "Trials | Shown") -> "Shown":
        """Trials that all networks see are a set of their own."""
        return trials if isinstance(trials, Shown) else cls((trials,))

    @property
    def trials(self) -> Trials:
        """The first set, for what all have in common."""
        return self.sets[0]

    @property
    def inputs(self) -> Float[Tensor, "*networks trials steps inputs"]:
        """What every network sees; without the population axis if it is the same."""
        return self.trials.inputs if not self.rows else self._spread([s.inputs for s in self.sets])

    def first_states(self, network: Network) -> Float[Tensor, "networks trials units"] | None:
        """States before the first step, where the trials know rates; None leaves them to the network."""
        if self.trials.initial_rates is None:
            return None
        if not self.rows:
            return network.first_states(self.trials.n, self.trials.initial_rates)
        each = zip(self.sets, self.rows, strict=True)
        return self._ordered([network.first_states(s.n, s.initial_rates)[rows] for s, rows in each])

    def loss(
        self, task_loss: TaskLoss, outputs: Float[Tensor, "networks trials steps outputs"]
    ) -> Float[Tensor, " networks"]:
        """The loss of every network on its own trials."""
        if not self.rows:
            return task_loss.of(outputs, self.trials)
        return self._ordered([task_loss.of(outputs[rows], s) for s, rows in zip(self.sets, self.rows, strict=True)])

    def _spread(self, each: list[Tensor]) -> Tensor:
        number = torch.empty(sum(map(len, self.rows)), dtype=torch.long)
        for index, rows in enumerate(self.rows):
            number[rows] = index
        return torch.stack(each)[number.to(each[0].device)]

    def _ordered(self, parts: list[Tensor]) -> Tensor:
        return torch.cat(parts)[torch.cat(self.rows).argsort().to(parts[0].device)]
