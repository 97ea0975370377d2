"""The ledger of the run on show: a badge that counts what the laws forbid, and behind it the books of every network."""

from html import escape
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
import panel_material_ui as pmui
from jaxtyping import Float

from app import look
from app.export import export_controls
from app.figures import Twin
from app.runs import Sight
from app.views.twins import block_twin
from engine.component import Invalid
from engine.experiments.damage import touches_numbers

MOST_AREAS = 12  # a density table of more areas is not read by anybody; the CSV has them all
BADGE_SX = {"fontSize": "11px", "py": "0 !important", "minHeight": "22px", "whiteSpace": "nowrap"}
UNKNOWN_SX = {**BADGE_SX, "color": "text.secondary"}
TABLE_CSS = """
:host { font-size: 13px; }
table { border-collapse: collapse; margin: 4px 0 14px; }
th, td { text-align: right; padding: 3px 10px 3px 0; font-variant-numeric: tabular-nums; font-weight: 400; }
th { color: #8a8f98; font-size: 12px; }
th:first-child, td:first-child { text-align: left; }
.bad { color: #d64545; font-weight: 600; }
p { margin: 2px 0 6px; }
"""


class LedgerBadge:
    """A button that is green while nothing is violated and grey while nobody can know; it opens the books."""

    def __init__(self) -> None:
        self.button = pmui.Button(
            label="", icon="verified", variant="text", size="small", margin=0, visible=False, sx=BADGE_SX,
            description="What the laws of the network forbid, counted at every step",
        )  # fmt: skip
        self.table = pn.pane.HTML("", stylesheets=[TABLE_CSS], sizing_mode="stretch_width")
        self.export = export_controls(self._twin, "densities")
        self.dialog = pmui.Dialog(
            self.table, self.export, title="Ledger", title_variant="h5", show_close_button=True, close_on_click=True
        )
        self.button.on_click(lambda _: self.dialog.param.update(open=True))
        self.sight: Sight | None = None

    def _twin(self) -> Twin:
        """The densities of the latest audit, in full."""
        entry = (self.sight.history.ledger or [{}])[0] if self.sight else {}
        if not entry.get("areas"):
            raise Invalid("There is no audit yet; the first comes with the first evaluation.")
        return density_twin(entry["areas"], np.array(entry["density"], dtype=float))

    def show(self, sight: Sight | None) -> None:
        """The newest count and, when an audit was made, new books."""
        old, self.sight = self.sight, sight
        counted = sight is not None and len(sight.history.step) > 0
        self.button.visible = counted or (sight is not None and touches_numbers(sight.damage))
        if sight is None or not self.button.visible:
            return
        self.button.param.update(**verdict(sight))
        if old is None or old.history.ledger is not sight.history.ledger:
            evaluated = sight.history.evaluated
            self.table.object = books(sight.history.ledger or [], int(evaluated[-1]) if len(evaluated) else 0)


def density_twin(areas: list[str], density: Float[np.ndarray, "post pre"]) -> Twin:
    """Density of W_rec from every area to every other."""
    post, pre = np.indices(density.shape)
    named = np.array(areas, dtype=object)
    table = pd.DataFrame({"post": named[post.ravel()], "pre": named[pre.ravel()], "density": density.ravel()})
    return block_twin(areas, density, table, "")


def verdict(sight: Sight) -> dict[str, Any]:
    """What the badge says: no green as long as a number is missing or the run's files are not whole."""
    last = sight.history.violations[-1:]
    count = int(np.nansum(last))
    if not count and (not np.isfinite(last).all() or touches_numbers(sight.damage)):
        return {"label": "violations unknown", "icon": "help_outline", "color": "default", "sx": UNKNOWN_SX}
    label = "1 violation" if count == 1 else f"{count:,} violations"
    icon, color = ("report", "error") if count else ("verified", "success")
    return {"label": label, "icon": icon, "color": color, "sx": BADGE_SX}


def books(ledger: list[dict[str, Any]], step: int) -> str:
    """The latest audit as tables: counts per matrix and network, shares, spectral radius, and density per block."""
    if not ledger:
        return "<p>The first audit comes with the first evaluation.</p>"
    matrices = list(ledger[0].get("violations", {}))
    head = ["network", *(f"violations {m}" for m in matrices), "connections at 0", "E share", "I share", "radius"]
    body = [_network_row(k, entry, matrices) for k, entry in enumerate(ledger)]
    said = (
        f"<p>Audit after step {step:,}. <b>Violations</b>: weights and biases against a law, or frozen and moved. "
        "<b>Connections at 0</b>: share of existing connections whose weight is exactly 0. <b>E and I share</b>: parts "
        "of the summed |W<sub>rec</sub>|. <b>Radius</b>: largest |eigenvalue| of W<sub>rec</sub>.</p>"
    )
    return said + _table(head, body) + _densities(ledger[0])


def _network_row(k: int, entry: dict[str, Any], matrices: list[str]) -> list[str]:
    counts = [entry["violations"].get(m, 0) for m in matrices]
    marked = [f'<span class="bad">{c:,}</span>' if c else "0" for c in counts]
    shares = [look.percent(entry.get(name)) for name in ("zero_share", "excitatory_share", "inhibitory_share")]
    return [str(k + 1), *marked, *shares, look.number(entry.get("spectral_radius"), 3)]


def _densities(entry: dict[str, Any]) -> str:
    areas, density = entry.get("areas", []), entry.get("density", [])
    shown = areas[:MOST_AREAS]
    more = f" The first {MOST_AREAS} of {len(areas)} areas." if len(areas) > MOST_AREAS else ""
    rows = [[escape(a), *(look.percent(v) for v in line[:MOST_AREAS])] for a, line in zip(shown, density, strict=False)]
    return f"<p><b>Density of W<sub>rec</sub></b>, network 1: rows receive, columns send.{more}</p>" + _table(
        ["to \\ from", *map(escape, shown)], rows
    )


def _table(head: list[str], rows: list[list[str]]) -> str:
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{top}</tr>{body}</table>"
