"""Several connectomes side by side, as one without connections between them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float, Shaped

from engine.connectomes.connectome import Connectome

GAP = 0.1  # between parts, as a share of the widest one


def side_by_side(made: Sequence[Connectome], called: Sequence[str], keep_areas: bool, equal_scale: bool) -> Connectome:
    """One connectome with blocks on its diagonal; units are called part/unit and lie beside those of the part before.

    With equal scale, the strengths of every part are divided by their mean.
    """
    pairs = [*zip(called, made, strict=True)]
    weights = [_scaled(one.weights) if equal_scale else one.weights for one in made]
    positions, missing = _beside(made, called)
    found = any(one.unknown is not None for one in made)
    unknown = [np.zeros((one.n, one.n), bool) if one.unknown is None else one.unknown for one in made]
    return Connectome(
        weights=_blocks(weights),
        mask=_blocks([one.mask for one in made]),
        signs=np.concatenate([one.signs for one in made]),
        names=tuple(f"{name}/{unit}" for name, one in pairs for unit in one.names),
        areas=tuple(f"{name}/{area}" if keep_areas else name for name, one in pairs for area in one.areas),
        types=tuple(kind for one in made for kind in one.types),
        positions_um=positions,
        unknown=_blocks(unknown) if found else None,
        labels=_labels(made, called),
        provenance=tuple(f"{name}: {line}" for name, one in pairs for line in one.provenance),
        remarks=(*(f"{name}: {line}" for name, one in pairs for line in one.remarks), *missing),
    )


def linked(whole: Connectome, links: Float[np.ndarray, "post pre"], did: str) -> Connectome:
    """The connectome with more connections, whose strengths take the sign of their source; + where it has none."""
    sign = np.where(whole.signs == 0, 1, whole.signs)[None, :]
    weights = links * sign
    weights += whole.weights
    return replace(whole, weights=weights, mask=whole.mask | (links > 0)).but(did)


def _scaled(weights: Float[np.ndarray, "post pre"]) -> Float[np.ndarray, "post pre"]:
    strengths = np.abs(weights[weights != 0])
    return weights / strengths.mean() if strengths.size else weights


def _blocks(parts: Sequence[Shaped[np.ndarray, "_ _"]]) -> Shaped[np.ndarray, "post pre"]:
    ends = np.cumsum([0, *map(len, parts)])
    whole = np.zeros((ends[-1], ends[-1]), parts[0].dtype)
    for part, first, end in zip(parts, ends[:-1], ends[1:], strict=True):
        whole[first:end, first:end] = part
    return whole


def _labels(made: Sequence[Connectome], called: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """All labels of all parts, empty where a part lacks one, and the part itself."""
    known = dict.fromkeys(label for one in made for label in one.labels)
    labels = {label: tuple(value for one in made for value in one.labels.get(label, ("",) * one.n)) for label in known}
    return labels | {"part": tuple(name for name, one in zip(called, made, strict=True) for _ in one.names)}


def _beside(
    made: Sequence[Connectome], called: Sequence[str]
) -> tuple[Float[np.ndarray, "units 3"] | None, tuple[str, ...]]:
    without = [name for name, one in zip(called, made, strict=True) if one.positions_um is None]
    if without:
        said = f"Positions are left out, since {', '.join(without)} has none."
        return None, (said,) if len(without) < len(made) else ()
    placed = [one.positions_um - one.positions_um.min(0) for one in made]
    widths = [part[:, 0].max() for part in placed]
    starts = np.cumsum([0.0, *(width + GAP * max(widths) for width in widths[:-1])])
    return np.concatenate([part + np.array([start, 0.0, 0.0]) for part, start in zip(placed, starts, strict=True)]), ()
