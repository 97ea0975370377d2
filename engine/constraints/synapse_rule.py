"""A rule for some synapses, or some biases: whether they exist, with which sign, how plastic, within which limits."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool
from pydantic import Field

from engine.component import Invalid, Typical
from engine.connectomes import selectors
from engine.constraints.constraint import Constraint
from engine.constraints.terms import BIASES, Bearer, Terms

SIGN = {"excitatory": 1, "inhibitory": -1, "free": 0, None: None}


class SynapseRule(Constraint):
    """What holds for the synapses from some units or inputs to others; a property left empty stays as it was.

    Rules apply in order after all other constraints, and override them: a rule may let synapses exist that the
    connectome lacks, or free them of Dale's law.
    """

    title: ClassVar[str] = "Rule for synapses"

    matrix: Annotated[
        Literal["W_in", "W_rec", "W_out", "bias", "bias_out"],
        Field(description="Input, recurrent or readout weights, or the biases of units or of outputs"),
    ] = "W_rec"
    pre: Annotated[
        str,
        Field(description="Sources: all, area:V1, type:PV, unit:AVAL, sign:E, input:stimulus; several joined by |"),
    ] = "all"
    post: Annotated[
        str,
        Field(description="Targets: all, area:V1, type:PV, unit:AVAL, sign:E, output:choice; several joined by |"),
    ] = "all"
    exists: Annotated[bool | None, Field(description="Whether these synapses may exist; empty leaves it")] = None
    sign: Annotated[
        Literal["excitatory", "inhibitory", "free"] | None, Field(description="Their sign; empty leaves it")
    ] = None
    plasticity: Annotated[
        float | None,
        Field(ge=0, description="Factor of every update, after the optimiser; 0 freezes; empty leaves it"),
        Typical(0, 1, 0.05),
    ] = None
    low: Annotated[float | None, Field(description="Lowest weight; empty leaves it"), Typical(-2, 0, 0.05)] = None
    high: Annotated[float | None, Field(description="Highest weight; empty leaves it"), Typical(0, 2, 0.05)] = None

    def amended(self, terms: Terms, matrix: str, bearer: Bearer, address: str) -> Terms:
        """Raises Invalid for names that nobody has, and for sources of a bias."""
        if matrix != self.matrix:
            return terms
        chosen = self.chosen(bearer, address)
        return terms.where(
            chosen, exists=self.exists, sign=SIGN[self.sign], plasticity=self.plasticity, low=self.low, high=self.high
        )

    def chosen(self, bearer: Bearer, address: str) -> Bool[np.ndarray, "*#weights"]:
        """The synapses, or biases, that are meant; a side of length 1 stands for all."""
        post = self._side("post", "output" if self.matrix in ("W_out", "bias_out") else "unit", bearer, address)
        if self.matrix not in BIASES:
            pre = self._side("pre", "input" if self.matrix == "W_in" else "unit", bearer, address)
            return post[:, None] & pre[None, :]
        if self.pre.strip() != "all":
            raise Invalid(f"A bias has no source, but this rule names '{self.pre}'; write all.", f"{address}.pre")
        return post

    def _side(self, side: str, kind: str, bearer: Bearer, address: str) -> Bool[np.ndarray, " side"]:
        selector, where = getattr(self, side), f"{address}.{side}"
        if selector.strip() == "all":
            return np.ones(1, dtype=bool)
        if kind == "unit":
            return selectors.units(bearer.connectome, selector, where)
        names = bearer.inputs if kind == "input" else bearer.outputs
        return selectors.channels(names, kind, selector, where)
