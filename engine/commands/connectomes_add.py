"""connectomes add: reads files, asks what they cannot tell, and keeps the connectome in your library."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from engine.commands.given import file_to_write
from engine.commands.said import say, tell
from engine.component import Invalid
from engine.connectomes import formats
from engine.connectomes.formats import Answers, Found, Question
from engine.connectomes.graph import Graph
from engine.connectomes.library import Library
from engine.experiments.saved_model import keep_model
from engine.networks.nn4n_file import is_saved
from engine.whole_file import write_json

MATRIX = "variable"  # the address under which one of several matrices is chosen


def command(asked: argparse.Namespace) -> int:
    """0 once it is kept. Raises Invalid for a bad file, a bad answer or an open question."""
    if not asked.names:
        raise Invalid("Which file? Write connectarium connectomes add FILE.")
    values = dict(assignment(text) for text in asked.values)
    paths = [Path(name) for name in asked.names]
    if is_saved(paths[0]):
        return _model(paths, asked)
    if asked.out:
        raise Invalid("--out goes with a saved model (.pth); other files come without an experiment.")
    found = formats.look(*paths, chosen=values.pop(MATRIX, ""))
    if not asked.json:
        say(recognised(found))
    answers = _answered(found, Answers().with_values(values), set(values), asked, paths[0])
    graph, remarks = formats.graph(found, answers)
    steps = (f"Imported from {', '.join(path.name for path in paths)} ({found.format}).",)
    id = Library().add(graph, formats.facts(found, answers), remarks, steps)
    if asked.json:
        tell({"id": id, "units": graph.n, "edges": graph.edges, "remarks": remarks})
    else:
        say("\n".join([_counted(graph), *(remark for remark in remarks if remark not in found.remarks)]))
        print(id)
    return 0


def _model(paths: list[Path], asked: argparse.Namespace) -> int:
    """A saved model is kept with its weights, and is an experiment."""
    if len(paths) > 1 or asked.values:
        raise Invalid("A saved model is one file and leaves no questions; name it alone, without --set.")
    out = file_to_write(asked.out) if asked.out else None
    id, experiment, remarks = keep_model(paths[0])
    content = experiment.model_dump(mode="json")
    if out is not None:
        _write(out, content)
    if asked.json:
        tell({"id": id, "units": len(experiment.connectome().names), "remarks": remarks, "experiment": content})
        return 0
    do = f"connectarium run {asked.out} begins with its weights." if asked.out else "--out FILE writes its experiment."
    say("\n".join(["Recognised: a saved model of nn4n.", *remarks, do]))
    print(id)
    return 0


def _write(path: Path, content: dict[str, Any]) -> None:
    try:
        write_json(path, content)
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror or error}.") from None


def recognised(found: Found) -> str:
    """What was found, in a few lines."""
    rows, columns = (len(found.names),) * 2 if found.matrix is None else found.matrix.shape
    listed = f", {len(found.edges.weight):,} rows of connections" if found.edges is not None else ""
    parts = [f"Recognised: {found.format}, {rows:,} x {columns:,}{listed}."]
    beside = [*found.labels, *found.pairs, *found.maps, *(["positions"] if found.positions_um is not None else [])]
    parts += [f"Beside it: {', '.join(beside)}."] if beside else []
    if found.choices:
        parts.append(f"Read was '{found.chosen}' of {', '.join(found.choices)}; choose with --set {MATRIX}=NAME.")
    return "\n".join([*parts, *found.remarks])


def asked_for(question: Question) -> str:
    """A question with its choices and how to answer it."""
    proposed = f" (proposed: {question.proposal})" if question.proposal else ""
    choices = [f"    --set {question.address}={value}    {means}" for value, means in question.choices]
    return "\n".join([f"{question.sentence}{proposed}", *(choices or [f"    --set {question.address}=TEXT"])])


def _answered(found: Found, answers: Answers, given: set[str], asked: argparse.Namespace, path: Path) -> Answers:
    """The answers, with what is proposed for the rest; raises Invalid while a required one is open."""
    questions = [q for q in formats.questions(found, answers) if q.address not in given]
    taken = {q.address: q.proposal for q in questions if q.proposal and (asked.yes or not q.required)}
    opened = [q for q in questions if q.required and q.address not in taken]
    if opened:
        _tell_open(found, opened, asked.json)
        count = "1 question is" if len(opened) == 1 else f"{len(opened)} questions are"
        hint = " (--yes takes what is proposed)" if any(q.proposal for q in opened) else ""
        first = f"{opened[0].address}={opened[0].choices[0][0] if opened[0].choices else 'TEXT'}"
        raise Invalid(f"{count} open; answer with --set, e.g. --set {first}{hint}.", opened[0].address)
    if taken and not asked.json:
        say(f"Taken as proposed: {', '.join(f'{address}={value}' for address, value in taken.items())}.")
    called = {} if {"name"} & {*given, *taken} else {"name": path.name.partition(".")[0]}
    return answers.with_values(taken | called)


def _tell_open(found: Found, opened: list[Question], as_json: bool) -> None:
    if as_json:
        asked = [{**dataclasses.asdict(question), "choices": dict(question.choices)} for question in opened]
        tell({"format": found.format, "remarks": found.remarks, "questions": asked})
    else:
        say("\n".join(["", *(asked_for(question) for question in opened), ""]))


def _counted(graph: Graph) -> str:
    return f"{graph.n:,} units, {graph.edges:,} connections, density {graph.density:.3g}."


def assignment(text: str) -> tuple[str, str]:
    """The two sides of ADDRESS=VALUE. Raises Invalid if there are none."""
    address, equals, value = text.partition("=")
    if not equals or not address:
        raise Invalid(f"'{text}' is no answer; write ADDRESS=VALUE, as in source_axis=rows.")
    return address, value
