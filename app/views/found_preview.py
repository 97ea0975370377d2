"""The connectome that would come of the answers so far: its picture and its facts."""

from typing import Any

import numpy as np
import panel as pn

from app import look
from app.views.question import in_words
from app.views.thumbnail import thumbnail
from engine.connectomes.importing import Preview, Recognised, State


class FoundPreview(pn.viewable.Viewer):
    """What was recognised, the matrix as a picture, counts, example connections, and what its owner should know."""

    def __init__(self) -> None:
        super().__init__()
        self.recognised = look.text("", "found", margin=(0, 4, 8, 4))
        self.picture = look.text("", "found-picture", margin=(0, 4))
        self.facts = look.text("", "counts", margin=(8, 4))
        self.remarks = look.note("", margin=(4, 4))
        self.layout = pn.Column(
            self.recognised, self.picture, self.facts, self.remarks, sizing_mode="stretch_width", margin=0
        )

    def __panel__(self) -> Any:
        return self.layout

    def show(self, state: State) -> None:
        """What is known now; where the answers make no connectome the last picture goes."""
        self.recognised.object = _recognised(state.recognised)
        preview = state.preview
        for pane in (self.picture, self.facts):
            pane.visible = preview is not None
        remarks = state.recognised.remarks if preview is None else preview.remarks
        self.remarks.object = "".join(f"<div>• {look.escaped(said)}</div>" for said in remarks)
        if preview is not None:
            self.picture.object = _picture(preview)
            self.facts.object = _facts(preview)


def _recognised(found: Recognised) -> str:
    if found.listed:
        size = f"{found.listed:,} rows of connections between {look.counted(found.rows, 'unit')}"
    else:
        size = f"{found.rows:,} × {found.columns:,} entries"
    beside = f"<br>Beside it: {look.escaped(', '.join(found.beside))}." if found.beside else ""
    return f"<b>{look.escaped(found.format[:1].upper() + found.format[1:])}</b>, {size}.{beside}"


def _picture(preview: Preview) -> str:
    address = thumbnail(np.array(preview.picture), side=len(preview.picture))
    return (
        f'<img src="{address}" alt="The matrix, a pixel is its strongest connection">'
        "<div>rows: targets · columns: sources</div>"
    )


def _facts(preview: Preview) -> str:
    told = {
        "units": look.number(preview.units), "connections": look.number(preview.edges),
        "density": look.percent(preview.density), "direction": "directed" if preview.directed else "undirected",
        "signs": "signed" if preview.signed else "unsigned",
        "coordinates": "yes" if preview.positions else "none",
    }  # fmt: skip
    grid = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in told.items())
    labels = f"<div>Labels: {look.escaped(', '.join(preview.labels))}</div>" if preview.labels else ""
    shown = "<br>".join(look.escaped(in_words(one)) for one in preview.examples)
    return (
        f'<dl class="counts-grid">{grid}</dl>{labels}<div style="margin-top:6px">Strong connections:<br>{shown}</div>'
    )
