"""A sweep: one experiment at every point of a grid over one to three of its parameters, with the same seeds."""

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.experiments.experiment import Experiment
from engine.experiments.sweepable import SET_BY_SWEEP, is_whole, parameter_at
from engine.experiments.typed import parsed_value, with_nothings

MOST_POINTS = 400
MOST_SEEDS = 64
MOST_AXES = 3
FEW_DIGITS = 3  # of a value between powers, if that tells them apart
DIGITS = 6  # of a value in a range, so that files and figures say 0.001 and not 0.0010000000000000002
ALL_DIGITS = 17  # that a number can have: as many are told as keep the values of a parameter apart
SPACINGS = ("lin", "log")


class Listed(Component):
    """The values themselves, numbers or words, in the order in which they are shown."""

    title: ClassVar[str] = "List"
    kind: Annotated[Literal["list"], Field(description="The values themselves.")] = "list"
    values: Annotated[tuple[Any, ...], Field(min_length=1, max_length=200, description="In the order shown.")] = (0,)

    def numbers(self) -> tuple[Any, ...]:
        """The values."""
        return self.values


class Linear(Component):
    """Evenly spaced numbers, both ends included."""

    title: ClassVar[str] = "Linear"
    kind: Annotated[Literal["lin"], Field(description="Evenly spaced.")] = "lin"
    low: Annotated[float, Field(ge=-1e300, le=1e300, description="First value.")] = 0.0
    high: Annotated[float, Field(ge=-1e300, le=1e300, description="Last value.")] = 1.0
    points: Annotated[int, Field(ge=2, le=200, description="How many."), Typical(3, 12)] = 5

    def numbers(self) -> tuple[Any, ...]:
        """The values."""
        return _shortened_all(np.linspace(self.low, self.high, self.points), DIGITS)


class Log(Component):
    """Numbers whose ratios are equal, both ends included."""

    title: ClassVar[str] = "Logarithmic"
    kind: Annotated[Literal["log"], Field(description="Equal ratios.")] = "log"
    low: Annotated[float, Field(gt=0, description="First value.")] = 1e-4
    high: Annotated[float, Field(gt=0, description="Last value.")] = 1e-2
    points: Annotated[int, Field(ge=2, le=200, description="How many."), Typical(3, 12)] = 5

    def numbers(self) -> tuple[Any, ...]:
        """The values."""
        return _shortened_all(np.geomspace(self.low, self.high, self.points), FEW_DIGITS, DIGITS)


AnyGrid = Annotated[Listed | Linear | Log, Field(discriminator="kind")]


class Axis(Component):
    """One parameter, by its address, and the values that it takes."""

    address: Annotated[str, Field(max_length=200, description="Which parameter: its address, as after --set.")] = (
        "training.optimiser.learning_rate"
    )
    grid: Annotated[AnyGrid, Field(description="The values that it takes.")] = Log()

    @classmethod
    def parse(cls, text: str) -> "Axis":
        """From ADDRESS=1,2,3, ADDRESS=lin:0:1:5 or ADDRESS=log:1e-3:1:5. Raises Invalid with one sentence."""
        address, equals, values = text.partition("=")
        if not (equals and address.strip() and values.strip()):
            raise Invalid(f"'{text}' is no ADDRESS=VALUES; write for instance dynamics.tau_ms=50,100,200.")
        try:
            grid = grid_of(values.strip())
        except Invalid as fault:
            raise Invalid(f"In {address.strip()}={_shortened(values.strip())}: {fault}", address.strip()) from None
        return cls(address=address.strip(), grid=grid)

    def values(self, experiment: Experiment) -> tuple[Any, ...]:
        """What the parameter of this experiment takes, each once; numbers of a range are whole where it is whole."""
        found: Iterable[Any] = self.grid.numbers()
        if not isinstance(self.grid, Listed) and is_whole(parameter_at(experiment, self.address)):
            found = map(round, found)
        return tuple({_key(value): value for value in found}.values())


def grid_of(text: str) -> AnyGrid:
    """The values as people type them: 1, 2, 3 or lin:0:1:5 or log:1e-3:1:5 or a JSON list."""
    kind, *parts = text.split(":")
    if kind.strip() in SPACINGS:
        try:
            low, high, points = parts
            asked = {"low": float(low), "high": float(high), "points": int(points)}
        except ValueError:
            raise Invalid(f"'{text}' is no range; write {kind}:FROM:TO:POINTS, as in {kind}:0.001:1:5.") from None
        return (Linear if kind.strip() == "lin" else Log).read(asked)
    found = parsed_value(text) if text.startswith("[") else None
    return Listed.read({"values": found if isinstance(found, list) else [parsed_value(t) for t in _listed(text)]})


