"""A connectome on its way into the library: what was recognised, what is open, and how it looks with the answers."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from jaxtyping import Float
from pydantic import Field

from engine.component import Component, Invalid
from engine.connectomes import formats
from engine.connectomes.formats import Answers, Found, Question
from engine.connectomes.graph import Graph
from engine.connectomes.graph_cut import AnyCut, cut
from engine.connectomes.kept_record import is_directed
from engine.connectomes.library import Library
from engine.connectomes.thumbnail import pooled
from engine.randomness import numpy_stream

SIDE = 160  # pixels of the picture
SOME = 2000  # names that are told as suggestions
EXAMPLES = 3
SHORTEST_TITLE = 4
STRONGEST = 200  # connections among which the examples are sought
MUST_CUT = 5000  # units beyond which no network of ours trains
MAY_CUT = 1000  # units beyond which training is slow on a laptop


class Cuts(Component):
    """The part of a large connectome that a network is made of."""

    cuts: Annotated[
        tuple[AnyCut, ...], Field(max_length=20, description="One cut after the other; none: all of it.")
    ] = ()


@dataclass(frozen=True)
class Recognised:
    """What lies in the files, before anything is asked. Of `names` and of the values of `labels` only some are told,
    the most frequent ones first."""

    format: str
    rows: int
    columns: int
    listed: int
    beside: tuple[str, ...]
    choices: tuple[str, ...]
    chosen: str
    remarks: tuple[str, ...]
    names: tuple[str, ...]
    labels: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Example:
    """One connection by the names of its units, with its weight and that of the way back (0: there is none)."""

    source: str
    target: str
    weight: float
    back: float


@dataclass(frozen=True)
class Preview:
    """The connectome as it would be. `picture[post][pre]` is the strongest of each pixel with its sign, `part` tells
    what the cuts leave."""

    units: int
    edges: int
    density: float
    directed: bool
    signed: bool
    positions: bool
    labels: tuple[str, ...]
    examples: tuple["Example", ...]
    picture: list[list[float]]
    remarks: tuple[str, ...]
    part: tuple[str, ...]
    part_units: int


@dataclass(frozen=True)
class State:
    """Where an import stands. `open` are the addresses that still need an answer; until then `preview` takes the first
    choice for them. `fault` is why these answers make no connectome, `address` the answer that it concerns."""

    recognised: Recognised
    questions: tuple[Question, ...]
    answers: Mapping[str, Any]
    open: tuple[str, ...]
    preview: Preview | None
    fault: str = ""
    address: str = ""


class Importing:
    """Files that were read, and their way through questions and answers into the library."""

    def __init__(self, paths: tuple[Path, ...], chosen: str = "", given: Mapping[str, Any] | None = None):
        self.paths = paths
        self.given = dict(given or {})
        self.found = formats.look(*paths, chosen=chosen)
        self.recognised = recognised(self.found)

    def state(self, answers: Mapping[str, Any], cuts: Cuts | None = None) -> State:
        """Where it stands after these answers. Raises Invalid if no answer could make a connectome of the files."""
        told, asked, open_ = self._told(answers)
        given = {name: getattr(told, name) for name in {q.address for q in asked} | set(told.changes())}
        try:
            preview, fault = self._preview(told, asked, open_, cuts or Cuts()), Invalid("")
        except Invalid as found:
            preview, fault = None, found
        return State(self.recognised, asked, given, open_, preview, str(fault), fault.address)

    def keep(self, answers: Mapping[str, Any]) -> str:
        """The id under which it is in the library from now on. Raises Invalid while a question is open."""
        told, asked, open_ = self._told(answers)
        if open_:
            raise Invalid(next(q.sentence for q in asked if q.address == open_[0]), open_[0])
        graph, remarks = formats.graph(self.found, told)
        steps = (f"Imported from {', '.join(path.name for path in self.paths)} ({self.found.format}).",)
        return Library().add(graph, formats.facts(self.found, told), remarks, steps)

    def _told(self, answers: Mapping[str, Any]) -> tuple[Answers, tuple[Question, ...], tuple[str, ...]]:
        """The answers with what is proposed for the rest, all questions, and the addresses without an answer."""
        given = {"name": title_of(tuple(path.name for path in self.paths))} | self.given | dict(answers)
        told = Answers().with_values(given)
        asked = formats.questions(self.found, told)
        left = [q for q in asked if q.address not in answers and q.address not in self.given]
        told = told.with_values({q.address: q.proposal for q in left if q.proposal})
        return told, asked, tuple(q.address for q in asked if q.required and getattr(told, q.address) == "ask")

    def _preview(self, told: Answers, asked: tuple[Question, ...], open_: tuple[str, ...], cuts: Cuts) -> Preview:
        first = {q.address: q.choices[0][0] for q in asked if q.address in open_}
        first["measures"] = "file"  # what the spikes tell takes time, and is not in the picture
        graph, remarks = formats.graph(self.found, told.with_values(first))
        part, left_out = cut(graph, cuts.cuts, numpy_stream(0, "wiring"), "cuts")
        return Preview(
            graph.n, graph.edges, graph.density, is_directed(graph),
            graph.edge_signs is not None and bool((graph.edge_signs < 0).any()), graph.positions_um is not None,
            tuple(graph.labels), examples(graph), pooled(graph, SIDE).tolist(), remarks, left_out, part.n,
        )  # fmt: skip


def title_of(files: tuple[str, ...]) -> str:
    """What a connectome may be called after its files: the words with which all of them begin, or the first of them."""
    stems = [file.partition(".")[0] for file in files]
    words = [re.split(r"[\s_-]+", stem) for stem in stems]
    shared = [parts[0] for parts in takewhile(lambda parts: len(set(parts)) == 1, zip(*words, strict=False))]
    many = len(files) > 1 and len(" ".join(shared)) >= SHORTEST_TITLE
    return " ".join(shared) if many else stems[0].replace("_", " ")


def recognised(found: Found) -> Recognised:
    """What a content is, without its numbers."""
    rows, columns = (len(found.names or ()),) * 2 if found.matrix is None else found.matrix.shape
    listed = len(found.edges.weight) if found.edges is not None else 0
    beside = (*found.labels, *found.pairs, *found.maps, *(["positions"] if found.positions_um is not None else []))
    values = {label: tuple(v for v, _ in Counter(of).most_common(SOME) if v) for label, of in found.labels.items()}
    return Recognised(
        found.format, rows, columns, listed, beside, found.choices, found.chosen, found.remarks,
        tuple(found.names or ())[:SOME], values,
    )  # fmt: skip


def examples(graph: Graph) -> tuple[Example, ...]:
    """Some strong connections: whoever knows the animal knows their direction. Pairs that differ in it come first."""
    pre, post = graph.pre.astype(np.int64), graph.post.astype(np.int64)
    between = np.flatnonzero(pre != post)
    strong = between[np.argsort(-graph.strengths[between], kind="stable")[:STRONGEST]]
    weights = graph.strengths if graph.edge_signs is None else graph.strengths * np.where(graph.edge_signs < 0, -1, 1)
    back = _back(graph, strong, weights)
    differs = back != weights[strong]
    first = np.flatnonzero(differs if differs.any() else pre[strong] < post[strong])[:EXAMPLES]
    return tuple(
        Example(graph.names[pre[e]], graph.names[post[e]], float(weights[e]), float(back[k]))
        for e, k in zip(strong[first], first, strict=True)
    )


def _back(graph: Graph, edges: np.ndarray, weights: np.ndarray) -> Float[np.ndarray, " edges"]:
    """The weight of the way back of each of the connections; 0 where there is none."""
    if not len(edges):
        return np.zeros(0)
    keys = graph.post.astype(np.int64) * graph.n + graph.pre
    order = np.argsort(keys)
    wanted = graph.pre[edges].astype(np.int64) * graph.n + graph.post[edges]
    at = order[np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)]
    return np.where(keys[at] == wanted, weights[at], 0.0)
