"""Papers: published systems reproduced and audited, each one file with its recipes and claims."""

from engine.component import Invalid, near
from engine.experiments.papers import balwani_2025, nn4n, ring_identification
from engine.experiments.papers.paper import Paper

PAPERS: tuple[Paper, ...] = (balwani_2025.PAPER, nn4n.PAPER, ring_identification.PAPER)


def paper(name: str) -> Paper:
    """The paper of that name. Raises Invalid, with the near name, if there is none."""
    found = {one.name: one for one in PAPERS}
    if name not in found:
        raise Invalid(f"There is no paper '{name}'; write connectarium papers list.{near(name, found)}")
    return found[name]
