"""Verdicts on the page: a word with its icon and colour, never a colour alone; and how results are named."""

from collections.abc import Mapping
from html import escape

from app import look
from app.papers import Result
from engine.experiments.papers.paper import Scale
from engine.experiments.papers.verdict import WORDS
from engine.experiments.papers.verdict_rows import plural

COLOURS = {
    "reproduced": "#1a7f37", "partly": "#8a5a00", "not reproduced": "#b3261e", "needs more runs": "#5c6470",
    "needs data": "#40618a",
}  # fmt: skip
PATHS = {
    "reproduced": "M3 8.5l3.2 3.2L13 4.8",
    "partly": "M3 8q2.5-4 5 0t5 0",
    "not reproduced": "M4 4l8 8M12 4l-8 8",
    "needs more runs": "M8 2.2a5.8 5.8 0 1 0 .01 0M8 5v3.3l2.2 1.4",
    "needs data": "M8 2.5v7M5 6.8l3 3 3-3M3 13h10",
}


def chip(word: str, count: int | None = None) -> str:
    """A verdict as HTML; with a `count`, that many of them."""
    icon = (
        f'<svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true"><path d="{PATHS.get(word, "")}" '
        'fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"/></svg>'
    )
    said = escape(word if count is None else f"{count} {plural(word, count)}")
    return f'<span class="verdict" style="background:{COLOURS.get(word, look.QUIET)}">{icon}{said}</span>'


def counts(words: Mapping[str, int]) -> str:
    """How many claims have which verdict."""
    return "".join(chip(word, words[word]) for word in WORDS if words.get(word))


def scale_said(scale: Scale) -> str:
    """Sizes and seeds in words."""
    seeds = "the recipe's own seeds" if scale.seeds is None else look.counted(scale.seeds, "seed")
    own = "".join(f", {what} {name}" for what, name in scale.own)
    return f"{'published' if scale.full else 'default'} sizes, {seeds} from {scale.first_seed}{own}"


def name_of(result: Result) -> str:
    """What distinguishes it from other results of its paper."""
    if result.is_shipped:
        return "Shipped with Connectarium"
    return f"Here: {scale_said(result.scale)}"


def standing_said(result: Result) -> str:
    """Where it stands, in a sentence as HTML."""
    if result.fault:
        return escape(result.fault)
    parts, done = look.counted(len(result.parts), "part"), len(result.done)
    if result.is_shipped:
        return _shipped_said(result)
    if result.state == "running":
        return _running_said(result)
    if result.state == "done":
        return f"All {parts} are done."
    why = result.standing.message if result.standing is not None and result.standing.state != "done" else ""
    old = f", {result.outdated} by an earlier recipe" if result.outdated else ""
    said = f"{done} of {parts} {'is' if done == 1 else 'are'} done{old}; <b>Go on</b> does the rest."
    return f"{escape(why)} {said}".strip()


def _shipped_said(result: Result) -> str:
    made = result.made
    version, day = escape(str(made.get("version") or "–")), escape(str(made.get("date") or "–"))
    said = f"Opened without training: made by version {version} on {day}, {escape(scale_said(result.scale))}."
    changed = len(result.changed)
    return said + (f" {look.counted(changed, 'recipe')} changed since: run it again for those." if changed else "")


def _running_said(result: Result) -> str:
    stand = result.standing.stand
    if stand is None or not stand.parts:
        return escape(result.standing.message or "Starting.") + " Its first numbers take some seconds."
    part = f"Part {min(stand.number + 1, stand.parts)} of {stand.parts}, <b>{escape(stand.part)}</b>"
    step = f" · step {stand.step:,} of {stand.steps:,}" if stand.steps > 1 else ""
    said = f" · {escape(stand.said)}" if stand.said else ""
    return f"{part}{step}{said} · about {look.duration(stand.left_s)} left in all"
