"""All constraints of a network, bound to a connectome as one law per weight matrix and bias."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
import torch
from pydantic import Field

from engine.component import Component, Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.constraints.connection_mask import ConnectionMask
from engine.constraints.dales_law import DalesLaw
from engine.constraints.law import Law
from engine.constraints.low_rank import LowRank
from engine.constraints.magnitude import Magnitude
from engine.constraints.projection import FaultyLateProjection, FaultyRectifier, Projection
from engine.constraints.projections import Projections
from engine.constraints.synapse_rule import SynapseRule
from engine.constraints.target_rule import TargetRule, allowed
from engine.constraints.terms import BIASES, MATRICES, WEIGHTS, Bearer, Terms


class Constraints(Component):
    """What the weights of a network may be."""

    dales_law: Annotated[DalesLaw, Field(description="Every unit excites or inhibits all its targets alike")] = (
        DalesLaw()
    )
    connection_mask: Annotated[ConnectionMask, Field(description="Synapses that the connectome lacks stay absent")] = (
        ConnectionMask()
    )
    projections: Annotated[Projections, Field(description="Which units receive input and which are read out")] = (
        Projections()
    )
    target_rules: Annotated[
        tuple[TargetRule, ...], Field(description="Which cell types may project to which, within and between areas")
    ] = ()
    rules: Annotated[
        tuple[SynapseRule, ...],
        Field(description="Existence, sign, plasticity and limits of chosen synapses and biases; later ones override"),
    ] = ()

    rank: Annotated[
        int | None,
        Field(
            ge=1,
            le=10_000,
            description="Recurrent weights of n units are M Nᵀ / n; M and N, with so many columns each, learn. Needs "
            "connection mask and Dale's law off. Empty: any rank",
        ),
        Typical(1, 10, 1),
    ] = None

    def bind(
        self, connectome: Connectome, inputs: Sequence[str] = (), outputs: Sequence[str] = (), seed: int = 0
    ) -> dict[str, Law]:
        """One law for "W_in", "W_rec", "W_out", "bias" and "bias_out" each.

        `inputs` and `outputs` name the channels of the task, for rules that do; `seed` is that of the wiring, for
        random inputs and readouts. Raises Invalid where the connectome lacks what a law needs, or nothing is lawful.
        """
        bearer = Bearer(connectome, tuple(inputs), tuple(outputs), seed)
        return {matrix: self._law(matrix, self.terms(matrix, bearer), bearer) for matrix in MATRICES}

    def terms(self, matrix: str, bearer: Bearer) -> Terms:
        """What all constraints together lay down for one matrix: rules come last."""
        terms = Terms.free(matrix)
        for name in ("dales_law", "connection_mask", "projections"):
            terms = getattr(self, name).amended(terms, matrix, bearer, f"constraints.{name}")
        if matrix == "W_rec" and self.target_rules:
            may = allowed(self.target_rules, bearer.connectome, "constraints.target_rules")
            terms = terms.but(exists=terms.exists & may)
        for index, rule in enumerate(self.rules):
            terms = rule.amended(terms, matrix, bearer, f"constraints.rules.{index}")
        return terms

    def _law(self, matrix: str, terms: Terms, bearer: Bearer) -> Law:
        low, high = terms.limits()
        if (low > high).any():
            raise self._contradiction(matrix, terms, bearer)
        if matrix in ("W_in", "W_out") and not terms.exists.any():
            said = "receives the input" if matrix == "W_in" else "is read out"
            raise Invalid(f"No unit {said}: the rules forbid every synapse of {matrix}.", "constraints.rules")
        bound = (*map(torch.from_numpy, (low, high)), torch.from_numpy(terms.plasticity))
        method = self.dales_law.method
        if matrix == "W_rec" and self.rank is not None:
            return self._low_rank(bound, bearer.connectome.n)
        if matrix in WEIGHTS and method == "faulty_late_projection_as_published":
            return FaultyLateProjection(*bound)
        if matrix == "W_rec" and method == "faulty_rectifier_as_published":
            return FaultyRectifier(*bound)
        if matrix == "W_rec" and method == "magnitude":
            return Magnitude(*bound, self.dales_law.magnitude)
        return Projection(*bound)

    def _low_rank(self, bound: tuple[torch.Tensor, ...], units: int) -> LowRank:
        if self.rank > units:
            said = f"A matrix of {units} units has at most rank {units}, not {self.rank}"
            raise Invalid(f"{said}; lower the rank, or leave it empty.", "constraints.rank")
        return LowRank(*bound, self.rank)

    def _contradiction(self, matrix: str, terms: Terms, bearer: Bearer) -> Invalid:
        """One sentence on the first weight of which no value is lawful, at the last rule that speaks of it."""
        low, high = np.broadcast_arrays(*terms.limits())
        place = tuple(np.argwhere(low > high)[0])
        whose = [side[k] if side else "all" for side, k in zip(bearer.names(matrix), place, strict=False)]
        what = f"{matrix} of {whose[0]}" if matrix in BIASES else f"{matrix} from {whose[1]} to {whose[0]}"
        speaks = [
            index
            for index, rule in enumerate(self.rules)
            if rule.matrix == matrix
            and (rule.sign, rule.low, rule.high) != (None, None, None)
            and np.broadcast_to(rule.chosen(bearer, "constraints.rules"), low.shape)[place]
        ]
        said = f"No value of {what} is lawful: it would have to be at least {low[place]:g} and at most {high[place]:g}"
        return Invalid(f"{said}; change sign, low or high of a rule.", f"constraints.rules.{speaks[-1]}")
