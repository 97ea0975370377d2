"""The page: a slim header over Build, Train and Explore, read from left to right."""

from collections.abc import Callable
from typing import Any

import panel as pn
import panel_material_ui as pmui
from bokeh.models import CustomJS, Div

from app import look, theme_choice
from app.location import AddressBar, copied, read
from app.pages.build import Build
from app.pages.explore import Explore
from app.pages.papers import Papers
from app.pages.runs import Runs
from app.pages.train import Train, Transport
from app.session import Session
from app.views.keyboard import serve_the_keyboard
from app.views.lost import reload_when_back
from engine.experiments.experiment import LONGEST_LINK
from engine.experiments.script import script

HEADER_PX = 52
MS_A_LETTER = 60  # that it takes to read a notice
PAGE_SX = {
    "& .MuiToolbar-root": {"minHeight": f"{HEADER_PX}px !important", "px": "14px !important"},
    # pmui paints what lies in a header white on primary, unless it finds exactly this entry (utils.js, 0.16.6)
    ".MuiAppBar-root": {"bgcolor": "primary.contrastText", "color": "primary.main"},
    "& .header.MuiAppBar-root": {
        "backgroundColor": "background.paper",
        "backgroundImage": "none",
        "color": "text.primary",
        "boxShadow": "none",
        "borderBottom": "1px solid",
        "borderColor": "divider",
    },
    "& .header .title": {"color": "text.primary", "fontSize": "19px", "fontWeight": 500, "letterSpacing": "-0.01em"},
    "& .header .logo": {"height": "28px !important"},
}
ICON_IF_NARROW = {
    "@media (max-width: 1140px)": {
        "fontSize": 0,
        "minWidth": "32px",
        "& .MuiButton-startIcon": {"margin": 0},
        "& .MuiButton-startIcon > *": {"fontSize": "20px !important"},
    }
}
HELP = """
**Connectarium** trains recurrent networks that are wired like a real nervous system.

1. **Build** the experiment on the left: a connectome, its signs and laws, the dynamics and a task.
2. **Start** it at the top left and watch it learn in the middle. Changing the form does not disturb a running network.
3. **Explore** what it became on the right. What you select in one view is marked in all.

| key | does |
|---|---|
| Space | start, pause, go on |
| → | one step |
| R | reset |
| ? | this help |

Blue is positive and orange negative wherever something has a sign. Every control explains itself at its info sign; its
slider spans what the literature uses, its box takes whatever the mathematics permits. *Copy link* keeps the whole
experiment in one address.
"""
HELP_CSS = """
table { border: none; border-collapse: collapse; }
th, td { border: none; border-bottom: 1px solid rgba(138, 143, 152, .35); text-align: left; padding: 4px 28px 4px 0; }
"""


def build_page() -> pmui.Page:
    """The page around a fresh session, opened where the address bar points."""
    document = pn.state.curdoc
    theme_choice.begin()
    experiment, run, fault = read(pn.state.session_args)
    session = Session(experiment, document, run=run, notice=fault)
    help_dialog, shelf, papers = _help(), Runs(session), Papers(session)
    bar = AddressBar(session)
    build, train = Build(session), Train(session)
    shown = pmui.Page(
        title="Connectarium",
        logo=str(look.ASSETS / "logo.svg"),
        # dialogs with figures belong here: under the columns Bokeh lays out no figure of theirs
        header=[
            _header(session, shelf, papers, help_dialog),
            shelf,
            papers,
            build.compare,
            train.sweeps,
            help_dialog,
            pn.pane.Bokeh(bar.model, visible=False),
        ],
        main=[_columns(session, build, train)],
        theme_toggle=True,
        template=theme_choice.TEMPLATE,
        theme_config=look.theme(),
        busy_indicator=None,
        sx=PAGE_SX,
    )
    shown.header.append(theme_choice.follow(shown))
    session.param.watch(_notify, "notice")
    if document is not None:  # not pn.state.onload, which holds the session until the page loads: some never do
        document.on_event("document_ready", lambda _: _notify(session))
        reload_when_back(document)
        serve_the_keyboard(document)
    pn.state.on_session_destroyed(lambda _: leave(session))
    return cut_busy(shown)


def _help() -> pmui.Dialog:
    told = pmui.Markdown(HELP, stylesheets=[HELP_CSS])
    return pmui.Dialog(told, title="How to read this page", close_on_click=True, show_close_button=True)


