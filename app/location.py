"""The address bar: `?x=` holds the experiment, `?run=` the run on show; both ways, and what is bad is a sentence."""

import re
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from bokeh.models import CustomJS, Div

from app.background import soon
from app.runs import store
from app.session import Session
from engine.component import Invalid
from engine.experiments.experiment import LONGEST_LINK, Experiment
from engine.experiments.typed import with_typed

RUN_ID = re.compile(r"r_[0-9A-Za-z_]{1,64}")
OTHERS = ("x", "run", "theme")  # the last one is Panel's
MOST_TOLD, LONGEST_TOLD, LONGEST_NAME = 4, 240, 120
REPLACE = """
const url = window.location.pathname + cb_obj.text + window.location.hash;
if (url !== window.location.pathname + window.location.search + window.location.hash)
    window.history.replaceState(window.history.state, '', url);
"""
COPY = """
const text = TEXT;
const fallback = () => {
    const box = document.createElement('textarea');
    box.value = text; document.body.appendChild(box); box.select();
    document.execCommand('copy'); box.remove();
};
if (navigator.clipboard && window.isSecureContext) navigator.clipboard.writeText(text).catch(fallback); else fallback();
"""


def copied(text: str) -> str:
    """JavaScript that puts the value of the expression `text` into the clipboard, also over plain http."""
    return COPY.replace("TEXT", text)


def read(asked: Mapping[str, Sequence[bytes]]) -> tuple[Experiment, str | None, str]:
    """The experiment and run that the arguments of a page ask for, and sentences about what was wrong, or ''.

    A run without an experiment asks for that of the run. Addresses (`dynamics.tau_ms=50`) change what is there.
    """
    experiment, run, faults = Experiment(), None, []
    if "x" in asked:
        try:
            experiment = Experiment.from_link(_text(asked["x"]))
        except Invalid as error:
            faults.append(f"This link could not be opened, so the form begins with the default experiment. {error}")
    if "run" in asked:
        run = _text(asked["run"])
        if not RUN_ID.fullmatch(run):
            run = None
            faults.append("The run in this link has no valid name; runs are called r_ and letters or digits.")
        elif "x" not in asked:
            with suppress(Invalid):  # the page tells what is wrong with the run
                experiment = store().run(run).experiment()
    texts = {name[:LONGEST_NAME]: _text(values) for name, values in asked.items() if name not in OTHERS}
    experiment, refused = _with_values(experiment, texts)
    if refused:
        values = "A value" if len(refused) == 1 else "Values"
        faults += [f"{values} in this link could not be used.", *refused]
    return experiment, run, " ".join(faults)


def _with_values(experiment: Experiment, texts: Mapping[str, str]) -> tuple[Experiment, list[str]]:
    """The experiment with those values that it can take, and a sentence about each of the others."""
    with suppress(Invalid):
        return with_typed(experiment, texts), []
    refused: list[str] = []
    for address in sorted(texts, key=lambda a: (not a.endswith(".kind"), a.count("."))):  # parts before what is in them
        if len(refused) == MOST_TOLD:
            return experiment, [*refused, "What else it says was not read."]
        try:
            experiment = with_typed(experiment, {address: texts[address]})
        except Invalid as fault:
            refused.append(textwrap.shorten(str(fault), LONGEST_TOLD, placeholder=" …"))
    return experiment, refused


def _text(values: Sequence[bytes]) -> str:
    return values[-1].decode("ascii", errors="replace")


def search(experiment: Experiment, run: str | None) -> str:
    """The query string that `read` understands; nothing for the default experiment without a run."""
    asked = {}
    link = experiment.to_link() if run or experiment.changes() else ""
    if link and len(link) <= LONGEST_LINK:  # a longer one could not be opened
        asked["x"] = link
    if run:
        asked["run"] = run
    return f"?{urlencode(asked)}" if asked else ""


class AddressBar:
    """Keeps the address bar equal to the session. Replaces the entry: the back button leaves the page, as it should."""

    def __init__(self, session: Session):
        self.session = session
        self.model = Div(text=self.text, visible=False, name="address_bar")
        self.model.js_on_change("text", CustomJS(code=REPLACE))
        session.param.watch(self._follow, ["experiment", "run"])

    @property
    def text(self) -> str:
        return search(self.session.experiment, self.session.run)

    def _follow(self, *_: Any) -> None:
        soon(lambda: self.model.update(text=self.text))
