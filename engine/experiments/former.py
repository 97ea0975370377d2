"""Addresses that moved: experiments, links and runs of earlier versions are read as if written today."""

from collections.abc import Callable
from typing import Any

# owner, field that it had, field that holds it now, and what stands there
MOVED: tuple[tuple[str, str, str, Callable[[Any], Any]], ...] = (
    ("wiring", "units_per_region", "expansion", lambda units: {"kind": "constant", "units_per_region": units}),
    (
        "wiring",
        "excitatory_only_between",
        "between",
        lambda only: {"inhibitory_to_excitatory": not only, "inhibitory_to_inhibitory": not only},
    ),
)


def renewed(content: Any) -> Any:
    """The same parsed JSON with every moved value in its present place; anything else is left as it is."""
    for owner, old, new, written in MOVED:
        inside = content.get(owner) if isinstance(content, dict) else None
        if isinstance(inside, dict) and old in inside and new not in inside:
            kept = {name: value for name, value in inside.items() if name != old}
            content = {**content, owner: {**kept, new: written(inside[old])}}
    return content
