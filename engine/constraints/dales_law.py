"""Dale's law: a neuron excites or inhibits all its targets alike."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Int8
from pydantic import Field

from engine.component import Invalid
from engine.connectomes.connectome import Connectome
from engine.constraints.constraint import Constraint
from engine.constraints.terms import Bearer, Terms


class DalesLaw(Constraint):
    """All outgoing recurrent weights of a unit carry that unit's sign; input and readout weights are free.

    Projection is Dale's backprop: the optimiser moves the weights, then those of the wrong sign are set to 0 and may
    grow again. Magnitude makes the weights from free parameters whose sign does not matter (Song et al. rectify; we
    offer the absolute value too, whose gradient does not vanish below 0, and two smooth functions).

    Two methods are kept as they were published, faults included, for comparison with what they gave. The faulty
    rectifier deletes every inhibitory weight at the first step, since weights are stored with their sign: the ledger
    shows an I share near 0. The faulty late projection restores the laws of W_in, W_rec and W_out only when a training
    step begins, and lets absent synapses have gradients: what is evaluated breaks the laws, and the ledger counts how
    often. What is shown and saved is projected first, so it is not quite the network that was evaluated.
    """

    title: ClassVar[str] = "Dale's law"
    source: ClassVar[str] = (
        "Projection: Dale's backprop, projected optimisation on sign-constrained weights; magnitude: Song, Yang & Wang "
        "(2016) PLoS Comput. Biol. 12: e1004792; faulty rectifier: notebooks of Balwani et al. (2025) Sci. Adv. "
        "doi:10.1126/sciadv.adw4970; faulty late projection: nn4n 1.2.0"
    )

    method: Annotated[
        Literal[
            "projection",
            "magnitude",
            "off",
            "faulty_rectifier_as_published",
            "faulty_late_projection_as_published",
        ],
        Field(
            description="How signs are kept: by projection after each step, by a function of fixed sign, or not at "
            "all; the two as published are faulty: one deletes inhibition, the other breaks the laws between steps"
        ),
    ] = "projection"
    magnitude: Annotated[
        Literal["abs", "relu", "softplus", "exponential"],
        Field(
            description="The function that makes a strength from a free parameter; used by the method 'magnitude' only"
        ),
    ] = "abs"
    sign_of: Annotated[
        Literal["unit", "synapse"],
        Field(
            description="Signs are those of the units (Dale's law), or of each synapse as the connectome weighs it; "
            "a synapse of weight 0 is free then"
        ),
    ] = "unit"

    def amended(self, terms: Terms, matrix: str, bearer: Bearer, address: str) -> Terms:
        """Raises Invalid if a unit has no sign, unless signs belong to synapses."""
        if self.method == "off" or matrix != "W_rec":
            return terms
        if self.sign_of == "synapse":
            return terms.but(sign=np.sign(bearer.connectome.weights).astype(np.int8))
        return terms.but(sign=_signs(bearer.connectome, f"{address}.method")[None, :])


def _signs(connectome: Connectome, address: str) -> Int8[np.ndarray, " units"]:
    free = np.flatnonzero(connectome.signs == 0)
    if free.size:
        raise Invalid(
            f"Dale's law needs a sign for every unit, but {free.size} of {connectome.n} have none (first: "
            f"{connectome.names[free[0]]}); give signs in the wiring or switch Dale's law off.",
            address,
        )
    return connectome.signs.astype(np.int8)
