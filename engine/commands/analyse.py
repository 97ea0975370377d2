"""analyse: puts a question to the networks of a kept run and writes the numbers as CSV."""

import argparse
from pathlib import Path

from engine.analysis import ANALYSES, Analysis
from engine.commands.given import file_to_write
from engine.commands.said import say, table
from engine.component import Invalid, near
from engine.experiments.store import Store
from engine.experiments.subject import subject_of
from engine.experiments.typed import parsed_value
from engine.experiments.whole_file import write_bytes

KINDS = {analysis.model_fields["kind"].default: analysis for analysis in ANALYSES}
LIST = "list"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN | list", help="the id of a run, or its folder; list names the questions")
    parser.add_argument("kind", nargs="?", default="", metavar="KIND", help="the question, e.g. recovery or tuning")
    parser.add_argument("--set", nargs="+", action="extend", default=[], metavar="FIELD=VALUE", dest="values",
                        help="choices of the question, as in --set relabellings=500")  # fmt: skip
    parser.add_argument("--network", type=int, default=1, help="which network of the population, from 1 on")
    parser.add_argument("--out", metavar="FILE.csv", help="where the numbers go (default: this terminal)")
    parser.add_argument("--store", metavar="DIR", help="the folder where runs are kept")


def command(asked: argparse.Namespace) -> int:
    """0; the numbers go to stdout or into a file, remarks to stderr. What has no answer is Invalid."""
    if asked.run == LIST and asked.kind:
        raise Invalid(f"list stands alone; for a question write connectarium analyse RUN {asked.kind}.")
    if asked.run == LIST:
        print(table([("kind", "title", "source"), *((kind, of.title, of.source) for kind, of in KINDS.items())]))
        return 0
    analysis = _analysis(asked.kind, asked.values)
    out = file_to_write(asked.out) if asked.out else None
    result = analysis.compute(subject_of(Store(asked.store).find(asked.run), asked.network - 1))
    text = result.table().to_csv(index=analysis.kind == "connectivity")
    if out is not None:
        _write(out, text)
    else:
        print(text, end="")
    for remark in result.remarks:
        say(remark)
    return 0


def _write(path: Path, text: str) -> None:
    try:
        write_bytes(path, text.encode())
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror or error}.") from None


def _analysis(kind: str, values: list[str]) -> Analysis:
    if kind not in KINDS:
        known = ", ".join(KINDS)
        raise Invalid(f"'{kind}' is no question; there are {known}.{near(kind, KINDS)}")
    assigned = dict(text.partition("=")[::2] for text in values)
    return KINDS[kind]().with_values({name: parsed_value(value) for name, value in assigned.items()})
