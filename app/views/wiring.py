"""The wiring at a glance: matrix, spectrum and counts of the experiment as it stands in the form."""

from functools import partial
from html import escape
from typing import Any

import panel as pn
import panel_material_ui as pmui

from app import look
from app.session import Session
from app.shelf import first_begun
from app.views.eigenvalues import EigenvaluePicture
from app.views.matrix import MatrixPicture, Pixels, pictured
from app.views.measured_signs import comes_from, is_off
from engine.analysis.connectivity import order_by_area_and_type
from engine.component import Invalid
from engine.connectomes.catalogue import record
from engine.connectomes.connectome import Connectome
from engine.experiments.preview import MOST_UNITS, Preview, preview

ON = ("wiring", "constraints", "weights", "dynamics", "dt_ms", "seeds")
TOO_MANY = f"The modes of more than {MOST_UNITS:,} units are not computed before a run."
AT_ONCE = 800  # the pixels of more units are made off the event loop
WIRED, STARTED = "Connectome", "At start"


class WiringView(pn.viewable.Viewer):
    """The connectome (or the initial weights), the eigenvalues of the initial weights, and what can be counted.

    It redraws when the connectome changes; the spectrum follows as soon as it is computed, off the event loop.
    """

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.matrix = MatrixPicture("preview_matrix")
        self.spectrum = EigenvaluePicture("preview_spectrum")
        self.counts = look.text("", "counts", margin=(2, 12, 4, 12))
        self.remarks = look.note("", margin=(0, 12, 4, 12), visible=False)
        self.shows = pmui.RadioButtonGroup(
            options=[WIRED, STARTED], value=WIRED, size="small", margin=(0, 0, 2, 0), label="",
            sx={"& .MuiToggleButton-root": {"py": "0px", "px": "8px", "fontSize": "11px"}},
        )  # fmt: skip
        self._drawn: tuple[Connectome, Any] | None = None
        self._preview: Preview | None = None
        self._asked: Any = None
        self.shows.param.watch(lambda _: self._draw_matrix(), "value")
        session.param.watch(lambda _: self._follow(), "wired_for")
        self._follow()

    def __panel__(self) -> Any:
        caption = look.note("Modes at the start", margin=(3, 0, 0, 8))
        left, right = pn.Column(self.shows, self.matrix, margin=0), pn.Column(caption, self.spectrum, margin=0)
        pictures = pn.Row(left, right, margin=(2, 4, 0, 12))
        return pn.Column(pictures, self.counts, self.remarks, sizing_mode="stretch_width", margin=0)

    def _follow(self) -> None:
        connectome, experiment = self.session.connectome, self.session.wired_for
        if connectome is None:
            return
        is_new = self._drawn is None or self._drawn[0] is not connectome
        if is_new:
            self._drawn = (connectome, order_by_area_and_type(connectome))
        asked = (id(connectome), tuple(getattr(experiment, name) for name in ON))
        if asked != self._asked:  # first, so that the spectrum is computed while the matrix is drawn
            self._asked = asked
            work = partial(_previewed, experiment, connectome)
            self.session.background.latest("preview", work, self._take, self._miss, soon=True)
        if is_new:
            self._draw_matrix()
            self._count()

    def _take(self, found: Preview) -> None:
        self._preview = found
        self.spectrum.show(found.spectrum)
        self._count()
        if self.shows.value == STARTED:
            self._draw_matrix()

    def _miss(self, _: Invalid) -> None:
        """The whole does not fit together yet; the session says why."""
        self._preview = None
        self._count()

    def _draw_matrix(self) -> None:
        if self._drawn is None:
            return
        connectome, ordering = self._drawn
        started = self.shows.value == STARTED and self._preview is not None
        weights = self._preview.weights.numpy() if started else connectome.weights
        if len(weights) != connectome.n:
            return
        if connectome.n <= AT_ONCE:
            self.matrix.show(weights, connectome, ordering)
            return
        drawn = self._drawn

        def draw(made: Pixels) -> None:
            if drawn is self._drawn:
                self.matrix.draw(made, connectome, ordering)

        self.session.background.latest("matrix", lambda: pictured(weights, ordering), draw, soon=True)

    def _count(self) -> None:
        connectome = self._drawn[0]
        found = None if self._preview is None else self._preview.spectrum
        radius = None if found is None else found.radius
        start = self._preview
        sums = "–" if start is None else f"{look.number(start.excitation)} / {look.number(start.inhibition)}"
        excite, inhibit = int((connectome.signs > 0).sum()), int((connectome.signs < 0).sum())
        free = connectome.n - excite - inhibit
        keys = f'<span class="key" style="background:{look.EXCITATORY}"></span>E {look.number(excite)}&ensp;'
        keys += f'<span class="key" style="background:{look.INHIBITORY}"></span>I {look.number(inhibit)}'
        keys += f"&ensp;free {look.number(free)}" if free else ""
        cells = [
            ("Units / areas", f"{look.number(connectome.n)} / {look.number(len(connectome.area_names))}"),
            ("Connections", look.number(int(connectome.mask.sum()))),
            ("Density", look.percent(connectome.density)),
            (f"E / I, {comes_from(self.session.wired_for.wiring)}", keys),
            ("Spectral radius", look.number(radius)),
            ("E / I weight at start", sums),
        ]
        rows = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in cells)
        self.counts.object = f'<dl class="counts-grid">{rows}</dl>'
        self._remark()

    def _remark(self) -> None:
        """What a user should know of this wiring; what holds for the data at any setting is folded."""
        connectome, wiring = self._drawn[0], self.session.wired_for.wiring
        known = record(wiring.connectome).remarks if wiring.kind == "measured" else ()
        said = [remark for remark in connectome.remarks if remark not in known]
        said += [] if self._preview is None else self._preview.remarks
        said += [off] if (off := is_off(connectome, wiring)) else []
        if connectome.n > MOST_UNITS:
            said.append(TOO_MANY)
        shown = "<br>".join(map(escape, said))
        if known:
            shown += f"<details><summary>About these data</summary>{'<br>'.join(map(escape, known))}</details>"
        self.remarks.param.update(object=shown, visible=bool(shown))


def _previewed(experiment: Any, connectome: Connectome) -> Preview:
    """The preview with its sums, which take long where units are many."""
    begun = first_begun(experiment) if connectome.n > MOST_UNITS else None
    found = preview(experiment, connectome, begun)
    found.excitation, found.inhibition  # noqa: B018  kept from here on
    return found
