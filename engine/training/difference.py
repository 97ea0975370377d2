"""Differences: what sets some networks of a population apart from the others in how they learn."""

from typing import Annotated, ClassVar

import torch
from jaxtyping import Float
from pydantic import Field
from torch import Tensor

from engine.component import Component, Invalid, Typical
from engine.networks.network import Network
from engine.training.stage import FROZEN, Freeze


class Difference(Component):
    """Some networks learn at another rate than the others, or do not learn all that these do."""

    title: ClassVar[str] = "Other networks"

    networks: Annotated[
        tuple[int, ...], Field(min_length=1, max_length=256, description="Which networks, counted from 1.")
    ] = (1,)  # fmt: skip
    learning_rate: Annotated[
        float, Field(ge=0, le=1, description="Factor on the learning rate; 0 does not learn."), Typical(0, 1, 0.05)
    ] = 1.0  # fmt: skip
    freeze: Freeze = ()


def factors(differences: tuple[Difference, ...], networks: int) -> dict[str, Float[Tensor, " networks"]]:
    """The factor on the learning rate of every network, by the name of the parameter; 1 is as all others."""
    of = {name: torch.ones(networks) for name in FROZEN.values()}
    for difference in differences:
        rows = torch.tensor(difference.networks) - 1
        for name, parameter in FROZEN.items():
            of[parameter][rows] *= 0 if name in difference.freeze else difference.learning_rate
    return of


def set_apart(network: Network, optimiser: torch.optim.Optimizer, differences: tuple[Difference, ...]) -> None:
    """From now on every step of the optimiser is shortened so; the same as another learning rate in all of ours."""
    of = factors(differences, network.networks)
    changed = {name: p for name, p in network.named_parameters() if bool((of[name] != 1).any())}
    before: dict[str, Tensor] = {}

    def remember(*_: object) -> None:
        before.update({name: p.detach().clone() for name, p in changed.items()})

    @torch.no_grad()
    def shorten(*_: object) -> None:
        for name, p in changed.items():
            factor = of[name].to(p).reshape(-1, *[1] * (p.dim() - 1)).expand_as(p)
            p.copy_(torch.where(factor == 0, before[name], torch.lerp(before[name], p, factor)))

    if changed:
        optimiser.register_step_pre_hook(remember)
        optimiser.register_step_post_hook(shorten)


def require_differences(differences: tuple[Difference, ...], networks: int, address: str) -> None:
    """Raises Invalid for a network that the population has not, and if nothing would learn in any."""
    for index, difference in enumerate(differences):
        wrong = next((k for k in difference.networks if not 1 <= k <= networks), None)
        if wrong is not None:
            said = f"There is no network {wrong} in a population of {networks}"
            raise Invalid(f"{said}; name some of 1 to {networks}.", f"{address}.{index}.networks")
    if differences and not any(bool((f != 0).any()) for f in factors(differences, networks).values()):
        raise Invalid("No network would learn anything; let one learn.", f"{address}.0.learning_rate")
