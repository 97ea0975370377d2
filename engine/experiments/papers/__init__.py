"""Papers: published systems reproduced and audited, each one file with its recipes and claims."""

from engine.component import Invalid, near
from engine.experiments.papers import (
    achterberg_2023,
    balwani_2025,
    goulas_2021,
    nn4n,
    ring_identification,
    shakiba_2026,
)
from engine.experiments.papers.paper import Paper

PAPERS: tuple[Paper, ...] = (
    achterberg_2023.PAPER, balwani_2025.PAPER, goulas_2021.PAPER, nn4n.PAPER, ring_identification.PAPER,
    shakiba_2026.PAPER,
)  # fmt: skip


def paper(name: str) -> Paper:
    """The paper of that name. Raises Invalid, with the near name, if there is none."""
    found = {one.name: one for one in PAPERS}
    if name not in found:
        raise Invalid(f"There is no paper '{name}'; write connectarium papers list.{near(name, found)}")
    return found[name]
