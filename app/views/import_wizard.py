"""From files to a connectome in the library: what was recognised, only what is open, and a preview that follows."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session
from app.uploads import Uploads
from app.views.cuts_choice import CutsChoice
from app.views.file_drop import FileDrop
from app.views.found_preview import FoundPreview
from app.views.model_offer import ModelOffer
from app.views.questions_form import QuestionsForm
from app.views.small_button import small_button
from engine.component import Invalid
from engine.connectomes.formats import Answers, limits
from engine.connectomes.importing import Cuts, State
from engine.connectomes.reading_apart import Ended, ReadingApart
from engine.networks.nn4n_file import is_saved

WORK = "import"
LONG_BYTES = 20_000_000
PREVIEW = ["import-preview", "follows"]
DROP = (
    "Drop a matrix, a list of connections, a zip, or several files that belong together (a MICrONS field, FlyWire "
    "connections with classification) here."
)
FORMATS = (
    "CSV, TSV, text, XLSX, edge lists, GraphML, GML, MATLAB, npy, npz, scipy sparse, HDF5, TVB, BIDS, neuPrint, "
    "FlyWire Codex, CAVE, MICrONS; recognised by content. Saved models of nn4n (.pth, .pt). "
)
Then = Callable[[str, Cuts], None]


class ImportWizard(pn.viewable.Viewer):
    """`then(id, cuts)` hears what was added. The files are read by a process of their own and lie in a private folder
    until then; nothing here waits."""

    def __init__(self, session: Session, then: Then, used: Callable[[], None] = lambda: None):
        super().__init__()
        self.session, self.then, self.used = session, then, used
        self.reading: ReadingApart | None = None
        self.uploads: Uploads | None = None
        self.paths: tuple[Path, ...] = ()
        self._asking, self._asked = False, 0
        self.answers: dict[str, Any] = {}
        self.given: Mapping[str, Any] = {}
        self.state: State | None = None
        self._build()
        self._arrange()

    def __panel__(self) -> Any:
        return self.layout

    def warm(self) -> None:
        """The reader starts before there is a file."""
        reading = self._reader()
        self.session.background.latest("warm reader", reading.warm, lambda _: None, waits=True)

    def rest(self) -> None:
        """Nobody looks: what is not needed for an import under way is given back."""
        if not self.paths:
            self.close()
            self.reading = None

    def close(self) -> None:
        """The reader ends, and what was uploaded is removed."""
        if self.reading is not None:
            self.reading.close()
        self._remove_uploads()

    def reset(self) -> None:
        """As if nothing had been chosen; what was under way ends, and what was uploaded is removed."""
        if self._asking and self.reading is not None:
            self.reading.close()
            self.reading = None
        self._asking, self._asked = False, self._asked + 1
        self._remove_uploads()
        self.state, self.paths, self.answers, self.given = None, (), {}, {}
        self.model.forget()
        self._arrange()

    def _remove_uploads(self) -> None:
        if self.uploads is not None:
            self.uploads.close()
            self.uploads = None
        self.drop.close()

    def read(self, paths: tuple[Path, ...], given: Mapping[str, Any] | None = None, chosen: str = "") -> None:
        """Look at files; `given` are answers that came with them."""
        self.paths, self.given, self.state = paths, given or {}, None
        self._say_fault("")
        many = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        long = sum(path.stat().st_size for path in paths if path.is_file()) > LONG_BYTES
        patience = " So large a file takes a minute or two; the page stays free meanwhile." if long else ""
        self.busy_text.object = f"Reading {look.escaped(paths[0].name)}{many} …{patience}"
        self._arrange()
        if is_saved(paths[0]):
            return self.model.look(paths[0], partial(setattr, self.layout, "objects", [self.model]), self._failed)
        self._ask(lambda reading: reading.look(paths, chosen, self.given), self._begin, self._failed)

    # parts

    def _build(self) -> None:
        self.drop = FileDrop(self._arrived, lambda fault: self._say_fault(str(fault)), label=DROP)
        self.limits = look.note(look.escaped(FORMATS + limits.stated()), margin=(8, 4))
        self.fault = look.text("", "problem", margin=(8, 0), visible=False)
        self.busy_text = look.text("", "question", margin=(4, 4))
        stop = small_button("Cancel", "close", "text", self.reset)
        bar = pmui.LinearProgress(active=True, variant="indeterminate", sizing_mode="stretch_width")
        self.busy = pn.Column(self.busy_text, bar, stop, sizing_mode="stretch_width", margin=(24, 0))
        self.variable = pmui.Select(label="Which part of the file", size="small", sizing_mode="stretch_width")
        self.variable.param.watch(lambda event: self._choose_variable(event.new), "value")
        self.questions = QuestionsForm(self._answer)
        self.preview = FoundPreview()
        self.model = ModelOffer(self.session, self.used, self.reset)
        self.cuts = CutsChoice()
        self.cuts.param.watch(lambda _: self._follow_answers(), "experiment")
        self.add = small_button("Add and use it", "add", "contained", self._keep)
        self.open = look.note("", margin=(8, 8))
        again = small_button("Other files", "restart_alt", "text", self.reset)
        common = {"stylesheets": [look.stylesheet()], "margin": 0, "sizing_mode": "stretch_width"}
        asked = (self.variable, self.questions.layout, self.cuts.layout)
        left = pn.Column(*asked, css_classes=["import-questions"], **common)
        self.beside = pn.Column(self.preview, css_classes=PREVIEW, **common)
        self.form = pn.Row(left, self.beside, css_classes=["import"], **common)
        self.actions = pn.Row(self.add, again, self.open, css_classes=["import-actions"], **common)
        self.layout = pn.Column(sizing_mode="stretch_width", margin=(8, 0, 0, 0))

    def _arrange(self) -> None:
        """The parts of this stage."""
        if self.state is not None:
            self.layout.objects = [self.form, self.fault, self.actions]
        elif self.paths:
            self.layout.objects = [self.busy]
        else:
            self.layout.objects = [self.fault, self.drop, self.limits]

    # from the files to the questions

    def _arrived(self, uploads: Uploads) -> None:
        self.uploads = uploads
        self.read(uploads.paths, {"name": uploads.folder.replace("_", " ")} if uploads.folder.strip() else None)

    def _failed(self, fault: Invalid) -> None:
        """The files are none of ours; the sentence stays while others are chosen."""
        self.reset()
        self._say_fault(str(fault))

    def _begin(self, state: State) -> None:
        self.questions.begin()
        found = state.recognised
        self.variable.visible = bool(found.choices)
        if found.choices:
            self.variable.options, self.variable.value = list(found.choices), found.chosen
        self.state = state
        self.cuts.begin(state)
        self._show(state)
        self._arrange()
        if self.cuts.experiment.cuts:
            self._follow_answers()

    def _choose_variable(self, chosen: str) -> None:
        if self.state is not None and chosen and chosen != self.state.recognised.chosen:
            self.read(self.paths, self.given, chosen)

    # questions

    def _show(self, state: State) -> None:
        self.state = state
        self.questions.show(state)
        self.preview.show(state)
        self.cuts.follow(state)
        told_elsewhere = state.address.startswith("cuts") or state.address in self.questions.controls
        self._say_fault("" if told_elsewhere else state.fault)
        self.open.object = "" if not state.open else f"{look.counted(len(state.open), 'question')} still open."
        self.beside.css_classes = PREVIEW
        self.add.disabled = bool(state.open or state.fault)

    def _answer(self, address: str, value: Any) -> None:
        try:
            Answers().with_value(address, value)
        except Invalid as fault:
            self.questions.controls[address].show(value, str(fault))
            return
        self.answers = {**self.answers, address: value}
        self._follow_answers()

    def _follow_answers(self) -> None:
        if self.state is not None:
            answers, cuts = dict(self.answers), self.cuts.experiment
            self.add.disabled, self.beside.css_classes = True, [*PREVIEW, "behind"]
            self._ask(lambda reading: reading.state(answers, cuts), self._show, self._failed)

    # into the library

    def _keep(self) -> None:
        answers, cuts = dict(self.answers), self.cuts.experiment
        self.add.disabled = True

        def kept(id: str) -> None:
            self.reset()
            self.then(id, cuts)

        def failed(fault: Invalid) -> None:
            self.add.disabled = False
            self._say_fault(str(fault))

        self._ask(lambda reading: reading.keep(answers), kept, failed)

    # the reader

    def _reader(self) -> ReadingApart:
        if self.reading is None:
            self.reading = ReadingApart()
        return self.reading

    def _ask(
        self, work: Callable[[ReadingApart], Any], then: Callable[[Any], None], fault: Callable[[Any], None]
    ) -> None:
        """What the reader says, unless the import was given up meanwhile."""
        reading = self._reader()
        self._asking, self._asked = True, self._asked + 1
        number = self._asked

        def done(act: Callable[[Any], None], result: Any) -> None:
            if number == self._asked:  # else it was given up, or asked again
                self._asking = False
                if result is not None:
                    act(result)

        self.session.background.latest(
            WORK, partial(_answer_of, work, reading), partial(done, then), partial(done, fault), waits=True
        )

    def _say_fault(self, sentence: str) -> None:
        self.fault.param.update(object=look.escaped(sentence), visible=bool(sentence))


def _answer_of(work: Callable[[ReadingApart], Any], reading: ReadingApart) -> Any:
    """None if nobody waits for it any more."""
    try:
        return work(reading)
    except Ended:
        return None
