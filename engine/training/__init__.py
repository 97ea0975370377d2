"""Training: a generator that changes a network one optimiser step at a time."""

from engine.training.progress import Checkpoint, Evaluation, Progress
from engine.training.train import train
from engine.training.training import Training

__all__ = ["Checkpoint", "Evaluation", "Progress", "Training", "train"]