def cut_busy(shown: pmui.Page) -> pmui.Page:
    """Page.busy follows the process-wide pn.state.busy: every event of any visitor would reach every page, and the
    watcher would keep closed sessions alive (ecosystem 2.5). A test that counts live pages notices a change."""
    private = shown._param__private
    private.refs.pop("busy", None)
    for _, watcher in list(private.ref_watchers):
        (watcher.cls if watcher.inst is None else watcher.inst).param.unwatch(watcher)
    private.ref_watchers = []
    return shown


def leave(session: Session) -> None:
    """Close the session and drop what the process still holds of its document: pmui's notification area stays in
    Panel's list of views after its page is gone, and with it the whole document."""
    session.close()
    for ref, (_, _, document, _) in list(pn.state._views.items()):
        if document is session.document:
            pn.state._views.pop(ref, None)


def _columns(session: Session, build: Build, train: Train) -> pn.Column:
    def column(part: Any, place: str) -> pn.Column:
        styled = {"css_classes": ["column", place], "stylesheets": [look.stylesheet()]}
        return pn.Column(part, sizing_mode="stretch_both", margin=0, **styled)

    parts = column(build, "first"), column(train, "middle"), column(Explore(session), "last")
    return pn.Column(
        *parts, css_classes=["columns"], stylesheets=[look.stylesheet()], sizing_mode="stretch_both", margin=0
    )


def _header(session: Session, shelf: Runs, papers: Papers, help_dialog: pmui.Dialog) -> pn.Row:
    def icon(name: str, label: str, act: Callable[[Any], Any]) -> pmui.IconButton:
        made = pmui.IconButton(icon=name, description=label, color="default", size="small", margin=2)
        made.on_click(act)
        return made

    def button(label: str, name: str, act: Callable[[Any], Any]) -> pmui.Button:
        made = pmui.Button(label=label, icon=name, variant="text", color="primary", size="small", margin=2)
        made.on_click(act)
        return made

    link = pmui.Button(
        label="Copy link", icon="link", variant="text", color="primary", size="small", margin=2, sx=ICON_IF_NARROW
    )
    link.js_on_click(code=copied("window.location.href"))
    link.on_click(lambda _: session.param.update(notice=_about_link(session)))
    transport = Transport(session)
    transport.param.watch(lambda _: help_dialog.param.update(open=True), "help")
    return pn.Row(
        transport,
        pn.Row(sizing_mode="stretch_width", margin=0),
        button("Runs", "list", lambda _: shelf.open()),
        button("Papers", "menu_book", lambda _: papers.open()),
        link,
        _script_button(session),
        icon("help_outline", "Help", lambda _: help_dialog.param.update(open=True)),
        sizing_mode="stretch_width",
        margin=(0, 0, 0, 16),
        styles={"align-items": "center"},
    )


def _about_link(session: Session) -> str:
    if len(session.experiment.to_link()) <= LONGEST_LINK:
        return "The link to this experiment is in the clipboard."
    return "This experiment could not be put into a link, it has too many single edits: save its wiring (Edit wiring)."


def _script_button(session: Session) -> pn.Row:
    """The script crosses to the browser only when it is asked for."""
    carrier = Div(text="", visible=False, name="script")
    carrier.js_on_change("text", CustomJS(code=copied("cb_obj.text.split('\\u0000')[0]")))
    made = pmui.Button(
        label="Copy script", icon="code", variant="text", color="primary", size="small", margin=2, sx=ICON_IF_NARROW
    )

    def copy(_: Any) -> None:
        carrier.text = f"{script(session.experiment)}\0{made.clicks}"  # the count makes every click a change
        session.notice = "Python that repeats this experiment is in the clipboard."

    made.on_click(copy)
    return pn.Row(made, pn.pane.Bokeh(carrier, visible=False), margin=0)


def _notify(source: Any) -> None:
    """Show the session's notice once."""
    session = getattr(source, "obj", source)
    if session.notice and pn.state.notifications is not None:
        warn = "could not" in session.notice or "no valid" in session.notice
        (pn.state.notifications.warning if warn else pn.state.notifications.info)(
            session.notice, duration=max(8000, MS_A_LETTER * len(session.notice))
        )
        session.notice = ""
