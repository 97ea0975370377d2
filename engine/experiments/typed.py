"""Values as people type them, after `--set` or in a link."""

import json
from collections.abc import Mapping
from typing import Any

from engine.component import parameters
from engine.experiments.experiment import Experiment

NOTHING = ("none", "null", "off")


def with_typed(experiment: Experiment, texts: Mapping[str, str]) -> Experiment:
    """The experiment with these values at these addresses. Raises Invalid with one sentence that names the address."""
    values = {address: parsed_value(text) for address, text in texts.items()}
    return experiment.with_values(with_nothings(experiment, values))


def parsed_value(text: str) -> Any:
    """JSON if it is JSON, else the text itself."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # the latter for thousands of brackets
        return text


def with_nothings(experiment: Experiment, values: dict[str, Any]) -> dict[str, Any]:
    """The values, where a word for nothing is None if the parameter may be left out."""
    kinds = {address: value for address, value in values.items() if address.endswith(".kind")}
    found = {p.address: p for p in parameters(experiment.with_values(kinds))}
    may_be_none = {a for a, p in found.items() if p.optional and values.get(a) not in (p.choices or ())}
    said = {address for address, value in values.items() if str(value).lower() in NOTHING}
    return {address: None if address in said & may_be_none else value for address, value in values.items()}
