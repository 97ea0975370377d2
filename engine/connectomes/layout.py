"""Areas: read off a label of the units, then merged as the user likes."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float

from engine.component import Invalid, near

WHOLE = "all"  # the one area of a wiring that has no areas


def numbered(n: int) -> tuple[str, ...]:
    """Units u1 … un."""
    return tuple(f"u{k}" for k in range(1, n + 1))


def grid_shape(n: int, dimensions: int) -> tuple[int, ...]:
    """Sides of the most compact grid that holds n units: 100 make 10 x 10 or 5 x 5 x 4."""
    side = next(k for k in range(1, n + 1) if k**dimensions >= n)
    return (*(side,) * (dimensions - 1), -(-n // side ** (dimensions - 1)))


def flatness(shape: tuple[int, ...], dimensions: int) -> str:
    """A sentence where a grid has fewer dimensions than the space that it stands for; '' where it fills it."""
    wide = sum(side > 1 for side in shape)
    if wide >= dimensions or max(shape, default=1) == 1:
        return ""
    sides = " x ".join(map(str, (*shape, *(1,) * (dimensions - len(shape)))))
    if wide == 1:
        return f"The grid of {sides} is a line: units have at most two neighbours, and most pairs are far apart."
    return f"The grid of {sides} is a plane: units have no neighbours above and below them."


def on_grid(n: int, shape: tuple[int, ...], spacing_um: float) -> Float[np.ndarray, "units 3"]:
    """The first n points of a grid, along its first axis first."""
    points = np.zeros((n, 3))
    points[:, : len(shape)] = np.stack(np.unravel_index(np.arange(n), shape, order="F"), 1) * spacing_um
    return points


def on_circle(n: int, radius_um: float) -> Float[np.ndarray, "units 3"]:
    """n points at equal angles, the first one on the x axis."""
    angle = 2 * np.pi * np.arange(n) / n
    return radius_um * np.stack([np.cos(angle), np.sin(angle), np.zeros(n)], 1)


def areas_by(labels: Mapping[str, tuple[str, ...]], area_by: str, n: int) -> tuple[str, ...]:
    """The area of every unit; 'one' puts all of them into one area. Raises Invalid if there is no such label."""
    if area_by == "one":
        return (WHOLE,) * n
    if area_by not in labels:
        known = [*labels, "one"]
        said = near(area_by, known) or f" It has {', '.join(known)}."
        raise Invalid(
            f"Areas cannot be read from '{area_by}': the connectome has no such label.{said}", "wiring.area_by"
        )
    return labels[area_by]


def merged(areas: tuple[str, ...], merged_areas: Mapping[str, str]) -> tuple[str, ...]:
    """Areas under their new names. Raises Invalid if an old name is no area or a new one is empty."""
    known = tuple(dict.fromkeys(areas))
    for old, new in merged_areas.items():
        if old not in known:
            said = near(old, known) or f" Areas are {', '.join(known)}."
            raise Invalid(f"There is no area '{old}' to merge.{said}", "wiring.merged_areas")
        if not new.strip():
            raise Invalid(f"The area that '{old}' is merged into needs a name.", "wiring.merged_areas")
    return tuple(merged_areas.get(area, area) for area in areas)
