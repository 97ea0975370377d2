"""A paper run whole, at its default scale: minutes, for slow tests."""

from pathlib import Path

from engine.experiments.papers.conduct import conduct, read_table
from engine.experiments.papers.paper import Paper, Scale


def not_reproduced(paper: Paper, folder: Path) -> set[str]:
    """The names of the claims that its networks contradict."""
    for _ in conduct(paper, folder, Scale()):
        pass
    return {name for name, verdict in paper.verdicts(read_table(folder)).items() if verdict.word == "not reproduced"}
