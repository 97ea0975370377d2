"""Papers: published systems, reproduced and audited; what each claims, and whether it holds."""

from functools import partial
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.clock import while_open
from app.papers import Result, desk
from app.session import Session
from app.views.analysis_view import show_only
from app.views.paper_cards import PaperCards, card_items
from app.views.paper_view import PaperView
from app.views.visitor import Visitor
from engine.component import Invalid
from engine.experiments.papers import paper

REFRESH_MS = 1000
ABOUT = (
    "Each paper is rebuilt and put to the test: its recipes train networks, and its claims are judged with the "
    "tolerances that our audit states. Shipped results open without training; Run repeats them on this machine."
)


class Papers(pn.viewable.Viewer):
    """A dialog over the page; `open()` shows it. Its parts are made when it is first opened.

    It asks how the work stands once a second, and only while it is open in a visible tab.
    """

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.dialog = pmui.Dialog(
            title="Papers", title_variant="h5", show_close_button=True, close_on_click=True, width_option="xl",
            sx={"& .MuiDialog-paper": {"width": "96vw", "maxWidth": "1560px", "height": "94vh"}},
        )  # fmt: skip
        self.cards: PaperCards | None = None
        self.view: PaperView | None = None
        self._census: tuple[Result, ...] = ()
        while_open(session, self.dialog, REFRESH_MS, self.tick)

    def __panel__(self) -> Any:
        return self.dialog

    @property
    def is_open(self) -> bool:
        """Whether one paper is on show, and not all of them."""
        return self.view is not None and self.view.paper is not None

    def open(self) -> None:
        """Show the dialog as it was left."""
        self._ask(then_open=True)

    def tick(self) -> None:
        """Look again, if anybody sees it."""
        if self.dialog.open and not self.visitor.hidden:
            self._ask()

    def choose(self, name: str) -> None:
        """Show one paper."""
        self.session.background.latest("paper open", desk().census, partial(self._choose, name), self._refuse)

    def back(self) -> None:
        """Show all papers."""
        self.view.paper = None
        show_only(self.holder, [self.overview])
        self._ask()

    def _ask(self, then_open: bool = False) -> None:
        pictures = not self.is_open
        work = partial(_looked, pictures)
        self.session.background.latest("papers", work, partial(self._show, then_open), self._refuse)

    def _show(self, then_open: bool, found: tuple[tuple[Result, ...], list[dict[str, str]]]) -> None:
        self._census, items = found
        if self.cards is None:
            self._build()
        if self.is_open:
            self.view.show(self._census)
        elif items and items != self.cards.items:
            self.cards.items = items
        if then_open:
            self.dialog.open = True

    def _choose(self, name: str, census: tuple[Result, ...]) -> None:
        self._census = census
        self.view.about(paper(name), census)
        show_only(self.holder, [self.view.layout])

    def _build(self) -> None:
        self.visitor = Visitor()
        self.cards = PaperCards(self.choose)
        self.said = look.text("", "fault", margin=0)
        self.view = PaperView(self.session, self.back, self._close)
        self.overview = pn.Column(
            look.note(ABOUT, margin=(0, 0, 10, 2)), self.cards, sizing_mode="stretch_width", margin=0
        )
        self.holder = pn.Column(self.overview, sizing_mode="stretch_width", margin=0)
        self.dialog.objects = [self.said, self.holder, self.visitor]

    def _close(self) -> None:
        self.dialog.open = False

    def _refuse(self, fault: Invalid) -> None:
        if self.cards is None:
            self.session.notice = f"The papers could not be listed: {fault}"
        else:
            self.said.object = look.escaped(str(fault))


def _looked(pictures: bool) -> tuple[tuple[Result, ...], list[dict[str, str]]]:
    census = desk().census()
    return census, card_items(census) if pictures else []
