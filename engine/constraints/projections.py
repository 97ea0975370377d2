"""Which units the input reaches, and which units are read out."""

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool
from pydantic import Field

from engine.component import Invalid, Typical, near
from engine.connectomes.connectome import Connectome
from engine.constraints.constraint import Constraint
from engine.constraints.terms import Bearer, Terms
from engine.randomness import numpy_stream

Chosen = Bool[np.ndarray, " units"]


class Projections(Constraint):
    """Input reaches the units of some areas only, and only the units of some areas are read out.

    Of these units a random part may be taken, drawn from the stream (wiring seed, "input and readout"), inputs first.
    """

    title: ClassVar[str] = "Input and readout"

    input_areas: Annotated[
        tuple[str, ...], Field(description="Areas whose units receive the input; empty means all areas")
    ] = ()
    readout_areas: Annotated[
        tuple[str, ...], Field(description="Areas whose units are read out; empty means all areas")
    ] = ()
    readout_from: Annotated[
        Literal["all", "excitatory"],
        Field(
            description="Read out all units of these areas, or the excitatory ones only, as long-range projections are"
        ),
    ] = "all"
    input_fraction: Annotated[
        float,
        Field(gt=0, le=1, description="Part of these units, drawn by the wiring seed, that receives the input"),
        Typical(0.1, 1, 0.05),
    ] = 1.0
    readout_fraction: Annotated[
        float,
        Field(gt=0, le=1, description="Part of these units, drawn by the wiring seed, that is read out"),
        Typical(0.1, 1, 0.05),
    ] = 1.0
    one_to_one: Annotated[
        bool,
        Field(
            description="Output k is the rate of the k-th unit that is read out; nothing of the readout is learned, as "
            "in fits to a recording"
        ),
    ] = False
    overlap: Annotated[
        bool, Field(description="A unit may both receive the input and be read out; otherwise it does one of them")
    ] = True

    def amended(self, terms: Terms, matrix: str, bearer: Bearer, address: str) -> Terms:
        """Raises Invalid for an unknown area and where no unit receives input or is read out."""
        if matrix == "bias_out" and self.one_to_one:
            return terms.but(exists=np.zeros(1, dtype=bool))
        if matrix not in ("W_in", "W_out"):
            return terms
        receives, is_read = self.chosen(bearer, address)
        if matrix == "W_out" and self.one_to_one and bearer.outputs:
            return _fixed(terms, is_read, len(bearer.outputs), f"{address}.one_to_one")
        exists = receives[:, None] if matrix == "W_in" else is_read[None, :]
        return terms.but(exists=terms.exists & exists)

    def chosen(self, bearer: Bearer, address: str = "constraints.projections") -> tuple[Chosen, Chosen]:
        """The units that receive the input, and those that are read out."""
        connectome, rng = bearer.connectome, numpy_stream(bearer.seed, "input and readout")
        receives = _inside(connectome, self.input_areas, f"{address}.input_areas")
        is_read = _inside(connectome, self.readout_areas, f"{address}.readout_areas")
        if self.readout_from == "excitatory":
            is_read = is_read & (connectome.signs > 0)
        if not is_read.any():
            raise Invalid(
                "No unit is read out: these areas have no excitatory units; read out all units, or other areas.",
                f"{address}.readout_from",
            )
        receives = _part(receives, self.input_fraction, receives, rng)
        left = is_read if self.overlap else is_read & ~receives
        wanted = _share(is_read, self.readout_fraction)
        if wanted > left.sum():
            raise Invalid(
                f"{wanted} units are to be read out, but only {left.sum()} of them receive no input; take smaller "
                "fractions, or allow an overlap.",
                f"{address}.readout_fraction",
            )
        return receives, _part(is_read, self.readout_fraction, left, rng)


def _fixed(terms: Terms, is_read: Chosen, outputs: int, address: str) -> Terms:
    """Weights of 1 from the k-th unit read out to output k. Raises Invalid if there are fewer units than outputs."""
    units = np.flatnonzero(is_read)
    if len(units) < outputs:
        said = f"{outputs} outputs are to be the rates of one unit each, but {len(units)} units are read out"
        raise Invalid(f"{said}; read out more areas, or observe fewer units.", address)
    pairs = np.zeros((outputs, len(is_read)), dtype=bool)
    pairs[np.arange(outputs), units[:outputs]] = True
    return terms.but(exists=pairs).where(pairs, low=1.0, high=1.0)


def _share(units: Chosen, fraction: float) -> int:
    return max(1, math.floor(units.sum() * fraction + 1e-9))


def _part(units: Chosen, fraction: float, candidates: Chosen, rng: np.random.Generator) -> Chosen:
    """As many of the candidates as the fraction of the units."""
    wanted = _share(units, fraction)
    if wanted == candidates.sum():
        return candidates
    drawn = np.zeros(len(units), dtype=bool)
    drawn[rng.choice(np.flatnonzero(candidates), wanted, replace=False)] = True
    return drawn


def _inside(connectome: Connectome, areas: tuple[str, ...], address: str) -> Chosen:
    known = connectome.area_names
    for area in areas:
        if area not in known:
            listed = ", ".join(known[:8])
            said = f"There is no area '{area}' in this connectome; its areas are {listed}.{near(area, known)}"
            raise Invalid(said, address)
    return np.array([not areas or area in areas for area in connectome.areas])
