"""Names along an axis that do not cover each other."""


def spread(places: list[float], gap: float, end: float) -> list[float]:
    """Ascending places pushed apart to at least `gap`, within 0 to `end`; none if there is no room for all."""
    if len(places) * gap > end:
        return []
    moved, last = [], -gap / 2
    for place in places:
        last = max(place, last + gap)
        moved.append(last)
    last = end + gap / 2
    for k in range(len(moved) - 1, -1, -1):
        last = moved[k] = min(moved[k], last - gap)
    return moved
