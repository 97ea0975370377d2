"""Every unit gets at least so many inputs, or outputs."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from jaxtyping import Bool
from pydantic import Field

from engine.component import Invalid, Typical
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.block import Block
from engine.connectomes.steps.filling import with_added
from engine.connectomes.steps.selection import PostAreas, PostTypes, PreAreas, PreTypes, counted
from engine.connectomes.steps.step import Step


class MinimumDegree(Step):
    """Connections are added by chance until every unit has at least so many; none is removed.

    Only connections from the chosen sources to the chosen targets count and are added, none of a unit with itself.
    """

    kind: Literal["minimum_degree"] = "minimum_degree"
    title: ClassVar[str] = "Guarantee inputs or outputs"
    source: ClassVar[str] = "ours: an edit"
    end: Annotated[
        Literal["inputs", "outputs"], Field(description="Every target has so many inputs, or every source outputs.")
    ] = "inputs"
    connections: Annotated[int, Field(ge=1, description="Least number for each unit."), Typical(1, 20, 1)] = 1
    pre_areas: PreAreas = ()
    pre_types: PreTypes = ()
    post_areas: PostAreas = ()
    post_types: PostTypes = ()

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Raises Invalid for an unknown area or type, or if a unit has too few partners to choose from."""
        block = Block(self.post_areas, self.post_types, self.pre_areas, self.pre_types)
        possible = block.pairs(connectome) & ~np.eye(connectome.n, dtype=bool)
        inward = self.end == "inputs"
        units = np.flatnonzero(block.ends(connectome)[0 if inward else 1])
        self._require_partners(connectome, possible if inward else possible.T, units)
        there = connectome.mask if inward else connectome.mask.T
        unit, partner = _missing(possible if inward else possible.T, there, units, self.connections, rng)
        new = unit * connectome.n + partner if inward else partner * connectome.n + unit
        did = f"{counted(len(new), 'connection')} added {block}, so that each unit has {self.connections} {self.end}."
        return with_added(connectome, new, rng).but(did)

    def _require_partners(self, connectome: Connectome, possible: Bool[np.ndarray, "unit partner"], units: np.ndarray):
        few = units[possible[units].sum(1) < self.connections]
        if len(few):
            has, name = counted(int(possible[few[0]].sum()), "possible partner"), connectome.names[few[0]]
            raise Invalid(f"{name} has only {has}, fewer than the {self.connections} {self.end} asked for.")


def _missing(
    possible: Bool[np.ndarray, "unit partner"],
    there: Bool[np.ndarray, "unit partner"],
    units: np.ndarray,
    least: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Random new partners of the units that have too few: units and partners, pair by pair."""
    lacking = np.maximum(0, least - (there & possible)[units].sum(1))
    partners = [
        rng.permutation(np.flatnonzero(possible[unit] & ~there[unit]))[:count]
        for unit, count in zip(units[lacking > 0], lacking[lacking > 0], strict=True)
    ]
    return np.repeat(units, lacking), np.concatenate([np.zeros(0, dtype=np.int64), *partners])
