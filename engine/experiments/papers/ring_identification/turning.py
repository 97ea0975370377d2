"""The bumps that a visitor turns: that of the ring itself, and those of the networks that were fitted to it."""

from pathlib import Path

from engine.analysis.driven import Driven, driven_network, driven_ring
from engine.experiments.carry_out import recipe
from engine.experiments.papers.conduct import read_scale
from engine.experiments.papers.paper import Outcome, Scale
from engine.experiments.papers.ring_identification.recipe import plan
from engine.experiments.run import Run


def turned(folder: Path) -> tuple[Driven, ...]:
    """The ring, and the first network of every fit that is done in the folder."""
    scale = read_scale(folder)[1] if (folder / "paper.json").exists() else Scale()
    fits = [part for part in plan(scale) if part.experiment is not None]
    ring = driven_ring(fits[0].experiment.task.recording)
    found = [ring]
    for part in fits:
        run = Run(folder / "runs" / recipe(part))
        if (run.folder / "weights.safetensors").exists():
            network = Outcome(part.experiment, run).network
            found.append(driven_network(f"Fit, {part.variant}", network, 0, ring.first, part.experiment.dt_ms))
    return tuple(found)
