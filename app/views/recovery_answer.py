"""What Recovery asks the engine, and what it says of the answers in sentences."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import TypeVar

from app import look
from app.subject import Subject, question_to
from engine.analysis import (
    AgreementAnalysis,
    PerturbationAnalysis,
    PredictionAnalysis,
    RecoveryAnalysis,
    ShiftersAnalysis,
)
from engine.analysis import Subject as Asked
from engine.analysis.agreement import Agreement
from engine.analysis.perturbation import Perturbation
from engine.analysis.prediction import Prediction
from engine.analysis.recovery import Recovery
from engine.analysis.shifters import Shifters
from engine.component import Invalid
from engine.tasks.recorded_activity import RecordedActivity

Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Answer:
    """What could be answered; `refused` says of the rest why not."""

    recovery: Recovery | None
    shifters: Shifters | None
    prediction: Prediction | None
    agreement: Agreement | None
    perturbation: Perturbation | None
    refused: tuple[str, ...]


def answered(subject: Subject, silenced: str) -> Answer:
    """All scores of a fitted network. Runs on a worker thread."""
    asked, refused = question_to(subject), []

    def tried(compute: Callable[[Asked], Found]) -> Found | None:
        try:
            return compute(asked)
        except Invalid as fault:
            if str(fault) not in refused:
                refused.append(str(fault))
            return None

    found = (
        tried(RecoveryAnalysis().compute),
        tried(ShiftersAnalysis().compute) if _is_ring(asked) else None,
        tried(PredictionAnalysis().compute),
        tried(AgreementAnalysis().compute) if subject.networks > 1 else None,
        tried(PerturbationAnalysis(silenced=silenced).compute) if silenced.strip() and _is_simulated(asked) else None,
    )
    return Answer(*found, tuple(refused))


def _is_ring(asked: Asked) -> bool:
    return isinstance(asked.task, RecordedActivity) and len(asked.task.recording.sheet()) == 1


def _is_simulated(asked: Asked) -> bool:
    return isinstance(asked.task, RecordedActivity) and "silenced" in type(asked.task.recording).model_fields


def sentences(answer: Answer) -> str:
    """The main numbers."""
    parts = (_recovery(answer.recovery), _shifters(answer.shifters), _prediction(answer.prediction),
             _agreement(answer.agreement), _perturbation(answer.perturbation))  # fmt: skip
    return "<br>".join([*(part for part in parts if part), *map(escape, answer.refused)]) + "<br>"


def _recovery(found: Recovery | None) -> str:
    if found is None:
        return ""
    said = f"<b>Entrywise correlation with the true weights {look.number(found.entrywise)}</b>"
    if found.relabellings:
        said += f" (relabelled units {look.number(found.by_chance)}, p {_p(found.p)})"
    if found.steps is None:
        return f"{said}; the units lie on no ring, so there is no ringness."
    said += f"; ringness {look.number(found.ringness)} (relabelled {look.number(found.ringness_null.mean())}, "
    said += f"p {_p(found.ringness_p)}); circulant profiles correlate by {look.number(found.profile)}, "
    return said + "which is high for almost everything."


def _p(value: float) -> str:
    return look.number(value, 2)


def _shifters(found: Shifters | None) -> str:
    if found is None:
        return ""
    hidden = len(found.offset)
    said = f"Modulated by velocity: {look.percent(found.modulated_observed)} of the observed units"
    if not hidden:
        return f"{said}; there are no hidden ones."
    said += f", {look.percent(found.modulated_hidden)} of the active hidden ones"
    said += f"; sign and offset correlate by {look.number(found.sign_offset)}"
    if found.products:
        of = ", ".join(f"{name} {look.number(product.profile)}" for name, product in found.products.items())
        said += f"; two-step products with the true shift, by sign of modulation: {of}"
    return f"{said}."


def _prediction(found: Prediction | None) -> str:
    if found is None:
        return ""
    errors = (
        f"mean {_error(found.mean)}, first frame kept {_error(found.held)}, persistence {_error(found.persistence)}"
    )
    said = f"<b>Held-out error {_error(found.model)}</b> ({errors}; variance {_error(found.variance)})."
    return " ".join([said, *map(escape, found.remarks)])


def _error(value: float) -> str:
    return look.number(value, 2)


def _agreement(found: Agreement | None) -> str:
    if found is None:
        return ""
    said = f"{look.counted(len(found.found), 'pair')} of seeds agree by {look.number(found.found.mean())} on average"
    return f"{said} (relabelled {look.number(found.by_chance.mean())})."


def _perturbation(found: Perturbation | None) -> str:
    if found is None:
        return ""
    said = f"With units silenced, the change correlates by {look.number(found.change_correlation)}"
    said += f", and {look.number(found.change_explained)} of it is foretold (1 all, 0 as who foretells none)."
    return said
