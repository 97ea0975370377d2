"""Which two wirings are compared: choices of the page, and the wirings themselves, cached. Slow: off the event loop."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np

from app.runs import store
from app.shelf import Shelf, wired
from engine.analysis.connections import connections
from engine.analysis.connectivity import Grouping, Ordering, order_by_area_and_type
from engine.analysis.matrix_raster import MatrixRaster, matrix_raster
from engine.component import Component, Invalid, kinds_of
from engine.connectomes.catalogue import catalogue, graph, record
from engine.connectomes.difference import Difference, difference
from engine.connectomes.sparse_wiring import SparseWiring, rows_of, sparse, sparse_graph
from engine.connectomes.steps import NULL_MODELS
from engine.experiments.checksums import changed
from engine.experiments.experiment import Experiment

THIS, SOURCE = "this", "source"
WIRING_BYTES, ANSWER_BYTES = 300_000_000, 400_000_000
MOST_RUNS = 40
Make = Callable[[], Any]


@dataclass(frozen=True, eq=False)
class Side:
    """One of two wirings. `key` is the same for the same connections, so that answers can be kept."""

    key: str
    title: str
    wiring: SparseWiring

    def kept(self, what: Any, make: Make, size: Callable[[Any], int] = lambda _: 1_000_000) -> Any:
        """An answer about this wiring, made once for all visitors."""
        return answers().get((self.key, what), make, size)

    @cached_property
    def graph(self) -> Any:
        """Its connections between different units."""
        return connections(self.wiring)

    def ordering(self, by: Grouping) -> Ordering:
        """The order in which its units are shown."""
        return self.kept(("order", by), lambda: order_by_area_and_type(self.wiring, by))

    def raster(self, by: Grouping) -> MatrixRaster:
        """Its matrix in that order, made ready to be drawn."""
        order = self.ordering(by).units
        return self.kept(("raster", by), lambda: matrix_raster(self.wiring.weights, order), raster_bytes)


@dataclass(frozen=True, eq=False)
class Pair:
    """The two that are compared; `link` is the experiment of the page, so that figures carry their recipe.

    `damage` names the recipes of kept runs that have changed since those runs ended: their wirings are in doubt.
    """

    first: Side
    second: Side
    link: str
    run: str = "compared"
    damage: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.first.key} | {self.second.key}"

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.first, self.second

    @property
    def caption(self) -> str:
        """What is compared, in words."""
        return f"A: {self.first.title} · B: {self.second.title}"

    @property
    def common(self) -> int:
        """How many units both have, by name."""
        return len(set(self.first.wiring.names) & set(self.second.wiring.names))

    @property
    def caveat(self) -> str:
        """A warning where the few names in common may be chance, as between two species; else nothing."""
        names = sorted(set(self.first.wiring.names) & set(self.second.wiring.names))
        smaller = min(side.wiring.n for side in self.sides)
        if not names or 2 * len(names) >= smaller:
            return ""
        some = ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
        return (
            f"Only {len(names):,} of {smaller:,} units have a name that is in both ({some}), which may be chance: "
            "the difference counts all others as added or removed."
        )

    def kept(self, what: Any, make: Make, size: Callable[[Any], int] = lambda _: 8_000_000) -> Any:
        """An answer about both, made once for all visitors."""
        return answers().get((self.key, what), make, size)

    def difference(self) -> Difference:
        """What changed from A to B. Raises Invalid if no unit is in both."""
        if not self.common:
            raise Invalid(
                "A and B share no unit by name, so there is no difference connection by connection. "
                "Compare A with one of its null models, its source or another set of steps."
            )
        return self.kept("difference", lambda: difference(self.first.wiring, self.second.wiring))

    def change(self) -> Side:
        """The weights of B less those of A, on the units of either, as a wiring of its own."""
        found = self.difference()
        one = {name: k for k, name in enumerate(self.first.wiring.names)}
        other = {name: k for k, name in enumerate(self.second.wiring.names)}
        where = [(self.first.wiring, one[n]) if n in one else (self.second.wiring, other[n]) for n in found.names]
        parts = [getattr(found, kind) for kind in ("added", "removed", "reweighted", "flipped")]
        post, pre = (np.concatenate([getattr(part, end) for part in parts]) for end in ("post", "pre"))
        values = np.concatenate([part.after - part.before for part in parts])
        areas, types = (tuple(getattr(w, of)[k] for w, k in where) for of in ("areas", "types"))
        signs = np.array([w.signs[k] for w, k in where], np.int8)
        weights = rows_of(post, pre, values, len(found.names))
        return Side(f"{self.key} | change", "B − A", SparseWiring(weights, found.names, areas, types, signs))


def pair(first: str, second: str, experiment: Experiment) -> Pair:
    """The two wirings that were chosen. Raises Invalid with the sentence of the one that cannot be wired."""
    damage = tuple(fault for choice in dict.fromkeys((first, second)) for fault in _damage(choice))
    return Pair(side(first, experiment), side(second, experiment), experiment.to_link(), damage=damage)


def side(choice: str, experiment: Experiment) -> Side:
    """One wiring by its choice: this, source, connectome:ID, wiring:KIND, null:KIND or run:ID."""
    kind, _, name = choice.partition(":")
    if kind == "connectome":
        return _measured(name)
    asked = _experiment(kind, name, experiment)
    key = f"{asked.wiring.model_dump_json()} {asked.seeds.wiring}"
    return Side(key, title(choice), wirings().get(key, lambda: sparse(wired(asked)), _bytes))


def title(choice: str) -> str:
    """The choice in words."""
    kind, _, name = choice.partition(":")
    if kind == "null":
        return f"{_nulls()[name].title} of this wiring"
    if kind == "wiring":
        return f"{_kinds()[name].title}, defaults"
    if kind == "connectome":
        return f"{record(name).title}, as measured"
    if kind == "run":
        return f"run {store().run(name).notes()['name']}"
    return {THIS: "This experiment", SOURCE: "This experiment without its steps"}[kind]


def about(found: Pair, first: str, second: str) -> str:
    """What one should know of the two before looking: that they are one, or what the null model B keeps; else ''."""
    if found.first.key == found.second.key:
        return "A and B are the same wiring, so nothing can differ: choose another B, as one of its null models."
    kind, _, name = second.partition(":")
    if kind != "null":
        return ""
    of = _nulls()[name]
    says = (of.__doc__ or "").partition("\n")[0]
    kept = " What it keeps is the same in A and B." if first == THIS else ""
    return f"B is the null model “{of.title}” of this wiring. {says}{kept}"


def choices() -> dict[str, dict[str, str]]:
    """Everything that can be compared: group → label → choice. Reads the library and the store."""
    runs = tuple(summary for summary in store().runs() if summary.is_readable)[:MOST_RUNS]
    return {
        "This experiment": {title(THIS): THIS, title(SOURCE): SOURCE},
        "Null models of this wiring": {of.title: f"null:{kind}" for kind, of in _nulls().items()},
        "Connectomes, as measured": {r.title: f"connectome:{r.id}" for r in catalogue() if r.available},
        "Wirings at their defaults": {of.title: f"wiring:{kind}" for kind, of in _kinds().items()},
        **({"Kept runs": {f"{run.name} ({run.id})": f"run:{run.id}" for run in runs}} if runs else {}),
    }


def raster_bytes(made: MatrixRaster) -> int:
    """Memory of a matrix that is ready to be drawn."""
    listed = made.connections
    cells = sum(part.nbytes for level in made.levels for part in vars(level).values())
    return listed.data.nbytes + listed.indices.nbytes + cells


@cache
def wirings() -> Shelf:
    """Wirings as sparse matrices, shared by all visitors."""
    return Shelf(WIRING_BYTES)


@cache
def answers() -> Shelf:
    """What was found about wirings, shared by all visitors."""
    return Shelf(ANSWER_BYTES)


def _damage(choice: str) -> tuple[str, ...]:
    kind, _, name = choice.partition(":")
    return changed(store().run(name).folder, only=("experiment.json",)) if kind == "run" else ()


def _experiment(kind: str, name: str, experiment: Experiment) -> Experiment:
    if kind == "run":
        return store().run(name).experiment()
    if kind == "wiring":
        return Experiment(wiring=_kinds()[name](), seeds=experiment.seeds)
    if kind == "null":
        return experiment.with_value("wiring.steps", (*experiment.wiring.steps, _nulls()[name]()))
    return experiment if kind == THIS else experiment.with_value("wiring.steps", ())


def _measured(id: str) -> Side:
    told = record(id)
    key = f"connectome {id} {told.sha256}"
    made = wirings().get(key, lambda: sparse_graph(graph(id), told.area_by, told.cell_type), _bytes)
    return Side(key, title(f"connectome:{id}"), made)


def _nulls() -> dict[str, Any]:
    return {of.model_fields["kind"].default: of for of in NULL_MODELS}


def _kinds() -> dict[str, type[Component]]:
    return kinds_of(Experiment.model_fields["wiring"])


def _bytes(made: SparseWiring) -> int:
    return made.weights.data.nbytes + made.weights.indices.nbytes + 200 * made.n