@dataclass(frozen=True)
class Point:
    """One point of the grid: its number, the value of every axis, and the whole experiment there."""

    number: int
    values: tuple[Any, ...]
    experiment: Experiment


class Sweep(Component):
    """An experiment at every point of a grid. Points share the seeds: network k begins alike and sees the same trials
    at all of them, so that points are compared network by network."""

    experiment: Annotated[Experiment, Field(description="What is the same at all points.")] = Experiment()
    axes: Annotated[
        tuple[Axis, ...], Field(min_length=1, max_length=MOST_AXES, description="What differs, one to three.")
    ] = (Axis(),)
    seeds: Annotated[int, Field(ge=1, le=MOST_SEEDS, description="Networks at every point."), Typical(1, 10)] = 3

    @classmethod
    def read(cls, content: Any) -> Self:
        """As of any component; an experiment of an earlier version is read too."""
        if isinstance(content, dict) and isinstance(content.get("experiment"), dict):
            content = {**content, "experiment": Experiment.read(content["experiment"])}
        return super().read(content)

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is swept."""
        return tuple(axis.address for axis in self.axes)

    def words(self) -> tuple[tuple[str, ...], ...]:
        """What the parameter of every axis takes, in words that tell its values apart."""
        return tuple(told_apart(axis.values(self.experiment)) for axis in self.axes)

    def points(self) -> tuple[Point, ...]:
        """Every point, the last axis fastest. Raises Invalid, with one sentence that names the point, if one cannot be.

        What needs the wiring is found by `engine.experiments.sweep_groups.check`.
        """
        self._require_addresses()
        values = [axis.values(self.experiment) for axis in self.axes]
        n = math.prod(map(len, values))
        if n > MOST_POINTS:
            raise Invalid(f"The sweep has {n} points, but at most {MOST_POINTS} are possible; take fewer values.")
        return tuple(Point(k, at, self._at(at)) for k, at in enumerate(itertools.product(*values)))

    def _at(self, values: tuple[Any, ...]) -> Experiment:
        asked = dict(zip(self.addresses, values, strict=True))
        try:
            asked = with_nothings(self.experiment, asked)
            return self.experiment.with_values({**asked, "seeds.networks": self.seeds})
        except Invalid as fault:
            raise Invalid(f"At {named(self.addresses, values)}: {fault}", fault.address) from None

    def _require_addresses(self) -> None:
        """Raises Invalid for an address that there is not, or that cannot be swept."""
        twice = next((a for a in self.addresses if self.addresses.count(a) > 1), None)
        if twice is not None:
            raise Invalid(f"'{twice}' is swept twice; name it once, with all its values.", twice)
        by_kind = any(address.endswith("kind") for address in self.addresses)
        for address in self.addresses:
            if address in SET_BY_SWEEP or address.startswith("training.differences"):
                raise Invalid(
                    f"'{address}' cannot be swept: {SET_BY_SWEEP.get(address, 'it names networks')}.", address
                )
            if not by_kind:  # else it may be a parameter of one kind only
                self.experiment.value_at(address)


def named(addresses: tuple[str, ...], values: tuple[Any, ...]) -> str:
    """A point in words: training.objectives.0.weight = 0.001, dynamics.activation = tanh."""
    return ", ".join(f"{a} = {said(v)}" for a, v in zip(addresses, values, strict=True))


def said(value: Any, digits: int = DIGITS) -> str:
    """A value as people write it."""
    if isinstance(value, bool) or value is None or isinstance(value, (list, tuple, dict)):
        return json.dumps(value)
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def told_apart(values: Sequence[Any]) -> tuple[str, ...]:
    """Values as people write them, with as many digits as no two of them share."""
    for digits in range(DIGITS, ALL_DIGITS + 1):
        words = tuple(said(value, digits) for value in values)
        if len({*words}) == len(words):
            break
    return words


def place(number: int, words: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Where the point of this number lies: its word along every axis."""
    at = np.unravel_index(number, [len(along) for along in words])
    return tuple(along[int(k)] for along, k in zip(words, at, strict=True))


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}…"


def _shortened_all(values: Iterable[float], *digits: int) -> tuple[float, ...]:
    """With the first of these digits, else with as many more, that no two values share."""
    for count in (*digits, *range(DIGITS + 1, ALL_DIGITS + 1)):
        short = tuple(float(f"{value:.{count}g}") for value in values)
        if len({*short}) == len(short):
            break
    return short


def _key(value: Any) -> str:
    """The same for 1 and 1.0, not for 1 and true."""
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() else value)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
