"""What differences between the networks of a population come to: rates, weights of objectives, laws and data."""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from engine.constraints import Constraints
from engine.constraints.joined import joined
from engine.networks.initial_weights import InitialWeights
from engine.networks.network import Network
from engine.training.difference import Difference
from engine.training.stage import FROZEN, AnyStage

Differences = tuple[Difference, ...]
Terms = tuple[str, str]  # Dale's law and connection mask
AS_SET: Terms = ("as_set", "as_set")


def last(differences: Differences, network: int, field: str, otherwise: Any) -> Any:
    """What the last difference that names this network (from 0) says of it, unless that is what nothing says."""
    nothing = Difference.model_fields[field].get_default(call_default_factory=True)
    said = [getattr(d, field) for d in differences if network + 1 in d.networks]
    return next((value for value in reversed(said) if value != nothing), otherwise)


def takes_part(differences: Differences, networks: int, stage: int) -> Bool[Tensor, " networks"]:
    """Whether each network takes part in a stage (from 0)."""
    chosen = (last(differences, k, "stages", ()) for k in range(networks))
    return torch.tensor([not stages or stage + 1 in stages for stages in chosen])


def factors(differences: Differences, networks: int, stage: int = 0) -> dict[str, Float[Tensor, " networks"]]:
    """The factor on the learning rate of every network in a stage, by the name of the parameter; 1 is as set."""
    of = {name: takes_part(differences, networks, stage).float() for name in FROZEN.values()}
    for difference in differences:
        rows = torch.tensor([k - 1 for k in difference.networks if k <= networks], dtype=torch.long)
        for name, parameter in FROZEN.items():
            of[parameter][rows] *= 0 if name in difference.freeze else difference.learning_rate
    return of


def set_apart(network: Network, optimiser: torch.optim.Optimizer, differences: Differences, stage: int) -> None:
    """From now on every step of the optimiser is scaled so; the same as another learning rate in all of ours."""
    of = factors(differences, network.networks, stage)
    changed = {name: p for name, p in network.named_parameters() if bool((of[name] != 1).any())}
    before: dict[str, Tensor] = {}

    def remember(*_: object) -> None:
        before.update({name: p.detach().clone() for name, p in changed.items()})

    @torch.no_grad()
    def scale(*_: object) -> None:
        for name, p in changed.items():
            factor = of[name].to(p).reshape(-1, *[1] * (p.dim() - 1)).expand_as(p)
            moved = torch.where(factor == 1, p, torch.lerp(before[name], p, factor))
            p.copy_(torch.where(factor == 0, before[name], moved))

    if changed:
        optimiser.register_step_pre_hook(remember)
        optimiser.register_step_post_hook(scale)


def objective_weights(
    differences: Differences, networks: int, names: Sequence[str], weights: Sequence[float]
) -> Float[Tensor, "objectives networks"]:
    """The weight of every objective in every network, in double precision."""
    found = torch.tensor(weights, dtype=torch.float64).reshape(-1, 1).repeat(1, networks)
    for difference in differences:
        rows = [k - 1 for k in difference.networks if k <= networks]
        for said in difference.objectives:
            if said.objective in names:
                found[names.index(said.objective), rows] = said.weight
    return found


def terms(differences: Differences, stages: Sequence[AnyStage], index: int, network: int) -> Terms:
    """Dale's law and the mask that a network obeys in a stage: its own, or those of the last stage it took part in."""
    own = tuple(last(differences, network, field, "as_set") for field in ("dales_law", "connection_mask"))
    chosen = last(differences, network, "stages", ())
    joins = [stage for i, stage in enumerate(stages[: index + 1]) if not chosen or i + 1 in chosen]
    of_stage = (joins[-1].dales_law, joins[-1].connection_mask) if joins else AS_SET
    return tuple(b if a == "as_set" else a for a, b in zip(own, of_stage, strict=True))  # type: ignore[return-value]


def changed(constraints: Constraints, terms: Terms) -> Constraints:
    """The constraints under these terms."""
    dales_law, connection_mask = terms
    if dales_law != "as_set":
        constraints = constraints.with_value("dales_law.method", dales_law)
    if connection_mask != "as_set":
        constraints = constraints.with_value("connection_mask.keep", connection_mask == "on")
    return constraints


def constrain(network: Network, terms_of: Sequence[Terms], address: str, at_first: bool = False) -> None:
    """From now on, or from the beginning, every network obeys the laws of its terms."""
    laws = {each: network.laws_of(changed(network.constraints, each)) for each in dict.fromkeys(terms_of)}
    together = {name: joined([laws[each][name] for each in terms_of], address) for name in network.laws}
    network.constrain(together, at_first)


@torch.no_grad()
def start_apart(network: Network, differences: Differences, weights: InitialWeights | None, seed: int) -> None:
    """Networks that differ by laws or weights begin as they would if all were so: drawn anew, under their laws.

    Without `weights`, those whose weights do not differ keep what they have, as near as their laws allow.
    """
    chosen = [_start(differences, weights, k) for k in range(network.networks)]
    if all(each == (AS_SET, weights, k) for k, each in enumerate(chosen)):
        return
    constrain(network, [of for of, _, _ in chosen], "training.differences", at_first=True)
    channels = network.W_in.shape[2], network.W_out.shape[1]
    for k, (of, kind, draw) in enumerate(chosen):
        if kind is None or (of, kind, draw) == (AS_SET, weights, k):
            continue
        laws = network.laws_of(changed(network.constraints, of))
        for matrix, drawn in kind.draw(network.connectome, laws, *channels, seed, draw).items():
            getattr(network, f"free_{matrix}")[k] = laws[matrix].free(laws[matrix].folded(drawn[None]))[0]
    network.hold()


def _start(
    differences: Differences, weights: InitialWeights | None, k: int
) -> tuple[Terms, InitialWeights | None, int]:
    """Laws, kind and number (from 0) of the draw that a network begins with."""
    draw = last(differences, k, "draw", k + 1) - 1
    return terms(differences, (), 0, k), last(differences, k, "weights", weights), draw
