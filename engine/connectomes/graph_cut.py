"""Cuts of a graph: the part of a large connectome that a network is trained on, chosen while it is still a list."""

from abc import abstractmethod
from dataclasses import replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Int
from pydantic import Field
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from engine.component import Component, Invalid, Typical, near
from engine.connectomes.graph import Graph

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Cut(Component):
    """Base of the cuts. Subclasses are final."""

    @abstractmethod
    def kept(self, graph: Graph, rng: np.random.Generator) -> Bool[np.ndarray, " units"]:
        """Which units stay. Raises Invalid if the graph has not what is asked for."""


class LabelCut(Cut):
    """Units whose label has one of some values, e.g. of some types or regions."""

    kind: Literal["label"] = "label"
    title: ClassVar[str] = "By label"
    source: ClassVar[str] = "a subset by attribute"
    label: Annotated[str, Field(max_length=200, description="The label, e.g. type or region.")] = "type"
    values: Annotated[
        tuple[Name, ...],
        Field(max_length=500, description="Units with one of these values stay; none: all that have one."),
    ] = ()
    leave_out: Annotated[bool, Field(description="The other way round: leave the units with these values out.")] = False

    def kept(self, graph: Graph, rng: np.random.Generator) -> Bool[np.ndarray, " units"]:
        """Units with the values. Raises Invalid with the near name for a label or value that no unit has."""
        if self.label not in graph.labels:
            known = ", ".join(graph.labels) or "none"
            said = near(self.label, graph.labels) or f" It has {known}."
            raise Invalid(f"The connectome has no label '{self.label}'.{said}", "label")
        told = np.array(graph.labels[self.label], dtype=object)
        known = set(graph.labels[self.label])
        for index, value in enumerate(self.values):
            if value not in known:
                said = near(value, known) or f" There are {', '.join(sorted(known)[:8])} …"
                raise Invalid(f"No unit has the {self.label} '{value}'.{said}", f"values.{index}")
        which = np.isin(told.astype(str), self.values) if self.values else told != ""
        return ~which if self.leave_out else which


class NeighbourhoodCut(Cut):
    """Some units by name, and all that are connected with them within some steps."""

    kind: Literal["neighbourhood"] = "neighbourhood"
    title: ClassVar[str] = "Around some units"
    source: ClassVar[str] = "breadth-first search"
    names: Annotated[tuple[Name, ...], Field(max_length=1000, description="Names of the units to begin with.")] = ()
    hops: Annotated[int, Field(ge=0, le=20, description="Steps along connections."), Typical(1, 3, 1)] = 1
    direction: Annotated[
        Literal["out", "in", "both"], Field(description="To their targets, to their sources, or both.")
    ] = "both"

    def kept(self, graph: Graph, rng: np.random.Generator) -> Bool[np.ndarray, " units"]:
        """The units and their neighbours. Raises Invalid with the near name for a unit that there is not."""
        reached = np.zeros(graph.n, bool)
        index = {name: at for at, name in enumerate(graph.names)}
        if not self.names:
            raise Invalid("Name at least one unit to begin with.", "names")
        for place, name in enumerate(self.names):
            if name not in index:
                raise Invalid(f"There is no unit '{name}'.{near(name, graph.names)}", f"names.{place}")
            reached[index[name]] = True
        for _ in range(self.hops):
            onto = graph.post[reached[graph.pre]] if self.direction != "in" else ()
            from_ = graph.pre[reached[graph.post]] if self.direction != "out" else ()
            reached = reached.copy()
            reached[np.asarray(onto, int)] = True
            reached[np.asarray(from_, int)] = True
        return reached


class HubCut(Cut):
    """The units with the most or the strongest connections."""

    kind: Literal["hubs"] = "hubs"
    title: ClassVar[str] = "Hubs"
    source: ClassVar[str] = "degree and strength, self-connections left out"
    units: Annotated[int, Field(ge=1, le=1_000_000, description="How many units stay."), Typical(50, 2000, 50)] = 500
    by: Annotated[
        Literal["degree", "strength"], Field(description="Number of connections, or the sum of their weights.")
    ] = "degree"
    direction: Annotated[
        Literal["both", "in", "out"], Field(description="Count incoming connections, outgoing ones, or both.")
    ] = "both"

    def kept(self, graph: Graph, rng: np.random.Generator) -> Bool[np.ndarray, " units"]:
        """The k largest; of equal ones the first in the file."""
        between = graph.pre != graph.post
        weight = graph.strengths[between] if self.by == "strength" else np.ones(int(between.sum()))
        ends = {"in": graph.post, "out": graph.pre}
        sums = [np.bincount(ends[d][between], weight, graph.n) for d in ends if self.direction in (d, "both")]
        return _marked(np.argsort(-np.sum(sums, 0), kind="stable")[: self.units], graph.n)


