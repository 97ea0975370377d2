"""The numbers of a wiring, and those of two wirings side by side, with names, units and what is said of absent ones."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.linalg import ArpackError, ArpackNoConvergence, eigs

from engine.analysis.clustering import clustering
from engine.analysis.components import components
from engine.analysis.connections import connections, existing
from engine.analysis.degrees import degrees
from engine.analysis.modularity import modularity, modularity_of
from engine.analysis.paths import paths
from engine.analysis.reciprocity import reciprocity
from engine.analysis.rich_club import rich_club
from engine.connectomes.connectome import Connectome
from engine.connectomes.sparse_wiring import SparseWiring, sparse

NO_CONNECTION = "no connection between units"
ALL_EIGENVALUES = 300  # units up to which all eigenvalues are found to have the largest
REWIRED = 10  # graphs with the same degrees, beside which the rich club is told
MOST_UNITS = 2000  # for what takes long in large graphs: paths, clustering, communities, eigenvalues
TOO_LARGE = f"not computed above {MOST_UNITS:,} units"


@dataclass(frozen=True)
class Measure:
    """One number of a wiring. `value` is None where it is not defined, and `absent` then says why.

    `group` gathers measures under a heading; `unit` is empty for counts and shares without one.
    """

    name: str
    title: str
    value: float | int | None
    unit: str = ""
    absent: str = ""
    help: str = ""
    group: str = ""

    @property
    def text(self) -> str:
        """The number as it is shown, with its unit; or why there is none."""
        if self.value is None:
            return self.absent
        shown = f"{self.value:,}" if isinstance(self.value, int) else f"{self.value:.4g}"
        return f"{shown} {self.unit}".strip()


@dataclass(frozen=True)
class WiringSummary:
    """All measures of one wiring, in order of display."""

    measures: tuple[Measure, ...]

    def __getitem__(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)

    def table(self) -> pd.DataFrame:
        """One row per measure."""
        names = "group", "name", "title", "value", "unit", "absent", "help"
        return pd.DataFrame([{name: getattr(m, name) for name in names} for m in self.measures])


@dataclass(frozen=True)
class Compared:
    """One measure of two wirings; `difference` is second less first, None where either is absent."""

    first: Measure
    second: Measure

    @property
    def difference(self) -> float | int | None:
        """Second less first."""
        if self.first.value is None or self.second.value is None:
            return None
        return self.second.value - self.first.value


def side_by_side(first: WiringSummary, second: WiringSummary) -> tuple[Compared, ...]:
    """The measures of two wirings in pairs."""
    return tuple(Compared(a, b) for a, b in zip(first.measures, second.measures, strict=True))


def wiring_summary(of: Connectome | SparseWiring, seed: int = 0) -> WiringSummary:
    """All numbers of a wiring; self-connections count only where they are named. `seed` is for the communities.

    What would take long above 2,000 units is absent there, and says so.
    """
    wiring = sparse(of)
    graph = connections(wiring)
    parts = {
        "Size": lambda: _size(wiring, graph),
        "Degrees": lambda: _degrees(graph),
        "Weights": lambda: _weights(wiring, graph),
        "Pairs and paths": lambda: _pairs(graph),
        "Groups": lambda: _groups(wiring, graph, seed),
    }
    found: list[Measure] = []
    for group, measures in parts.items():
        found += [Measure(**{**vars(measure), "group": group}) for measure in measures()]
    return WiringSummary(tuple(found))


def _size(wiring: SparseWiring, graph: csr_array) -> list[Measure]:
    signs = wiring.signs
    touched = np.diff(graph.indptr) + np.bincount(graph.indices, minlength=wiring.n)
    isolated, pairs = int((touched == 0).sum()), wiring.n * (wiring.n - 1)
    return [
        Measure("units", "Units", wiring.n),
        Measure("excitatory", "Excitatory units", int((signs > 0).sum())),
        Measure("inhibitory", "Inhibitory units", int((signs < 0).sum())),
        Measure("unsigned", "Units without a sign", int((signs == 0).sum())),
        Measure("areas", "Areas", len(set(wiring.areas))),
        Measure("types", "Cell types", len(set(wiring.types))),
        Measure("connections", "Connections", graph.nnz, help="Between different units."),
        Measure("isolated", "Isolated units", isolated, help="Without any connection to another unit."),
        Measure("self_connections", "Self-connections", wiring.self_connections),
        Measure("unknown", "Pairs never measured", wiring.unknown),
        _of("density", "Density", graph.nnz / pairs if pairs else None, "a single unit",
            "Share of the possible connections between different units that exist."),
    ]  # fmt: skip


def _degrees(graph: csr_array) -> list[Measure]:
    found = degrees(graph)
    return [
        Measure("degree", "Mean degree", float(found.in_degree.mean()), "connections", help="Of inputs as of outputs."),
        Measure("in_degree_sd", "Spread of in-degree", float(found.in_degree.std()), "connections"),
        Measure("out_degree_sd", "Spread of out-degree", float(found.out_degree.std()), "connections"),
        Measure("in_degree_max", "Most inputs", int(found.in_degree.max()), "connections"),
        Measure("out_degree_max", "Most outputs", int(found.out_degree.max()), "connections"),
        Measure("in_degree_min", "Fewest inputs", int(found.in_degree.min()), "connections"),
    ]


def _weights(wiring: SparseWiring, graph: csr_array) -> list[Measure]:
    strengths = np.abs(graph.data[graph.data != 0])
    inhibitory = np.abs(graph.data[graph.data < 0]).sum()

    def of(name: str, title: str, number: Callable[[], float], help: str) -> Measure:
        return _of(name, title, float(number()) if len(strengths) else None, NO_CONNECTION, help)

    return [
        of("strength", "Mean strength", lambda: strengths.mean(), "Mean |w| of the connections."),
        of("strength_median", "Median strength", lambda: np.median(strengths), "Half of the connections are stronger."),
        of("log_sd", "Spread of log strength", lambda: np.log(strengths).std(), "About 1 in cortex; 0 = all equal."),
        of("inhibitory_share", "Inhibitory share", lambda: inhibitory / strengths.sum(), "Share of the total |w|."),
        _of("spectral_radius", "Spectral radius", _spectral_radius(wiring),
            "not found quickly; see the spectrum" if wiring.n <= MOST_UNITS else TOO_LARGE,
            "Largest modulus of an eigenvalue, self-connections included."),
        _length(wiring, graph),
    ]  # fmt: skip


def _length(wiring: SparseWiring, graph: csr_array) -> Measure:
    help, positions = "Mean distance between connected units.", wiring.positions_um
    name, title = "length_um", "Mean length"
    if positions is None or not graph.nnz:
        absent = NO_CONNECTION if positions is not None else "units have no positions"
        return Measure(name, title, None, "µm", absent, help)
    edges = graph.tocoo()
    lengths = np.linalg.norm(positions[edges.row] - positions[edges.col], axis=1)
    return Measure(name, title, float(lengths.mean()), "µm", help=help)


def _pairs(graph: csr_array) -> list[Measure]:
    mutual, parts = reciprocity(graph), components(graph)
    few = graph.shape[0] <= MOST_UNITS
    clustered, path = (clustering(graph), paths(graph)) if few else (None, None)
    no_path, alone = ("no path between units", "a single unit") if few else (TOO_LARGE, TOO_LARGE)
    return [
        _of("reciprocity", "Reciprocity", mutual.binary, NO_CONNECTION, "Share of connections whose reverse exists."),
        _of("reciprocity_weighted", "Weighted reciprocity", mutual.weighted, NO_CONNECTION,
            "Share of |w| answered by at least as much the other way round."),
        _of("clustering", "Clustering", clustered and clustered.mean, TOO_LARGE,
            "How often two partners of a unit are connected."),
        _of("clustering_weighted", "Weighted clustering", clustered and clustered.mean_weighted, TOO_LARGE),
        _of("path_length", "Mean path length", path and path.mean, no_path, "Over pairs that have a path.",
            "connections"),
        _of("longest_path", "Longest shortest path", path and (path.longest or None), no_path, unit="connections"),
        _of("reached", "Pairs with a path", path and path.reached, alone, "Share of ordered pairs of units."),
        _of("efficiency", "Global efficiency", path and path.efficiency, alone, "Mean of 1 / path length."),
        Measure("weak_components", "Weak components", len(parts.weak_sizes)),
        Measure("strong_components", "Strong components", len(parts.strong_sizes)),
        Measure("largest_strong", "Largest strong component", parts.strong_sizes[0], "units"),
    ]  # fmt: skip


def _groups(wiring: SparseWiring, graph: csr_array, seed: int) -> list[Measure]:
    few, one_area = wiring.n <= MOST_UNITS, len(set(wiring.areas)) == 1
    found = modularity(graph, seed) if few else None
    by_areas = None if one_area else modularity_of(graph, wiring.areas)
    q, none = found and found.q, NO_CONNECTION if few else TOO_LARGE
    club, weighted_club = _rich(graph) if few else (None, None)
    alone = "too few connections" if few else TOO_LARGE
    communities = found.communities if found and q is not None else None
    return [
        _of("modularity", "Modularity Q", q, none, "Of the best communities found (Louvain, directed)."),
        _of("communities", "Communities", communities, none),
        _of("modularity_areas", "Modularity Q of the areas", by_areas, "one area" if one_area else NO_CONNECTION,
            "How far connections keep within areas."),
        _of("rich_club", "Rich club of the top tenth", club, alone,
            "Connections among the tenth of units that have most, over those of graphs with the same degrees."),
        _of("rich_club_weighted", "Weighted rich club", weighted_club, alone,
            "The same for how strong these connections are beside the strongest of all."),
    ]  # fmt: skip


def _rich(graph: csr_array) -> tuple[float | None, float | None]:
    """Over nulls, binary and by |w|; None where there is no number."""
    top = rich_club(existing(graph).toarray() > 0, graph.toarray(), REWIRED).top
    found = (top["normalised"], top["weighted_normalised"])
    return tuple(value if np.isfinite(value) else None for value in found)  # type: ignore[return-value]


def _of(name: str, title: str, value: float | int | None, absent: str, help: str = "", unit: str = "") -> Measure:
    return Measure(name, title, value, unit, "" if value is not None else absent, help)


def _spectral_radius(wiring: SparseWiring) -> float | None:
    """All eigenvalues of a small network; of a larger one the largest alone, None where that does not converge."""
    if wiring.n <= ALL_EIGENVALUES:
        return float(np.abs(np.linalg.eigvals(wiring.weights.toarray())).max())
    if wiring.n > MOST_UNITS:
        return None
    try:
        found = eigs(wiring.weights, k=6, return_eigenvectors=False, v0=np.ones(wiring.n), maxiter=300)
    except (ArpackNoConvergence, ArpackError):
        return None
    return float(np.abs(found).max())
