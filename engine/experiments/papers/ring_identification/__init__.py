"""Identification of a ring attractor: can the wiring behind recorded activity be found by fitting a network to it?"""

from engine.experiments.papers.figure import Figure
from engine.experiments.papers.paper import Paper, Table, Variant
from engine.experiments.papers.ring_identification.claims import CLAIMS
from engine.experiments.papers.ring_identification.recipe import KINDS, plan
from engine.experiments.papers.ring_identification.turning import turned
from engine.experiments.papers.series import over_variants

VARIANTS = (
    Variant("Product of hidden weights", "Through all hidden units at once, in which the two classes cancel.",
            "Through shifters of either sign apart."),
    Variant("Score of the reconstruction", "Pictures judged by eye.",
            "Entrywise correlation off the diagonal, ringness and a permutation null; the correlation of circulant "
            "averages is high for almost everything and only given beside them."),
    Variant("Logged heading", "One step ahead of the activity, through an in-place addition.", "That of its own step."),
    Variant("Test data", "None: fitted and shown on the same trials.", "A third of the trials is held out."),
)  # fmt: skip


def figures(table: Table) -> tuple[Figure, ...]:
    """Recovery and error by kind of fit; products by class."""
    bars = [
        ("recovery", "Recovery of the observed weights", "entrywise correlation with the true weights"),
        ("ringness", "Ringness of the observed block", "ringness"),
        ("error", "Prediction does not tell them apart", "error over 49 steps (MSE)"),
    ]
    found = [
        Figure(name, title, "fit", m, "bars", (over_variants("mean, 95 % interval", table, m, tuple(KINDS)),))
        for name, title, m in bars
    ]
    sides = {side: f"product through {side} shifters and the derivative" for side in ("positive", "negative", "all")}
    hidden = ("separated", "velocity permuted")
    through = tuple(over_variants(f"{side} shifters", table, m, hidden) for side, m in sides.items())
    return (
        *found,
        Figure("products", "Two-step product against the derivative", "fit", "correlation", "bars", through),
    )


PAPER = Paper(
    name="ring_identification",
    title="Identification of a ring attractor by an input-separated network",
    citation="github.com/liuyuezhang/nsi, a repository without a publication; scores and tolerances are our own",
    question="Can the wiring of a head-direction ring be found from its activity, and what stands for the cells that "
    "were never recorded?",
    plan=plan,
    claims=CLAIMS,
    variants=VARIANTS,
    figures=figures,
    turned=turned,
)
