"""Several sessions of the same units as one, whose trials tell from which session they are."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.formats.limits import shown
from engine.recordings.session import Session
from engine.variable import Variable


def joined(sessions: Sequence[Session], names: Sequence[str]) -> Session:
    """All trials, one session after the other, with a condition `session`. Raises Invalid where they do not fit."""
    first = sessions[0]
    for session, name in zip(sessions, names, strict=True):
        _require_alike(first, session, names[0], name)
    conditions, labels = _conditions(sessions)
    index = torch.cat([torch.full((one.trials,), k) for k, one in enumerate(sessions)])
    kept = tuple(replace(v, labels=labels.get(v.name, v.labels)) for v in first.variables if v.name != "session")
    return replace(
        first,
        rates=torch.cat([one.rates for one in sessions]),
        inputs=torch.cat([one.inputs for one in sessions]),
        behaviour={name: torch.cat([one.behaviour[name] for one in sessions]) for name in first.behaviour},
        conditions=conditions | {"session": index},
        remarks=tuple(dict.fromkeys(remark for one in sessions for remark in one.remarks)),
        variables=(*kept, Variable("session", "categorical", labels=tuple(names))),
    )


def _require_alike(first: Session, other: Session, first_name: str, name: str) -> None:
    """Raises Invalid, with what differs."""
    asked = {
        "units": (first.unit_names, other.unit_names),
        "inputs": (first.input_names, other.input_names),
        "steps of a trial": (first.steps, other.steps),
        "time between samples": (first.dt_ms, other.dt_ms),
        "behaviour": (set(first.behaviour), set(other.behaviour)),
        "conditions": ({v.name: v.kind for v in first.variables}, {v.name: v.kind for v in other.variables}),
    }
    for what, (one, two) in asked.items():
        if one != two:
            said = f"The sessions {shown(first_name)} and {shown(name)} differ in their {what}"
            raise Invalid(f"{said}; they must be sessions of the same units, cut alike.", "task.recording.file")


def _conditions(sessions: Sequence[Session]) -> tuple[dict[str, Tensor], Mapping[str, tuple[str, ...]]]:
    """The conditions of all, and the labels of those that are categories, which each session numbers by itself."""
    labels = {v.name: [next(w.labels for w in s.variables if w.name == v.name) for s in sessions]
              for v in sessions[0].variables if v.kind == "categorical"}  # fmt: skip
    known = {name: tuple(sorted(set().union(*each))) for name, each in labels.items()}
    found = {}
    for name in sessions[0].conditions:
        values = [session.conditions[name] for session in sessions]
        if name in known:
            places = [torch.from_numpy(np.searchsorted(known[name], each)) for each in labels[name]]
            values = [place[value] for place, value in zip(places, values, strict=True)]
        found[name] = torch.cat(values)
    return found, known
