"""The figures of the publication, redrawn from the readings."""

from engine.analysis.routes import PREDICTIVE_CODING
from engine.experiments.papers.balwani_2025.condition_figures import condition_figures, current_figures
from engine.experiments.papers.balwani_2025.conditions import known_pairs, route_differences
from engine.experiments.papers.balwani_2025.methods import METHODS, VARIANTS, name_of
from engine.experiments.papers.balwani_2025.pruning import PRUNERS
from engine.experiments.papers.figure import Figure, Series
from engine.experiments.papers.paper import Table
from engine.experiments.papers.series import over_at, over_variants

STAGES = ("initial", "dense", "pruned", "fine-tuned")


def figures(table: Table) -> tuple[Figure, ...]:
    """Learning, methods, pruning, cell types, currents and conditions."""
    of_cells = (*_of_cells(table), *current_figures(table))
    return (*_of_methods(table), *_of_pruning(table), *of_cells, *_of_conditions(table), *condition_figures(table))


def _of_methods(table: Table) -> tuple[Figure, ...]:
    names = tuple(name_of(*variant) for variant in VARIANTS)
    curves = tuple(over_at(name, table, "flip_flop: test loss", variant=name) for name in names)
    share = over_variants("mean, 95 % interval", table, "flip_flop: inhibitory share of |W|", names)
    final = tuple(
        over_variants(task, table, f"{task}: final test loss", tuple(METHODS)) for task in ("waves", "digits")
    )
    return (
        Figure("learning", "Flip-flop by method", "updates", "test MSE", "lines", curves, log_y=True),
        Figure("inhibition", "Inhibition that is left", "method", "inhibitory share of |W|", "bars", (share,)),
        Figure("tasks", "Waves and digits by method", "method", "final test loss", "bars", final, log_y=True),
    )  # fmt: skip


def _of_pruning(table: Table) -> tuple[Figure, ...]:
    found = []
    for task, loss in (("flip_flop", "MSE"), ("waves", "MSE"), ("digits", "cross-entropy")):
        lines = tuple(over_at(name, table, f"{task}: loss after pruning", variant=name) for name in PRUNERS)
        title = f"Pruning without retraining: {task.replace('_', '-')}"
        found.append(Figure(f"pruning_{task}", title, "density", f"test {loss}", "lines", lines, log_y=True))
    tree = tuple(
        over_at(name, table, "overlap with the spanning tree", variant=name)
        for name in ("random", "top-prob", "magnitude")
    )
    return (*found, Figure("tree", "Spanning tree that is left", "sparsity", "share of the tree", "lines", tree))


def _of_cells(table: Table) -> tuple[Figure, ...]:
    names = ("exact", "as published", "input mask applied", "signs free")
    curves = tuple(over_at(name, table, "test MSE", variant=name) for name in names)
    persistence = table.of("persistence MSE", variant="exact")
    reference = (("persistence", float(persistence.mean())),) if len(persistence) else ()
    currents = tuple(
        over_at(str(route), table, f"current, {route}", part="cell_types_exact") for route in PREDICTIVE_CODING
    )
    return (
        Figure("cell_types", "Dense, pruned at 0, fine-tuned", "updates after pruning", "test MSE", "lines", curves,
               log_y=True, reference=reference),
        Figure("currents", "Currents along the routes of predictive coding", "time (ms)", "mean current", "lines",
               currents),
    )  # fmt: skip


def _of_conditions(table: Table) -> tuple[Figure, ...]:
    """Differences in mean |w| x 1e4 along the three routes, for each pair of conditions, with bootstrap intervals."""
    found, pairs = route_differences(table), known_pairs(table)
    if not pairs:
        return ()
    labels = tuple(f"{first} → {second}" for first, second in pairs)
    series = tuple(
        Series(route, labels, *(tuple(rows[c] * 1e4) for c in ("difference", "low", "high")))
        for route, rows in found.groupby("route", sort=False)
    )
    title = "Differences along the routes of predictive coding"
    return (Figure("conditions", title, "conditions", "difference in mean |w| x 1e4", "bars", series),)
