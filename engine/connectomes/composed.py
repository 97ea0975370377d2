"""Wirings side by side, with connections between them."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float, Int
from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.connectomes.assembly import isolated, wanting
from engine.connectomes.connectome import Connectome
from engine.connectomes.draws import Exact, LeastInputs, WeightSpread, chosen, thrown, with_least_inputs
from engine.connectomes.random import RandomWiring
from engine.connectomes.routes import (
    AreaPairs,
    Backward,
    Forward,
    Pattern,
    Table,
    Types,
    density_table,
    permitted,
    require_names,
)
from engine.connectomes.side_by_side import linked, side_by_side
from engine.connectomes.small_world import SmallWorldWiring
from engine.connectomes.wiring import Wiring, require_units

DEEPEST = 3  # compositions inside compositions


class Part(Component):
    """One part: its name, and any wiring."""

    title: ClassVar[str] = "Part"
    name: Annotated[str, Field(min_length=1, max_length=200, description="Name of the part.")] = "part"
    wiring: Annotated["AnyWiring", Field(discriminator="kind", description="Who connects to whom in it.")] = (
        RandomWiring(units=40)
    )


def two_parts() -> tuple[Part, ...]:
    """The parts of a composition unless others are given."""
    return Part(name="sensory", wiring=SmallWorldWiring(units=40)), Part(name="motor", wiring=RandomWiring(units=40))


class ComposedWiring(Wiring):
    """Parts that are wired each by its own rule or measurement, and connections between them by density.

    Parts keep their signs, types, labels and steps. In exact numbers, connections are counted for every pair of parts
    and of signs.
    """

    kind: Literal["composed"] = "composed"
    title: ClassVar[str] = "Composition"
    source: ClassVar[str] = "Yang GR, Molano-Mazón M (2021) Curr Opin Neurobiol 70:182 (networks of modules)"
    parts: Annotated[
        tuple[Part, ...],
        Field(min_length=1, max_length=50, default_factory=two_parts, description="The parts, in order."),
    ]
    keep_areas: Annotated[bool, Field(description="The areas of a part stay areas; else each part is one area.")] = (
        False
    )
    pattern: Pattern = "all"
    forward: Forward = 0.1
    backward: Backward = 0.05
    densities: Annotated[
        Table,
        Field(
            description="Chance of a connection to the part of the row from that of the column; its diagonal is idle."
        ),
    ] = ((0.0, 0.05), (0.1, 0.0))
    between: Annotated[
        Types, Field(description="Which connections may exist between parts; inhibition is local by default.")
    ] = Types()
    exceptions: AreaPairs = ()
    between_weight: Annotated[
        float, Field(gt=0, le=1000, description="Mean strength of connections between parts."), Typical(0.1, 5, 0.1)
    ] = 1.0
    equal_scale: Annotated[
        bool, Field(description="Strengths of every part are scaled to a mean of 1, as streamline counts have to be.")
    ] = True
    exact: Exact = False
    least_inputs: LeastInputs = 0
    weight_spread: WeightSpread = 0.0

    def wired(self, rng: np.random.Generator) -> Connectome:
        """Units part/unit. Raises Invalid with the address inside the part where a part cannot be wired."""
        called = [part.name for part in self.parts]
        self._require_sense(called)
        between, *streams = rng.spawn(len(self.parts) + 1)
        whole, sizes = self._beside(called, streams)
        links = self._links(np.repeat(np.arange(len(sizes)), sizes), called, whole, between)
        told = ", ".join(f"{name} ({size})" for name, size in zip(called, sizes, strict=True))
        whole = linked(whole, links, f"Composed of {told}, with {np.count_nonzero(links)} connections between them.")
        return whole.but(remarks=(*whole.remarks, *isolated(whole), *wanting(whole, self.least_inputs)))

    def _beside(self, called: list[str], streams: list[np.random.Generator]) -> tuple[Connectome, list[int]]:
        """The parts as one connectome, and their sizes; none of them stays in memory."""
        made = self._wired_parts(streams)
        return side_by_side(made, called, self.keep_areas, self.equal_scale), [one.n for one in made]

    def _wired_parts(self, streams: list[np.random.Generator]) -> list[Connectome]:
        made: list[Connectome] = []
        for index, (part, rng) in enumerate(zip(self.parts, streams, strict=True)):
            try:
                made.append(part.wiring.wire(rng))
            except Invalid as fault:
                inside = f"wiring.parts.{index}.{fault.address}" if fault.address else f"wiring.parts.{index}"
                raise Invalid(f"Part '{part.name}': {fault}", inside) from None
            require_units(sum(one.n for one in made), "wiring.parts")
        return made

    def _links(
        self, part: Int[np.ndarray, " units"], called: list[str], whole: Connectome, rng: np.random.Generator
    ) -> Float[np.ndarray, "post pre"]:
        """Strengths of the connections between parts."""
        exists, strengths = self._between(part, called, whole, rng)
        links = np.where(exists, strengths, 0.0)
        links *= self.between_weight
        return links

    def _between(
        self, part: Int[np.ndarray, " units"], called: list[str], whole: Connectome, rng: np.random.Generator
    ) -> tuple[Bool[np.ndarray, "post pre"], Float[np.ndarray, "post pre"]]:
        """Who is connected with another part, and how strongly those are that are."""
        table = density_table(self.pattern, len(called), self.densities, self.forward, self.backward, 0.0)
        allowed = permitted(part, called, self.between, self.exceptions, whole.signs)
        allowed &= part[:, None] != part[None, :]
        chance = table[np.ix_(part, part)]
        chance[~allowed] = 0.0
        dice = thrown(len(part), self.weight_spread, rng)
        exists = chosen(dice.chances, chance, self.exact, 2 * part + (whole.signs < 0)) | whole.mask
        return with_least_inputs(exists, dice.chances, chance, self.least_inputs) & ~whole.mask, dice.strengths

    def _require_sense(self, called: list[str]) -> None:
        require_names(called, self.exceptions, "wiring.parts", "parts")
        within = next((k for k, pair in enumerate(self.exceptions) if pair.pre == pair.post), None)
        if within is not None:
            said = (
                f"Exception {within + 1} lies within '{self.exceptions[within].pre}', which is wired by its own rule."
            )
            raise Invalid(said, f"wiring.exceptions.{within}.post")
        if depth(self) > DEEPEST:
            raise Invalid(f"Compositions may lie {DEEPEST} deep in each other, not {depth(self)}.", "wiring.parts")


def depth(wiring: Wiring) -> int:
    """How many compositions lie in each other."""
    return 1 + max(depth(part.wiring) for part in wiring.parts) if isinstance(wiring, ComposedWiring) else 0
