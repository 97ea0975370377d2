"""Measures of joint activity that come with a connectome: those of the file, or computed anew from its spikes."""

from dataclasses import replace

import numpy as np

from engine.connectomes.formats.answers import Answers, Question
from engine.connectomes.formats.found import Found
from engine.connectomes.spike_measures import correlation, precision, spike_counts, tiling

SHARED = ("correlation", "sttc", "precision")


def questions(found: Found, given: Answers) -> list[Question]:
    """Where measures come from, if there are spike times; bin and window only if these count."""
    if found.spikes is None:
        return []
    there = [name for name in found.pairs if name in SHARED]
    stored = f"as in the file: {', '.join(there)}" if there else "the file has none: leave them out"
    many, seconds = len(found.spikes.times_ns), found.spikes.end_ns / 1e9
    proposal = "file" if there else "recomputed"
    asked = [
        Question(
            "measures",
            f"There are {many:,} spikes in {seconds:,.0f} s. Where shall measures of joint activity come from?",
            (
                ("file", stored),
                ("recomputed", "correlation and spike-time tiling, computed from the spike times"),
                ("with_precision", "these and precision, which takes some seconds for 100 units and minutes for 600"),
            ),
            proposal,
        )
    ]  # fmt: skip
    if (proposal if given.measures == "ask" else given.measures) == "file":
        return asked
    bins = "Width of the bins in which spikes are counted for the correlation, in ms"
    near = "How near two spikes lie that count as together for the tiling, in ms; of imaging, a frame at least"
    return [*asked, Question("bin_ms", bins, proposal="20"), Question("window_ms", near, proposal="5")]


def anew(found: Found, answers: Answers) -> tuple[Found, str]:
    """With the measures that its spikes tell in place of those of the file, if so answered; and what is to be said."""
    spikes = found.spikes
    if spikes is None or answers.measures not in ("recomputed", "with_precision"):
        return found, ""
    counts = spike_counts(spikes, answers.bin_ms)
    made = {"correlation": correlation(counts), "sttc": tiling(spikes, answers.window_ms)}
    if answers.measures == "with_precision":
        made["precision"] = precision(counts)
    between = ~np.eye(spikes.units, dtype=bool)
    means = ", ".join(f"{name} {values[between].mean():.3g}" for name, values in made.items())
    silent = int((spikes.per_unit == 0).sum())
    said = (
        f"Measures of joint activity were computed from {len(spikes.times_ns):,} spikes, in bins of "
        f"{answers.bin_ms:g} ms and a window of {answers.window_ms:g} ms; means between units: {means}."
    ) + (f" {silent:,} units never fire and share 0 with all others." if silent else "")
    kept = {name: values for name, values in found.pairs.items() if name not in SHARED}
    return replace(found, pairs={**kept, **made}), said
