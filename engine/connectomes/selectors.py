"""Selectors: a few words that pick units of a connectome, or channels of a task."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from engine.component import Invalid, near
from engine.connectomes.connectome import Connectome

SIGNS = {1: "E", -1: "I", 0: "free"}


def units(connectome: Connectome, selector: str, address: str = "") -> Bool[np.ndarray, " units"]:
    """The units that a selector picks.

    "all", or "area:V1", "type:PV", "unit:AVAL", "sign:E" (or I, or free), or any label of the connectome
    ("hemisphere:left"); several are joined by "|". Raises Invalid at `address` for a name that no unit has.
    """
    groups: dict[str, Sequence[str]] = {
        **connectome.labels,
        "area": connectome.areas,
        "type": connectome.types,
        "unit": connectome.names,
        "sign": [SIGNS[int(sign)] for sign in connectome.signs],
    }
    return _picked(groups, selector, connectome.n, address)


def channels(names: Sequence[str], kind: str, selector: str, address: str = "") -> Bool[np.ndarray, " channels"]:
    """The channels, of the kind "input" or "output", that a selector picks: "all", "input:stimulus" or "input:0"."""
    by_number = {f"{kind}:{k}": f"{kind}:{name}" for k, name in enumerate(names) if str(k) not in names}
    plain = "|".join(by_number.get(part.strip(), part) for part in selector.split("|"))
    return _picked({kind: names}, plain, len(names), address)


def joined(kind: str, names: Sequence[str]) -> str:
    """The selector that picks these names; fails for a name that a selector cannot hold."""
    odd = next((name for name in names if "|" in name or name != name.strip()), None)
    if odd is not None:
        raise Invalid(f"'{odd}' cannot stand in a selector: it holds '|' or begins or ends with a space.")
    return "|".join(f"{kind}:{name}" for name in names)


def _picked(groups: Mapping[str, Sequence[str]], selector: str, n: int, address: str) -> Bool[np.ndarray, " n"]:
    found = np.zeros(n, dtype=bool)
    wanted: dict[str, set[str]] = {}
    for part in selector.split("|"):
        if part.strip() == "all":
            return np.ones(n, dtype=bool)
        kind, _, name = part.strip().partition(":")
        _require(groups, part.strip(), kind, name, address)
        wanted.setdefault(kind, set()).add(name)
    for kind, names in wanted.items():
        found |= np.fromiter((name in names for name in groups[kind]), dtype=bool, count=n)
    return found


def _require(groups: Mapping[str, Sequence[str]], part: str, kind: str, name: str, address: str) -> None:
    if kind not in groups:
        known = ", ".join(["all", *(f"{group}:…" for group in groups)])
        raise Invalid(f"'{part}' picks nothing here; a selector is one of {known}.{near(kind, groups)}", address)
    if name not in groups[kind]:
        known = list(dict.fromkeys(groups[kind]))
        said = near(name, known) or f" There are {', '.join(known[:8])}{' and more' if len(known) > 8 else ''}."
        raise Invalid(f"There is no {kind} '{name}'.{said}", address)
