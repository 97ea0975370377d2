"""The figures: ability by task, structure by variant as published and corrected, and what the nulls make of it."""

from engine.experiments.papers.figure import Figure
from engine.experiments.papers.paper import Table
from engine.experiments.papers.series import over_variants
from engine.experiments.papers.shakiba_2026.measures import ACCURACY, ASSORTATIVITY, OWN, SIGMA, SIGMA_MATCHED, H, Q
from engine.experiments.papers.shakiba_2026.recipe import CONTROLS, NON_NEGATIVE
from engine.experiments.papers.shakiba_2026.variants import NAMES

LEVELS = {"published": ("One-choice inference", 0.625), "go_no_go": ("Go/no-go", 0.5),
          "perceptual_decision": ("Perceptual decision", 0.5)}  # fmt: skip
MORE = {"controls": "Controls: the diagonal alone, and no earth mover's term",
        "non_negative": "No weight below 0 (networks that diverged have no bar)"}  # fmt: skip
SHAPES = {"modularity": Q, "entropy": H, "assortativity": ASSORTATIVITY, "self_weights": OWN}


def figures(table: Table) -> tuple[Figure, ...]:
    """Bars over the variants, in their published order; seeds that were trained apart stand together."""
    parts = table.rows["part"].astype(str).str.replace(r"_seeds_.*", "", regex=True)
    table = Table(table.rows.assign(part=parts))
    found = [
        Figure(f"accuracy_{part}", title, "variant", ACCURACY, "bars",
               tuple(over_variants(name, table, ACCURACY, NAMES, which) for name, which in _twins(part)),
               reference=(("without memory", level),))
        for part, (title, level) in LEVELS.items()
    ]  # fmt: skip
    found += [
        Figure(name, measure[0].upper() + measure[1:], "variant", measure, "bars",
               tuple(over_variants(twin, table, measure, NAMES, which) for twin, which in _twins("published")))
        for name, measure in SHAPES.items()
    ]  # fmt: skip
    nulls = tuple(over_variants(null, table, null, NAMES, "published") for null in (SIGMA, SIGMA_MATCHED))
    found.append(Figure("small_world", "Small-worldness by two nulls", "variant", "σ", "bars", nulls,
                        reference=(("random", 1.0),)))  # fmt: skip
    for part, kinds in (("controls", CONTROLS), ("non_negative", NON_NEGATIVE)):
        bars = over_variants("mean, 95 % interval", table, ACCURACY, tuple(kinds), part)
        found.append(Figure(part, MORE[part], "variant", ACCURACY, "bars", (bars,),
                            reference=(("without memory", 0.625),)))  # fmt: skip
    return tuple(found)


def _twins(part: str) -> tuple[tuple[str, str], ...]:
    as_published = ("as published", part)
    return (as_published, ("corrected", "corrected")) if part == "published" else (as_published,)
