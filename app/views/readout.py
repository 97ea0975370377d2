"""The readout of the transport: state, name, progress, pace and time left."""

from collections.abc import Mapping
from html import escape

from app import look
from app.runs import Sight

CSS = """
:host { font-size: 11px; line-height: 14px; font-variant-numeric: tabular-nums; }
.line { display: flex; gap: 6px; align-items: baseline; white-space: nowrap; overflow: hidden; }
.name { overflow: hidden; text-overflow: ellipsis; opacity: .85; }
.badge { font-weight: 600; }
.badge::before { content: "●"; margin-right: 4px; color: #8a8f98; }
.badge.running::before { color: #0877bd; } .badge.done::before { color: #009e73; }
.badge.paused::before, .badge.queued::before, .badge.stopped::before { color: #f28e1c; }
.badge.failed::before, .badge.lost::before, .badge.diverged::before, .badge.damaged::before { color: #d64545; }
.bar { height: 4px; border-radius: 2px; background: rgba(138, 143, 152, .25); margin: 3px 0; overflow: hidden; }
.bar i { display: block; height: 100%; background: #0877bd; border-radius: 2px; transition: width .3s linear; }
.bar i.done { background: #009e73; } .bar i.paused, .bar i.stopped { background: #f28e1c; }
.bar i.failed, .bar i.lost, .bar i.diverged { background: #d64545; }
.reason { color: #d64545; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; line-clamp: 3;
  line-height: 12.5px; overflow: hidden; }
.detail { color: #8a8f98; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
"""

AT_WORK = {"running": "training", "paused": "paused", "queued": "waiting"}


def others(states: Mapping[str, int]) -> str:
    """How many runs are at work, and at what; '' if none is."""
    parts = [(count, said) for state, said in AT_WORK.items() if (count := states.get(state, 0))]
    if len(parts) != 1:
        return ", ".join(f"{count} {said}" for count, said in parts)
    count, said = parts[0]
    return f"{look.counted(count, 'run')} {'is' if count == 1 else 'are'} {said}"


def readout(state: str, title: str, sight: Sight | None, fault: str = "", forecast: str = "", reason: str = "") -> str:
    """State, name, progress, pace and time left as a few lines of HTML that a screen reader can follow; with a
    `reason` why nothing can be started, that."""
    if reason and not state and not fault:
        return f'<div class="reason" role="status" title="{escape(reason)}">{escape(reason)}</div>'
    status = sight.status if sight else None
    step, steps = (sight.step, status.steps) if status else (0, 0)
    share = 100 * step / steps if steps else 0
    badge = "diverged" if sight and sight.diverged and len(sight.diverged) == sight.networks else state or "idle"
    word = "no run on show" if badge == "idle" else badge
    detail = escape(reason) or " · ".join(_details(state, sight)) or escape(fault or ("" if state else forecast))
    return (
        f'<div class="line" role="status"><span class="badge {badge}">{word}</span>'
        f'<span class="name" title="{escape(title)}">{escape(title.rpartition(" · ")[2])}</span></div>'
        f'<div class="bar" role="progressbar" aria-valuenow="{share:.0f}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-label="Training"><i class="{badge}" style="width:{share:.2f}%"></i></div>'
        f'<div class="detail" title="{escape(reason)}">{detail}</div>'
    )


def _details(state: str, sight: Sight | None) -> list[str]:
    status = sight.status if sight else None
    if status is None:
        return ["waits for a free place"] if state == "queued" else []
    said = [escape(status.stage)] if status.stage else []
    said += [f"step {sight.step:,} of {status.steps:,}"]
    pace = sight.steps_per_second
    if state == "running" and pace:
        said += [
            f"{pace:.0f} steps/s" if pace >= 10 else f"{pace:.2g} steps/s",
            f"{look.duration(sight.seconds_left or 0)} left",
        ]
    elif state == "queued":
        said = ["waits for a free place"]
    else:
        said += [f"trained {look.duration(status.seconds)}"]
    return said
