"""Cards to choose from: a picture, a title, a few facts; one of them is chosen."""

import param
from panel.custom import JSComponent

from app import look


class Cards(JSComponent):
    """A searchable list of cards with the manners of radio buttons: arrows move, Enter or Space chooses.

    Each item is a dict with `value`, `title`, `facts`, `more` (shown for the chosen one), `picture` (a data address or
    ''), `group` and `disabled` (why it cannot be chosen, or ''). One with `removable` (what its button says) can be
    `removed`.
    """

    items = param.List(default=[])
    value = param.String(default="")
    removed = param.String(default="", doc="The item that its button wants to be gone.")
    label = param.String(default="")
    searchable = param.Boolean(default=True)
    tall = param.Boolean(default=False, doc="As high as most of the window.")
    appears = param.Boolean(default=False, doc="Comes into view whenever it is made visible.")
    compact = param.Boolean(default=False, doc="Two to a row, facts of the chosen one only.")

    _esm = """
export function render({ model }) {
  const root = document.createElement('div');
  const search = document.createElement('input');
  search.type = 'search'; search.placeholder = 'Search'; search.className = 'search';
  const list = document.createElement('div');
  list.className = 'cards' + (model.compact ? ' compact' : '') + (model.tall ? ' tall' : '');
  list.setAttribute('role', 'radiogroup');
  root.append(search, list);
  const part = (tag, name, text) => {
    const made = document.createElement(tag); made.className = name; made.textContent = text; return made;
  };
  const choose = (item) => { if (!item.disabled && item.value !== model.value) model.value = item.value; };
  const step = (card, by) => {
    const cards = [...list.querySelectorAll('.card')];
    const next = cards[(cards.indexOf(card) + by + cards.length) % cards.length];
    if (next) next.focus();
  };
  const draw = () => {
    search.style.display = model.searchable ? '' : 'none';
    search.setAttribute('aria-label', 'Search ' + model.label);
    list.setAttribute('aria-label', model.label);
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const focused = list.getRootNode().activeElement?.dataset?.value;
    list.replaceChildren();
    let group = '';
    for (const item of model.items) {
      const text = (item.title + ' ' + item.facts + ' ' + item.more + ' ' + item.group).toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      if (item.group !== group) { group = item.group; list.append(part('div', 'group', group)); }
      const chosen = item.value === model.value;
      const card = part('div', 'card' + (chosen ? ' chosen' : '') + (item.disabled ? ' off' : ''), '');
      card.setAttribute('role', 'radio'); card.setAttribute('aria-checked', chosen);
      card.setAttribute('aria-label', item.title);
      if (item.disabled) card.setAttribute('aria-disabled', true);
      card.tabIndex = 0; card.dataset.value = item.value; card.title = item.more || item.facts;
      if (item.picture) {
        const picture = document.createElement('img');
        picture.src = item.picture; picture.alt = ''; card.append(picture);
      }
      const words_ = part('div', 'words', '');
      words_.append(part('div', 'title', item.title));
      if (chosen || !model.compact) words_.append(part('div', 'facts', item.facts));
      if (item.disabled) words_.append(part('div', 'why', item.disabled));
      else if (chosen && item.more) words_.append(part('div', 'more', item.more));
      card.append(words_);
      if (item.removable) {
        const remove = part('button', 'remove', '×');
        remove.setAttribute('aria-label', 'Remove ' + item.title); remove.title = item.removable;
        remove.onclick = (event) => { event.stopPropagation(); model.removed = item.value; };
        remove.onkeydown = (event) => event.stopPropagation();
        card.append(remove);
      }
      card.onclick = () => choose(item);
      card.onkeydown = (event) => {
        if (event.key === 'Enter' || event.key === ' ') choose(item);
        else if (event.key === 'ArrowDown') step(card, 1);
        else if (event.key === 'ArrowUp') step(card, -1);
        else return;
        event.preventDefault(); event.stopPropagation();
      };
      list.append(card);
      if (focused === item.value) card.focus();
    }
    if (!list.children.length) list.append(part('div', 'group', 'Nothing found.'));
  };
  search.oninput = draw;
  search.onkeydown = (event) => event.stopPropagation();
  const reveal = () => {
    const card = list.querySelector('.chosen');
    if (card) list.scrollTop = card.offsetTop - list.offsetTop - (list.clientHeight - card.offsetHeight) / 2;
  };
  for (const name of ['items', 'value', 'label', 'searchable']) model.on(name, () => { draw(); reveal(); });
  draw();
  requestAnimationFrame(reveal);
  let high = 0;
  const appear = () => {
    if (!high && root.offsetHeight) root.scrollIntoView({ block: 'nearest' });
    high = root.offsetHeight;
  };
  if (model.appears) new ResizeObserver(appear).observe(root);
  return root;
}
"""

    _stylesheets = [
        """
.search { width: 100%; box-sizing: border-box; padding: 5px 10px; margin-bottom: 6px; font: inherit; font-size: 13px;
  border: 1px solid rgba(138,143,152,.4); border-radius: 6px; background: transparent; color: inherit; }
.cards { display: flex; flex-direction: column; gap: 4px; max-height: 320px; overflow-y: auto; scrollbar-width: thin; }
.cards.tall { max-height: 60vh; }
.group { font-size: 11px; font-weight: 600; color: #8a8f98; padding: 4px 2px 0; }
.card { display: flex; gap: 10px; padding: 6px 8px; border-radius: 6px; cursor: pointer; border: 1px solid transparent;
  background: rgba(138,143,152,.08); }
.card:hover { background: rgba(8,119,189,.1); }
.card:focus-visible { outline: 2px solid #0877bd; outline-offset: -2px; }
.card.chosen { border-color: #0877bd; background: rgba(8,119,189,.12); }
.card.off { cursor: default; opacity: .75; }
.card img { width: 52px; height: 52px; flex: none; border-radius: 3px; image-rendering: pixelated;
  background: rgba(138,143,152,.1); }
.compact { display: grid; grid-template-columns: 1fr 1fr; }
.compact .chosen { grid-column: 1 / -1; }
.remove { all: unset; flex: none; align-self: start; margin-left: auto; width: 20px; height: 20px; line-height: 18px;
  text-align: center; border-radius: 4px; color: #8a8f98; cursor: pointer; }
.remove:hover { background: rgba(214,69,69,.2); color: inherit; }
.remove:focus-visible { outline: 2px solid #0877bd; }
.words { min-width: 0; font-size: 12px; line-height: 1.35; }
.title { font-size: 13px; font-weight: 500; }
.facts { color: #8a8f98; }
.more { margin-top: 3px; }
.why { margin-top: 2px; font-family: monospace; font-size: 11px; }
"""
    ]


def cards(label: str, **options: object) -> Cards:
    """Cards that fill the width of their column."""
    return Cards(
        label=label, sizing_mode="stretch_width", margin=(2, 4, 6, 4), styles={"font-family": look.FONT}, **options
    )
