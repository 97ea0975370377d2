"""The recipes of a paper: what each part does, how long it takes, whether it is done, and its way into the form."""

from collections.abc import Callable
from typing import Any

import param
from panel.custom import JSComponent

from app import look
from app.papers import Result
from engine.experiments.papers.paper import Part


class PaperParts(JSComponent):
    """A table of parts; the button of one that trains reaches `heard(name)`."""

    rows = param.List(default=[])

    _esm = """
export function render({ model }) {
  const table = document.createElement('table');
  const cell = (row, text, name) => {
    const made = document.createElement('td'); made.className = name; made.textContent = text; row.append(made);
    return made;
  };
  const draw = () => {
    table.replaceChildren();
    const head = document.createElement('tr');
    for (const said of ['Part', 'What it does', 'Variant', 'Forecast', 'State', '']) {
      const made = document.createElement('th'); made.textContent = said; made.scope = 'col'; head.append(made);
    }
    table.append(head);
    for (const part of model.rows) {
      const row = document.createElement('tr');
      cell(row, part.name, 'name'); cell(row, part.about, ''); cell(row, part.variant, '');
      cell(row, part.forecast, 'figures'); cell(row, part.state, part.done ? 'state' : 'state quiet');
      const last = cell(row, part.trains ? '' : 'trains nothing', 'quiet last');
      if (part.trains) {
        const button = document.createElement('button');
        button.textContent = 'Open in Build'; button.setAttribute('aria-label', 'Open ' + part.name + ' in Build');
        button.title = 'Put this experiment into the form; Undo brings yours back';
        button.onclick = () => model.send_msg(part.name);
        last.append(button);
      }
      table.append(row);
    }
  };
  model.on('rows', draw);
  draw();
  return table;
}
"""
    _stylesheets = [
        """
table { border-collapse: collapse; width: 100%; font-size: 13px; line-height: 1.35; }
th { text-align: left; font-size: 11.5px; font-weight: 500; color: #8a8f98; padding: 4px 12px 4px 0; }
td { padding: 5px 12px 5px 0; border-top: 1px solid rgba(138,143,152,.25); vertical-align: middle; }
.name { font-weight: 500; overflow-wrap: anywhere; }
.figures { font-variant-numeric: tabular-nums; white-space: nowrap; }
.state { white-space: nowrap; } .quiet { color: #8a8f98; }
.last { text-align: right; white-space: nowrap; padding-right: 0; }
button { font: inherit; font-size: 12.5px; color: var(--mui-palette-primary-main, #0877bd);
  background: none; padding: 3px 10px; border: 1px solid currentColor; border-radius: 6px; cursor: pointer; }
button:hover { background: rgba(8,119,189,.1); }
button:focus-visible { outline: 2px solid #0877bd; outline-offset: 1px; }
"""
    ]

    def __init__(self, heard: Callable[[str], None], **values: Any):
        settings = {"sizing_mode": "stretch_width", "margin": 0, "styles": {"font-family": look.FONT}}
        super().__init__(**{**settings, **values})
        self._heard = heard

    def _handle_msg(self, message: Any) -> None:
        self._heard(str(message))


def part_rows(parts: tuple[Part, ...], result: Result | None) -> list[dict[str, Any]]:
    """What the table says of these parts as they stand in a result, or in none yet."""
    return [_row(part, result) for part in parts]


def _row(part: Part, result: Result | None) -> dict[str, Any]:
    is_done = result is not None and part.name in result.done
    stand = result.standing.stand if result is not None and result.state == "running" else None
    at_work = stand is not None and stand.part == part.name
    return {
        "name": part.name,
        "about": part.about,
        "variant": part.variant,
        "forecast": look.duration(part.seconds),
        "done": is_done,
        "state": "✓ done" if is_done else "running" if at_work else "to do",
        "trains": part.experiment is not None,
    }