class SampleCut(Cut):
    """Units drawn by lot."""

    kind: Literal["sample"] = "sample"
    title: ClassVar[str] = "Random sample"
    source: ClassVar[str] = "uniform without replacement"
    units: Annotated[int, Field(ge=1, le=1_000_000, description="How many units stay."), Typical(50, 2000, 50)] = 500

    def kept(self, graph: Graph, rng: np.random.Generator) -> Bool[np.ndarray, " units"]:
        """As many units as asked for, or all if there are fewer."""
        return _marked(rng.choice(graph.n, min(self.units, graph.n), replace=False), graph.n)


class StrongestComponentCut(Cut):
    """The largest part within which every unit reaches every other."""

    kind: Literal["component"] = "component"
    title: ClassVar[str] = "Largest component"
    source: ClassVar[str] = "Tarjan (1972), as in scipy"
    within: Annotated[
        Literal["strong", "weak"],
        Field(description="Strong: every unit reaches every other along directions; weak: whatever the direction."),
    ] = "strong"

    def kept(self, graph: Graph, rng: np.random.Generator) -> Bool[np.ndarray, " units"]:
        """The units of the largest component."""
        links = csr_array((np.ones(len(graph.pre), bool), (graph.pre, graph.post)), (graph.n, graph.n))
        _, part = connected_components(links, directed=True, connection=self.within)
        return part == np.bincount(part).argmax()


AnyCut = Annotated[
    LabelCut | NeighbourhoodCut | HubCut | SampleCut | StrongestComponentCut, Field(discriminator="kind")
]


def cut(
    graph: Graph, cuts: tuple[Cut, ...], rng: np.random.Generator, address: str = "wiring.cuts"
) -> tuple[Graph, tuple[str, ...]]:
    """The part that all cuts, one after the other, leave; and what each left out, in sentences.

    Every cut has a stream of its own below `rng`. Raises Invalid at the address of the cut that leaves nothing.
    """
    remarks = []
    for index, (one, own) in enumerate(zip(cuts, rng.spawn(len(cuts)), strict=True)):
        try:
            which = one.kept(graph, own)
        except Invalid as fault:
            raise Invalid(str(fault), f"{address}.{index}.{fault.address}".rstrip(".")) from None
        if not which.any():
            raise Invalid(f"Cut {index + 1} ({one.title}) leaves no unit.", f"{address}.{index}")
        part = graph_part(graph, np.flatnonzero(which))
        remarks.append(
            f"Cut {index + 1} ({one.title.lower()}): {part.n:,} of {graph.n:,} units and {part.edges:,} of "
            f"{graph.edges:,} connections stay."
        )
        graph = part
    return graph, tuple(remarks)


def graph_part(graph: Graph, units: Int[np.ndarray, " kept"]) -> Graph:
    """The graph of some of the units, in this order, with the connections among them."""
    new = np.full(graph.n, -1)
    new[units] = np.arange(len(units))
    stays = (new[graph.pre] >= 0) & (new[graph.post] >= 0)
    both = np.ix_(units, units)
    return replace(
        graph,
        names=tuple(graph.names[unit] for unit in units),
        pre=new[graph.pre[stays]],
        post=new[graph.post[stays]],
        strengths=graph.strengths[stays],
        edge_signs=None if graph.edge_signs is None else graph.edge_signs[stays],
        labels={label: tuple(values[unit] for unit in units) for label, values in graph.labels.items()},
        positions_um=None if graph.positions_um is None else graph.positions_um[units],
        pairs={name: matrix[both] for name, matrix in graph.pairs.items()},
        maps={name: values[units] for name, values in graph.maps.items()},
        unknown=None if graph.unknown is None else graph.unknown[both],
    )


def _marked(units: Int[np.ndarray, " kept"], n: int) -> Bool[np.ndarray, " units"]:
    which = np.zeros(n, bool)
    which[units] = True
    return which
