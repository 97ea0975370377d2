"""Achterberg et al. (2023): recurrent networks that pay for long and redundant connections, against plain sparsity."""

from engine.experiments.papers.achterberg_2023.claims import CLAIMS, VARIANTS
from engine.experiments.papers.achterberg_2023.figures import figures
from engine.experiments.papers.achterberg_2023.recipe import plan
from engine.experiments.papers.achterberg_2023.statistics import tables
from engine.experiments.papers.paper import Paper

PAPER = Paper(
    name="achterberg_2023",
    title="Spatially embedded recurrent networks",
    citation="Achterberg J, Akarca D, Strouse DJ, Duncan J, Astle DE (2023) Nature Machine Intelligence 5: 1369",
    question="Does one pressure on length and redundancy make networks sparse, modular, small-world and mixed, and "
    "still able?",
    plan=plan,
    claims=CLAIMS,
    variants=VARIANTS,
    figures=figures,
    tables=tables,
)
