"""The order-blind detector: who asks of n-back only whether the probe was shown at all."""

from jaxtyping import Float
from torch import Tensor

from engine.tasks.forced_choice import answers
from engine.tasks.n_back import NBack
from engine.tasks.task import Trials


def order_blind(task: NBack, trials: Trials) -> Float[Tensor, "trials steps outputs"]:
    """Answers of a detector that says match if the probe equals any earlier item, whatever its lag.

    It is right in every trial without lures, for every n, so that such trials do not test n.

    source: our audit of Goulas, Damicelli & Hilgetag (2021) Neural Netw. 142: 608.
    """
    each = trials.epochs["items"].stop // task.items
    shown = trials.inputs[:, : trials.epochs["items"].stop : each, 1:]
    found = (shown[:, :-1] == shown[:, -1:]).all(-1).any(1)
    return answers(1 + found.long(), trials.epochs["answer"], trials.steps, 3)
