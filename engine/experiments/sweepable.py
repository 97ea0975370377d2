"""What of an experiment can be swept: its parameters by address, also those of listed parts, and a grid for each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from engine.component import Component, Invalid, Parameter, parameters
from engine.experiments.experiment import Experiment

SET_BY_SWEEP = {"seeds.networks": "how many networks a point has is said by the number of seeds"}
HOW_IT_RUNS = ("training.checkpoint_every_s", "training.device", "training.wall_time_s", "training.evaluate_every")
PROPOSED = 5  # points of a range, and values of a list


@dataclass(frozen=True)
class Sweepable:
    """A parameter that can be swept, and the values to begin with, as they are typed."""

    parameter: Parameter
    proposed: str

    @property
    def address(self) -> str:
        return self.parameter.address


def all_parameters(component: Component, prefix: str = "") -> Iterator[Parameter]:
    """Every leaf, as `parameters` tells them, and those of the parts that a list holds."""
    for parameter in parameters(component, prefix):
        yield parameter
        if isinstance(parameter.value, tuple):
            for k, item in enumerate(parameter.value):
                if isinstance(item, Component):
                    yield from all_parameters(item, f"{parameter.address}.{k}.")


def parameter_at(experiment: Experiment, address: str) -> Parameter | None:
    """The leaf at an address; None where there is none, or a whole component."""
    return next((p for p in all_parameters(experiment) if p.address == address), None)


def sweepable(experiment: Experiment) -> tuple[Sweepable, ...]:
    """Numbers, choices and switches of an experiment, in its own order."""
    found = []
    for parameter in all_parameters(experiment):
        skipped = parameter.address in (*SET_BY_SWEEP, *HOW_IT_RUNS)
        if not skipped and not parameter.address.startswith("training.differences"):
            values = proposal(parameter)
            if values:
                found.append(Sweepable(parameter, values))
    return tuple(found)


def proposal(parameter: Parameter) -> str:
    """Values to begin with: all choices, or the range that the literature uses; '' for what cannot be swept."""
    if parameter.choices is not None:
        return ", ".join(c for c in map(str, parameter.choices) if not c.startswith("faulty"))
    if parameter.options is not None:
        return ", ".join(_options(parameter)[:PROPOSED])
    if bool in _types(parameter.annotation):
        return "false, true"
    if not {int, float} & _types(parameter.annotation) or isinstance(parameter.value, (tuple, dict)):
        return ""
    if parameter.typical is not None:
        typical = parameter.typical
        return f"{'log' if typical.log else 'lin'}:{typical.low:g}:{typical.high:g}:{PROPOSED}"
    if parameter.address.startswith("seeds."):
        return ", ".join(map(str, range(PROPOSED)))
    return "" if parameter.value is None else f"{parameter.value:g}"


def is_whole(parameter: Parameter | None) -> bool:
    """Whether its numbers are whole."""
    types = _types(parameter.annotation) if parameter is not None else set()
    return int in types and float not in types


def _options(parameter: Parameter) -> list[str]:
    try:
        return [str(value) for value, _ in parameter.options.of()]
    except Invalid:
        return []


def _types(annotation: Any) -> set[Any]:
    """The plain types in an annotation; those of the elements of a list are not its own."""
    if isinstance(annotation, type):
        return {annotation}
    if getattr(annotation, "__origin__", None) is tuple:
        return {tuple}
    return {found for part in get_args(annotation) for found in _types(part)}
