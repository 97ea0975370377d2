"""Verdicts: whether a published claim holds in the networks that were trained here, and how sure that is."""

import math
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from jaxtyping import Bool, Float

from engine.analysis.interval import LEVEL, interval, wilson
from engine.experiments.papers.possible import within

Word = Literal["reproduced", "partly", "not reproduced", "needs more runs", "needs data"]
WORDS: tuple[Word, ...] = get_args(Word)


@dataclass(frozen=True)
class Verdict:
    """What was measured for a claim: an estimate with its 95 % interval over `n` networks, the tolerance, the word.

    `of` says what the number is, with its unit; `why` is one sentence. The word follows from the whole interval, of
    which only what the quantity can be is told.
    """

    word: Word
    of: str
    value: float
    low: float
    high: float
    n: int
    least: float
    most: float
    why: str


def judge(
    values: Float[np.ndarray, " n"], of: str, least: float = -math.inf, most: float = math.inf, needs: int = 1
) -> Verdict:
    """The mean over networks against [`least`, `most`].

    Inside: reproduced. Outside, though the interval reaches in: partly. Outside with its whole interval: not
    reproduced. With fewer than `needs` finite values: needs more runs.
    """
    values = np.asarray(values, dtype=float)
    finite = values[np.isfinite(values)]
    lost = len(values) - len(finite)
    gone = f"; {lost} of {len(values)} have no number and are left out" if lost else ""
    return _by_mean(interval(finite), len(finite), of, (least, most), needs, gone)


def judge_share(
    holds: Bool[np.ndarray, " n"], of: str, least: float = -math.inf, most: float = math.inf, needs: int = 1
) -> Verdict:
    """The share of networks of which something holds against [`least`, `most`], as `judge` does; Wilson's interval."""
    n, count = len(holds), int(np.sum(holds))
    low, high = (float(end[0]) for end in wilson(np.array([count]), np.array([n]), LEVEL)) if n else (math.nan,) * 2
    return _by_mean((count / n if n else math.nan, low, high), n, of, (least, most), needs)


def judge_side(
    values: Float[np.ndarray, " n"], of: str, least: float = -math.inf, most: float = math.inf, needs: int = 3
) -> Verdict:
    """On which side of a limit that stands for no difference the mean over networks lies, such as 0 or chance.

    The whole 95 % interval inside: reproduced. The whole interval outside: not reproduced. An interval that reaches
    over the limit leaves both open, wherever the mean lies: needs more runs.
    """
    verdict = judge(values, of, least, most, needs)
    values = np.asarray(values, dtype=float)
    _, low, high = interval(values[np.isfinite(values)])
    if verdict.word == "needs more runs" or (least <= low and high <= most) or high < least or low > most:
        return verdict
    said = f"{verdict.value:.4g} is the mean, but the interval {verdict.low:.4g} to {verdict.high:.4g} leaves open"
    return replace(verdict, word="needs more runs", why=f"{said} whether it is {_limits(least, most)}.")


def judge_each(
    values: Float[np.ndarray, " n"], of: str, least: float = -math.inf, most: float = math.inf, needs: int = 1
) -> Verdict:
    """Every single network against [`least`, `most`]: all inside is reproduced, some partly, none not reproduced."""
    values = np.asarray(values, dtype=float)
    mean, low, high = within(of, interval(values[np.isfinite(values)]))
    inside = int(((values >= least) & (values <= most)).sum())
    said = f"{inside} of {len(values)} are {_limits(least, most)}"
    word: Word = "reproduced" if inside == len(values) else "partly" if inside else "not reproduced"
    if len(values) < needs:
        word, said = "needs more runs", f"{len(values)} networks, but the claim needs {needs}"
    return Verdict(word, of, mean, low, high, len(values), least, most, f"{said}.")


def needs_data(verdict: Verdict, what: str, command: str) -> Verdict:
    """The same numbers, which settle nothing without data that are not at hand, and the command that adds these."""
    said = f"Needs data: {what}, which is not shipped"
    return replace(verdict, word="needs data", why=f"{said}; add it with {command} and run this paper again.")


def _by_mean(
    found: tuple[float, float, float], n: int, of: str, limits: tuple[float, float], needs: int, gone: str = ""
) -> Verdict:
    (_, low, high), (least, most), wanted = found, limits, _limits(*limits)
    reaches = math.isfinite(low) and low <= most and high >= least
    mean, low, high = within(of, found)
    if n < needs:
        said = f"{n} networks, but the claim needs {needs}{gone}"
        return Verdict("needs more runs", of, mean, low, high, n, least, most, f"{said}.")
    if least <= mean <= most:
        return Verdict("reproduced", of, mean, low, high, n, least, most, f"{mean:.4g} is {wanted}{gone}.")
    word: Word = "partly" if reaches else "not reproduced"
    tail = f", but the interval {low:.4g} to {high:.4g} reaches it" if reaches else ""
    return Verdict(word, of, mean, low, high, n, least, most, f"{mean:.4g} is not {wanted}{tail}{gone}.")


def _limits(least: float, most: float) -> str:
    if math.isinf(least):
        return f"at most {most:.4g}"
    return f"at least {least:.4g}" if math.isinf(most) else f"within {least:.4g} to {most:.4g}"
