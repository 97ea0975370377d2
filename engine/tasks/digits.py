"""Handwritten digits as images and as codes, from scikit-learn's copy of the UCI set."""

from dataclasses import dataclass
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

from engine.randomness import torch_stream

CODE = 50  # features of a code


@dataclass(frozen=True, eq=False)
class Images:
    """Grey images, 0..1, and the digit that each shows; those to learn from and those kept back for testing."""

    training: Float[Tensor, "images rows columns"]
    training_digits: Int[Tensor, " images"]
    testing: Float[Tensor, "kept rows columns"]
    testing_digits: Int[Tensor, " kept"]


@lru_cache(maxsize=1)
def digits() -> Images:
    """1797 images of 8 x 8 pixels; every fifth is kept back for testing.

    Source: Alpaydin & Kaynak (1998) Optical Recognition of Handwritten Digits, UCI, doi 10.24432/C50P49 (CC BY 4.0).
    """
    from sklearn.datasets import load_digits  # takes a second, and only this needs it

    pixels, labels = load_digits(return_X_y=True)
    images, shown = torch.from_numpy(pixels).float().view(-1, 8, 8) / 16, torch.from_numpy(labels).long()
    kept = torch.arange(len(images)) % 5 == 0
    return Images(images[~kept], shown[~kept], images[kept], shown[kept])


@lru_cache(maxsize=1)
def codes() -> tuple[Float[Tensor, "images features"], Int[Tensor, " images"]]:
    """50 features of every digit, none negative and 0..1 in each image: rectified random sums of its pixels.

    They stand in for the published activations of a convolutional network, which do not ship with us.
    """
    found = digits()
    pixels = torch.cat([found.training, found.testing]).flatten(1)
    weights = torch.randn(pixels.shape[1], CODE, generator=torch_stream(0, "codes"))
    features = (pixels @ weights).relu()
    least, most = features.amin(1, keepdim=True), features.amax(1, keepdim=True)
    return (features - least) / (most - least), torch.cat([found.training_digits, found.testing_digits])
