"""Which cell types may project to which, within areas and between them."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool
from pydantic import Field

from engine.component import Component, Invalid, near
from engine.connectomes.connectome import Connectome


class TargetRule(Component):
    """Recurrent connections of one cell type to another are allowed or not; a later rule overrides an earlier one.

    A rule forbids connections that the connectome has, or allows again what an earlier rule forbids; it makes none.
    Long-range projections of excitatory cells only are two rules: between areas nobody may, then E may.
    """

    title: ClassVar[str] = "Rule for cell types"

    from_type: Annotated[str, Field(description="Cell type of the sources; empty for any")] = ""
    to_type: Annotated[str, Field(description="Cell type of the targets; empty for any")] = ""
    where: Annotated[
        Literal["anywhere", "within_areas", "between_areas"],
        Field(description="Connections anywhere, those within an area, or those between areas"),
    ] = "between_areas"
    allowed: Annotated[bool, Field(description="Whether such connections may exist")] = True


def allowed(rules: Sequence[TargetRule], connectome: Connectome, address: str) -> Bool[np.ndarray, "#post #pre"]:
    """Where the rules allow a connection. Raises Invalid for a type that no unit has."""
    result = np.ones((1, 1), dtype=bool)
    for index, rule in enumerate(rules):
        chosen = _of_type(connectome, rule.to_type, f"{address}.{index}.to_type")[:, None]
        chosen = chosen & _of_type(connectome, rule.from_type, f"{address}.{index}.from_type")[None, :]
        if rule.where != "anywhere":
            areas = np.unique(np.array(connectome.areas), return_inverse=True)[1]
            chosen = chosen & ((areas[:, None] == areas[None, :]) == (rule.where == "within_areas"))
        result = np.where(chosen, rule.allowed, result)
    return result


def _of_type(connectome: Connectome, wanted: str, address: str) -> Bool[np.ndarray, " units"]:
    known = dict.fromkeys(connectome.types)
    if wanted and wanted not in known:
        said = near(wanted, known) or f" There are {', '.join(known)}."
        raise Invalid(f"No unit of this connectome is of the type '{wanted}'.{said}", address)
    return np.array([not wanted or kind == wanted for kind in connectome.types])
