"""Shakiba et al. (2026): networks constrained by geometry, wiring and function of MICrONS; eleven variants, audited."""

from engine.experiments.papers.paper import Own, Paper
from engine.experiments.papers.shakiba_2026.claims import CLAIMS, VARIANTS
from engine.experiments.papers.shakiba_2026.figures import figures
from engine.experiments.papers.shakiba_2026.files import extras
from engine.experiments.papers.shakiba_2026.recipe import FIELD_OF_OWN, plan
from engine.experiments.papers.shakiba_2026.tables import tables
from engine.experiments.papers.shakiba_2026.variants import own_choices

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
    takes=(
        Own(FIELD_OF_OWN, "A MICrONS field, imported from its folder or zip: connectarium connectomes add FOLDER.",
            own_choices),
    ),
    extras=extras,
)  # fmt: skip
