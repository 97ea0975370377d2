"""The last step of every wiring: signs are given and the connectome is put together."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Int8

from engine.connectomes.connectome import Connectome
from engine.connectomes.signs import SignRule, Unsigned, signed_weights

LETTER = {1: "E", -1: "I", 0: "free"}
Strengths = Callable[[Int8[np.ndarray, " pre"]], Float[np.ndarray, "post pre"]]


def assembled(
    unsigned: Unsigned,
    rule: SignRule,
    rng: np.random.Generator,
    names: tuple[str, ...],
    *,
    cell_types: tuple[str, ...] | None = None,
    positions_um: Float[np.ndarray, "units 3"] | None = None,
    labels: Mapping[str, tuple[str, ...]] | None = None,
    provenance: tuple[str, ...] = (),
    remarks: tuple[str, ...] = (),
    strengths: Strengths | None = None,
    least_inputs: int = 0,
) -> Connectome:
    """A connectome whose units have the signs of `rule`; without cell types of their own, their types are E, I or free.

    Where connections depend on signs, `strengths` gives them. Units that hear fewer than `least_inputs` are named.
    """
    signs, said = rule.signs(unsigned, rng)
    if strengths is not None:
        unsigned = replace(unsigned, strengths=strengths(signs))
    letters = tuple(LETTER[int(sign)] for sign in signs)
    counts = ", ".join(f"{letters.count(letter)} {letter}" for letter in LETTER.values() if letter in letters)
    made = Connectome(
        weights=signed_weights(unsigned, signs),
        mask=unsigned.strengths > 0,
        signs=signs,
        names=names,
        areas=unsigned.areas,
        types=cell_types or letters,
        positions_um=positions_um,
        labels={**(labels or {}), "sign": letters},
        provenance=(*provenance, f"Signs: {rule.title.lower() if rule.title[1].islower() else rule.title} ({counts})."),
        remarks=(*remarks, *said),
    )
    return made.but(remarks=(*made.remarks, *isolated(made), *wanting(made, least_inputs)))


def isolated(made: Connectome) -> tuple[str, ...]:
    """A remark that names the units without connections, if there are any."""
    alone = [made.names[i] for i in made.isolated]
    verb = "unit has no connection" if len(alone) == 1 else "units have no connection"
    return (f"{len(alone)} {verb} to another unit: {_some(alone)}.",) if alone else ()


def wanting(made: Connectome, least: int) -> tuple[str, ...]:
    """A remark that names the units that hear fewer others than wished for, if there are any."""
    inputs = (made.mask & ~np.eye(made.n, dtype=bool)).sum(1) if least else np.zeros(made.n)
    few = [made.names[i] for i in np.flatnonzero(inputs < least)]
    verb = "unit hears" if len(few) == 1 else "units hear"
    said = f"{len(few)} {verb} fewer than {least} others, since no more may project there: {_some(few)}."
    return (said,) if few else ()


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
