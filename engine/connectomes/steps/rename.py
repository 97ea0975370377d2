"""Areas or cell types get other names; equal names merge them."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from engine.component import Component, Invalid
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps.selection import groups_by, require_known
from engine.connectomes.steps.step import Step

Name = Annotated[str, Field(min_length=1, max_length=200)]


class NewName(Component):
    """One old name and the new one."""

    title: ClassVar[str] = "New name"
    old: Annotated[Name, Field(description="The name as it is.")] = "old"
    new: Annotated[Name, Field(description="The name as it shall be; one that exists merges the two.")] = "new"


class Rename(Step):
    """Areas or cell types are called otherwise; all at once, so two may swap their names."""

    kind: Literal["rename"] = "rename"
    title: ClassVar[str] = "Rename or merge"
    source: ClassVar[str] = "ours: an edit"
    what: Annotated[Literal["area", "type"], Field(description="Areas or cell types.")] = "area"
    names: Annotated[tuple[NewName, ...], Field(max_length=10_000, description="Old names with the new ones.")] = ()

    def change(self, connectome: Connectome, rng: np.random.Generator) -> Connectome:
        """Raises Invalid for an old name that does not exist, or is listed twice."""
        groups, new = groups_by(connectome, self.what), {entry.old: entry.new for entry in self.names}
        require_known(tuple(new), groups, self.what)
        if len(new) != len(self.names):
            raise Invalid(f"A name of an old {self.what} is listed twice; give each one new name.")
        told = ", ".join(f"{old} is now {name}" for old, name in new.items()) or "no name changed"
        renamed = tuple(new.get(group, group) for group in groups)
        return connectome.but(f"{self.what.capitalize()}s renamed: {told}.", **{f"{self.what}s": renamed})
