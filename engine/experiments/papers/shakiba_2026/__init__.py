"""Shakiba et al. (2026): networks constrained by geometry, wiring and function of MICrONS; eleven variants, audited."""

from engine.experiments.papers.paper import Paper
from engine.experiments.papers.shakiba_2026.claims import CLAIMS, VARIANTS
from engine.experiments.papers.shakiba_2026.figures import figures
from engine.experiments.papers.shakiba_2026.recipe import plan
from engine.experiments.papers.shakiba_2026.tables import tables

PAPER = Paper(
    name="shakiba_2026",
    title="Geometry, wiring and function of MICrONS as biases of recurrent networks",
    citation="Shakiba M, Rokni R, Mohammadi M, Dehghani N (2026) arXiv:2606.14975 (preprint)",
    question="Does a network that starts from cortical function and pays for cortical distances learn better, or does "
    "it only keep its memory?",
    plan=plan,
    claims=CLAIMS,
    variants=VARIANTS,
    figures=figures,
    tables=tables,
)
