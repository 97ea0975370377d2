"""The last step of every wiring: signs are given and the connectome is put together."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float

from engine.connectomes.connectome import Connectome
from engine.connectomes.signs import SignRule, Unsigned, signed_weights

LETTER = {1: "E", -1: "I", 0: "free"}


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
    inhibition_is_local: bool = False,
) -> Connectome:
    """A connectome whose units have the signs of `rule`; without cell types of their own, their types are E, I or free.

    If inhibition is local, the connections of inhibitory units to other areas are left out.
    """
    signs, said = rule.signs(unsigned, rng)
    if inhibition_is_local:
        unsigned = replace(
            unsigned, strengths=np.where(_within(unsigned.areas) | (signs >= 0), unsigned.strengths, 0.0)
        )
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
    return made.but(remarks=(*made.remarks, *_isolated(made)))


def _within(areas: tuple[str, ...]) -> Bool[np.ndarray, "post pre"]:
    area = np.unique(np.array(areas), return_inverse=True)[1]
    return area[:, None] == area[None, :]


def _isolated(made: Connectome) -> tuple[str, ...]:
    alone = [made.names[i] for i in made.isolated]
    if not alone:
        return ()
    shown = ", ".join(alone[:5]) + (f" and {len(alone) - 5} more" if len(alone) > 5 else "")
    verb = "unit has no connection" if len(alone) == 1 else "units have no connection"
    return (f"{len(alone)} {verb} to another unit: {shown}.",)
