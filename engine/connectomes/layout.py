"""Areas: read off a label of the units, then merged as the user likes."""

from collections.abc import Mapping

from engine.component import Invalid, near

WHOLE = "all"  # the one area of a wiring that has no areas


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
