"""Optimisers: how a gradient becomes a step."""

from abc import abstractmethod
from collections.abc import Iterable
from typing import Annotated, ClassVar, Literal

import torch
from pydantic import Field
from torch import nn

from engine.component import Component, Typical

Rate = Annotated[float, Field(gt=0, description="Size of one step."), Typical(1e-4, 1e-2, log=True)]
Decay = Annotated[
    float,
    Field(ge=0, description="Pull of every weight towards 0, per step and unit of learning rate."),
    Typical(0, 0.1),
]


class Optimiser(Component):
    """Base of the optimiser family. All are elementwise, so one network never feels its neighbours."""

    @abstractmethod
    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """The torch optimiser over these parameters."""


class Adam(Optimiser):
    """Adaptive moments."""

    kind: Literal["adam"] = "adam"
    title: ClassVar[str] = "Adam"
    source: ClassVar[str] = "Kingma & Ba (2015) ICLR, arXiv:1412.6980"
    learning_rate: Rate = 3e-3

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, lr=self.learning_rate, fused=True)


class AdamW(Optimiser):
    """Adam with decoupled weight decay."""

    kind: Literal["adamw"] = "adamw"
    title: ClassVar[str] = "AdamW"
    source: ClassVar[str] = "Loshchilov & Hutter (2019) ICLR, arXiv:1711.05101"
    learning_rate: Rate = 3e-3
    weight_decay: Decay = 0.01

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.AdamW(parameters, lr=self.learning_rate, weight_decay=self.weight_decay, fused=True)


class SGD(Optimiser):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    title: ClassVar[str] = "SGD"
    source: ClassVar[str] = "Robbins & Monro (1951); Polyak (1964)"
    learning_rate: Annotated[float, Field(gt=0, description="Size of one step."), Typical(1e-3, 1, log=True)] = 0.05
    momentum: Annotated[
        float, Field(ge=0, lt=1, description="Share of the last step that is kept."), Typical(0, 0.99)
    ] = 0.9

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr=self.learning_rate, momentum=self.momentum, fused=True)


class RMSprop(Optimiser):
    """Steps divided by the running size of the gradient."""

    kind: Literal["rmsprop"] = "rmsprop"
    title: ClassVar[str] = "RMSprop"
    source: ClassVar[str] = "Tieleman & Hinton (2012) Coursera lecture 6.5"
    learning_rate: Rate = 1e-3
    smoothing: Annotated[
        float, Field(ge=0, lt=1, description="Memory of the running gradient size."), Typical(0.9, 0.999)
    ] = 0.99

    def over(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.RMSprop(parameters, lr=self.learning_rate, alpha=self.smoothing, foreach=True)


AnyOptimiser = Annotated[Adam | AdamW | SGD | RMSprop, Field(discriminator="kind")]
