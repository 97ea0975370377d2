"""What changed between two connectomes: connections, units, areas, cell types and signs."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from engine.connectomes.connectome import Connectome
from engine.connectomes.sparse_wiring import SparseWiring, sparse


@dataclass(frozen=True, eq=False)
class ChangedConnections:
    """Connections from `pre` to `post`, places among the `names` of the difference; weight before and after.

    A weight is 0 where the connection did not exist.
    """

    pre: Int[np.ndarray, " changed"]
    post: Int[np.ndarray, " changed"]
    before: Float[np.ndarray, " changed"]
    after: Float[np.ndarray, " changed"]

    def __len__(self) -> int:
        return len(self.pre)


@dataclass(frozen=True)
class ChangedUnits:
    """Units of both connectomes whose area, type or sign is another one, with what it was and what it is."""

    names: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, eq=False)
class Difference:
    """What changed; units are known by their names, so the connectomes may have different ones.

    `names` are those of the first connectome, then those that only the second has. Connections of removed and of added
    units count as removed and added. `flipped` connections have the other sign (whatever their strength), `reweighted`
    ones another strength of the same sign. `unchanged` counts the connections that are the same in both.
    """

    names: tuple[str, ...]
    added_units: tuple[str, ...]
    removed_units: tuple[str, ...]
    added: ChangedConnections
    removed: ChangedConnections
    reweighted: ChangedConnections
    flipped: ChangedConnections
    areas: ChangedUnits
    types: ChangedUnits
    signs: ChangedUnits
    unchanged: int

    @property
    def counts(self) -> dict[str, int]:
        """How much changed, by kind."""
        kinds = (
            "added_units", "removed_units", "added", "removed", "reweighted", "flipped", "areas", "types", "signs",
        )  # fmt: skip
        return {kind: len(getattr(self, kind)) for kind in kinds}

    @property
    def nothing(self) -> bool:
        """Whether the two are the same."""
        return not any(self.counts.values())

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for every kind of change that there is; one that says so if there is none."""
        told = tuple(_sentence(kind, count) for kind, count in self.counts.items() if count)
        return told or (f"Nothing changed: all {self.unchanged:,} connections are the same.",)


def difference(first: Connectome | SparseWiring, second: Connectome | SparseWiring) -> Difference:
    """What changed from the first connectome to the second."""
    before, after = sparse(first), sparse(second)
    old, new = set(before.names), set(after.names)
    names = before.names + tuple(name for name in after.names if name not in old)
    place = {name: k for k, name in enumerate(names)}
    keys_before, weights_before = _connections(before, place)
    keys_after, weights_after = _connections(after, place)
    keys = _merged(keys_before, keys_after)
    was, is_ = np.zeros((2, len(keys)))
    at_before, at_after = np.searchsorted(keys, keys_before), np.searchsorted(keys, keys_after)
    was[at_before], is_[at_after] = weights_before, weights_after
    existed, exists = np.zeros((2, len(keys)), dtype=bool)
    existed[at_before] = exists[at_after] = True
    both, flips = existed & exists, was * is_ < 0

    def these(where: np.ndarray) -> ChangedConnections:
        return ChangedConnections(keys[where] % len(names), keys[where] // len(names), was[where], is_[where])

    return Difference(
        names,
        tuple(name for name in after.names if name not in old),
        tuple(name for name in before.names if name not in new),
        added=these(exists & ~existed),
        removed=these(existed & ~exists),
        reweighted=these(both & ~flips & (was != is_)),
        flipped=these(both & flips),
        areas=_changed(before, after, before.areas, after.areas),
        types=_changed(before, after, before.types, after.types),
        signs=_changed(before, after, _letters(before), _letters(after)),
        unchanged=int((both & (was == is_)).sum()),
    )


def painted(found: Difference, after: Connectome) -> Int[np.ndarray, "post pre"]:
    """What became of every pair of units of the second connectome.

    0: no connection, 1: as it was, 2: added, 3: removed, 4: of another strength, 5: of another sign.
    """
    place = {name: k for k, name in enumerate(after.names)}
    at = np.array([place.get(name, -1) for name in found.names])
    result = after.mask.astype(np.uint8)
    for code, kind in enumerate(("added", "removed", "reweighted", "flipped"), 2):
        changed: ChangedConnections = getattr(found, kind)
        post, pre = at[changed.post], at[changed.pre]
        here = (post >= 0) & (pre >= 0)
        result[post[here], pre[here]] = code
    return result


def _connections(wiring: SparseWiring, place: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Keys post · n + pre in the numbering of all names, ascending, with the weights."""
    listed = wiring.weights.tocoo()
    mine = np.array([place[name] for name in wiring.names], dtype=np.int64)
    keys = mine[listed.row] * len(place) + mine[listed.col]
    order = np.argsort(keys, kind="stable")
    return keys[order], listed.data[order]


def _merged(one: Int[np.ndarray, " one"], other: Int[np.ndarray, " other"]) -> Int[np.ndarray, " all"]:
    """All keys of two ascending lists, ascending: a stable sort merges the two, which is faster than `union1d`."""
    keys = np.sort(np.concatenate([one, other]), kind="stable")
    return keys[np.concatenate([[True], keys[1:] != keys[:-1]])] if len(keys) else keys


def _changed(before: SparseWiring, after: SparseWiring, was: tuple[str, ...], is_: tuple[str, ...]) -> ChangedUnits:
    then = dict(zip(after.names, is_, strict=True))
    found = [(n, w, then[n]) for n, w in zip(before.names, was, strict=True) if then.get(n, w) != w]
    return ChangedUnits(*(tuple(part) for part in zip(*found, strict=True))) if found else ChangedUnits((), (), ())


def _letters(wiring: SparseWiring) -> tuple[str, ...]:
    return tuple({1: "excitatory", -1: "inhibitory", 0: "free"}[int(sign)] for sign in wiring.signs)


def _sentence(kind: str, count: int) -> str:
    one, many = {
        "added_units": ("unit was added", "units were added"),
        "removed_units": ("unit was removed", "units were removed"),
        "added": ("connection was added", "connections were added"),
        "removed": ("connection was removed", "connections were removed"),
        "reweighted": ("connection has another strength", "connections have another strength"),
        "flipped": ("connection changed its sign", "connections changed their sign"),
        "areas": ("unit is in another area", "units are in another area"),
        "types": ("unit has another cell type", "units have another cell type"),
        "signs": ("unit has another sign", "units have another sign"),
    }[kind]
    return f"{count:,} {one if count == 1 else many}."
