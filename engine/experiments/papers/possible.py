"""Which values a quantity can have at all, by what it is called: where an interval reaches further, it is told cut."""

import math
import re

Range = tuple[float, float]
Spread = tuple[float, float, float]  # mean, low, high

INTERVALS = (
    "Intervals are Student's over networks (Wilson's where a share of networks is told), cut where the quantity cannot "
    "have such values; verdicts are given by the whole interval."
)
ANY, SHARE, SIGNED, MODULARITY, POSITIVE = (-math.inf, math.inf), (0.0, 1.0), (-1.0, 1.0), (-0.5, 1.0), (0.0, math.inf)
KNOWN: tuple[tuple[str, Range], ...] = (  # the first of these that a name has, of which the former are the safer ones
    (r"more than|^rise of|diverged networks", ANY),
    (r"\bratio\b| / | over (?:that|those|mean|Σ)|within over|share of the ideal", POSITIVE),
    (r"σ|\bloss\b|MSE|error|epochs", POSITIVE),
    (r"\bQ\b|modularity", MODULARITY),
    (r"accuracy|\bshare\b|density|sparsity|spanning tree|homophily|energy|divergence|flagged|ideal observer", SHARE),
    (r"^p of|chance that|rank of|resultant|peak rate|squared correlation|of both|ringness", SHARE),
    (r"correlation|product through|assortativity|mixed selectivity|^r of|^r\(", SIGNED),
    (r"entropy|radius|Σ ?\|W\||\brate\b|capacity|violations|weights?\b|synapses", POSITIVE),
)
DIFFERENCE = re.compile(r" - | minus | less |difference")
BARS = re.compile(r"\|([^|]+)\|")  # an absolute value
MAGNITUDE = re.compile(BARS.pattern + r"(?:,.*)?")


def possible(of: str) -> Range:
    """The least and the largest value of a quantity by its name, infinite where nothing is known to bound it."""
    if magnitude := MAGNITUDE.fullmatch(of):
        return 0.0, max(map(abs, possible(magnitude[1])))
    low, high = next((found for words, found in KNOWN if re.search(words, of)), ANY)
    return (low - high, high - low) if DIFFERENCE.search(BARS.sub("", of)) else (low, high)


def within(of: str, found: Spread) -> Spread:
    """The interval of a quantity without what it cannot be."""
    (mean, low, high), (least, most) = found, possible(of)
    return (mean, max(low, least), min(high, most)) if least <= mean <= most else found
