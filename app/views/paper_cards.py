"""Cards of the papers: what each asks, how long it takes, and how it stands."""

from collections.abc import Callable
from functools import lru_cache
from html import escape
from typing import Any

import param
from panel.custom import JSComponent

from app import look
from app.papers import Judged, Result, forecast_s
from app.views.paper_picture import picture
from app.views.paper_words import counts
from engine.experiments.papers import PAPERS
from engine.experiments.papers.paper import Paper


class PaperCards(JSComponent):
    """A grid of cards, each a button; a click, Enter or Space reaches `heard(name)`."""

    items = param.List(default=[])

    _esm = """
export function render({ model }) {
  const list = document.createElement('div'); list.className = 'papers';
  const part = (tag, name, html) => {
    const made = document.createElement(tag); made.className = name; made.innerHTML = html; return made;
  };
  const toTop = (node) => {
    for (; node; node = node.parentNode ?? node.host) if (node.scrollTop) node.scrollTop = 0;
  };
  const cards = new Map();
  const draw = () => {
    for (const item of model.items) {
      const told = JSON.stringify(item);
      let card = cards.get(item.value);
      if (!card) {
        card = document.createElement('button'); card.className = 'paper'; card.dataset.value = item.value;
        card.onclick = () => { toTop(list); model.send_msg(item.value); };
        cards.set(item.value, card); list.append(card);
      }
      if (card.told === told) continue;
      card.told = told;
      card.setAttribute('aria-label', item.label);
      const picture = document.createElement('img');
      picture.src = item.picture; picture.alt = item.alt;
      card.replaceChildren(
        ...(item.picture ? [picture] : []), part('span', 'title', item.title), part('span', 'asks', item.question),
        part('span', 'cites', item.citation), part('span', 'room', ''), part('span', 'state', item.state),
      );
    }
  };
  model.on('items', draw);
  draw();
  return list;
}
"""
    _stylesheets = [
        """
.papers { display: grid; grid-template-columns: repeat(auto-fill, minmax(290px, 1fr)); gap: 14px; padding: 2px; }
.paper { all: unset; box-sizing: border-box; display: flex; flex-direction: column; gap: 5px; cursor: pointer;
  padding: 12px 14px; border: 1px solid rgba(138,143,152,.3); border-radius: 8px; line-height: 1.35;
  min-height: 330px; }
.paper:hover { border-color: #0877bd; background: rgba(8,119,189,.06); }
.paper:focus-visible { outline: 2px solid #0877bd; outline-offset: 1px; }
img { width: 100%; height: 132px; object-fit: contain; filter: var(--mui-palette-chart-filter, none); }
.title { font-size: 15px; font-weight: 500; }
.asks { font-size: 13px; }
.cites { font-size: 11.5px; color: #8a8f98; overflow-wrap: anywhere; }
.room { flex: 1; }
.state { font-size: 12.5px; }
.state .line { display: block; margin-top: 4px; }
.state .quiet { color: #8a8f98; }
.state .wrong { border-left: 3px solid #d64545; padding-left: 8px; display: block; margin-top: 4px; }
.verdict { display: inline-flex; align-items: center; gap: 4px; color: #fff; border-radius: 10px;
  padding: 1px 8px 1px 6px; font-size: 11.5px; margin: 2px 4px 2px 0; white-space: nowrap; }
.bar { display: block; height: 4px; border-radius: 2px; background: rgba(138,143,152,.25); margin-top: 5px; }
.bar i { display: block; height: 100%; border-radius: 2px; background: #0877bd; }
"""
    ]

    def __init__(self, heard: Callable[[str], None], **values: Any):
        settings = {"sizing_mode": "stretch_width", "margin": 0, "styles": {"font-family": look.FONT}}
        super().__init__(**{**settings, **values})
        self._heard = heard

    def _handle_msg(self, message: Any) -> None:
        self._heard(str(message))


def card_items(census: tuple[Result, ...]) -> list[dict[str, str]]:
    """One card a paper. Draws pictures: slow at the first time."""
    return [_item(one, tuple(r for r in census if r.paper.name == one.name)) for one in PAPERS]


def _item(one: Paper, results: tuple[Result, ...]) -> dict[str, str]:
    best = best_of(results)
    judged = best.judged if best is not None else None
    return {
        "value": one.name,
        "label": f"{one.title}: {_plain(results)}",
        "title": escape(one.title),
        "question": escape(one.question),
        "citation": escape(one.citation),
        **dict(zip(("picture", "alt"), _picture(one, judged), strict=True)),
        "state": _state(one, results, best),
    }


def best_of(results: tuple[Result, ...]) -> Result | None:
    """The result to be read: a whole one of this machine, else the shipped one, else whatever there is."""
    readable = [result for result in results if result.judged is not None]
    return next((result for result in readable if result.state == "done"), readable[0] if readable else None)


def _plain(results: tuple[Result, ...]) -> str:
    states = [f"{'shipped results' if r.is_shipped else r.state}" for r in results]
    return ", ".join(dict.fromkeys(states)) or "not run"


def _state(one: Paper, results: tuple[Result, ...], best: Result | None) -> str:
    """Verdicts of what can be read, and how the latest work here stands."""
    lines = []
    own = next((r for r in results if not r.is_shipped), None)
    if best is not None and best.state == "done":
        where = "shipped results" if best.is_shipped else "run here"
        lines.append(f'<span class="line">{counts(best.words)}</span><span class="quiet">{where}</span>')
    if own is not None and own.state == "running":
        share = f"{100 * own.share:.0f}"
        lines.append(
            f'<span class="line">running, {share} %</span><span class="bar"><i style="width:{share}%"></i></span>'
        )
    elif own is not None and own.state in ("stopped", "begun"):
        lines.append(f'<span class="line">stopped at {100 * own.share:.0f} %</span>')
    lines += [f'<span class="wrong">{escape(said)}</span>' for r in results if (said := _fault(r))]
    if not results:
        lines.append('<span class="line">not run yet</span>')
    lines.append(f'<span class="line quiet">about {look.duration(forecast_s(one.name))} on two cores</span>')
    return "".join(lines)


def _fault(result: Result) -> str:
    if result.state == "failed":
        return result.standing.message
    return result.fault


@lru_cache(maxsize=64)
def _picture(one: Paper, judged: Judged | None) -> tuple[str, str]:
    return picture(one, judged)
