"""A small table to edit in place: text, numbers and choices in its cells, rows to add, move and remove."""

import param
from panel.custom import JSComponent

from app import look

STYLE = """
:host { font-size: 12px; }
.caption { color: #8a8f98; margin: 2px 0 4px; line-height: 1.35; }
.caption b { color: var(--mui-palette-text-primary, inherit); font-weight: 500; font-size: 13px; }
.wrap { overflow: auto; max-height: 300px; scrollbar-width: thin; border: 1px solid rgba(138,143,152,.25);
  border-radius: 6px; }
table { border-collapse: collapse; width: 100%; }
th { position: sticky; top: 0; z-index: 1; background: var(--mui-palette-background-paper, #fff); font-weight: 500;
  color: #8a8f98; text-align: left; padding: 4px 5px; font-size: 11px; white-space: nowrap; }
th.turned { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 96px; overflow: hidden;
  text-overflow: ellipsis; text-align: left; vertical-align: top; padding: 3px 2px; }
td { padding: 1px 2px; }
td.told { padding: 1px 6px; white-space: nowrap; }
input, select { font: inherit; color: inherit; background: transparent; border: 1px solid rgba(138,143,152,.35);
  border-radius: 4px; padding: 3px 4px; box-sizing: border-box; width: 100%; min-width: 42px; }
select { min-width: 88px; }
option { color: #1c2733; }
input.number { text-align: right; min-width: 46px; font-variant-numeric: tabular-nums; }
input:focus, select:focus { outline: 2px solid #0877bd; outline-offset: -1px; }
button { font: inherit; color: inherit; background: none; border: 1px solid rgba(138,143,152,.35); border-radius: 4px;
  cursor: pointer; padding: 2px 8px; margin-top: 4px; }
button.drop { border: none; padding: 2px 5px; color: #8a8f98; margin: 0; }
button:focus-visible { outline: 2px solid #0877bd; }
"""

CODE = """
export function render({ model }) {
  const make = (tag, attributes, ...inside) => {
    const made = Object.assign(document.createElement(tag), attributes); made.append(...inside); return made;
  };
  const root = make('div', {});
  let count = 0;
  const say = (edit) => { model.edit = {...edit, count: ++count}; };
  const number = (text) => {
    const plain = text.trim().replace(',', '.').replace('−', '-'), n = Number(plain);
    return plain === '' || Number.isNaN(n) ? text.trim() : n;
  };
  const cell = (column, value, row, place, told) => {
    const name = `${column.label}, ${told}`;
    if (column.kind === 'told') return make('td', {className: 'told', title: value}, String(value));
    if (column.kind === 'choice') {
      const chosen = make('select', {ariaLabel: name, title: column.help || ''}, ...column.choices.map((choice, k) =>
        make('option', {value: choice, selected: choice === value}, (column.words || column.choices)[k])));
      chosen.onchange = () => say({what: 'set', row, column: place, value: chosen.value});
      return make('td', {}, chosen);
    }
    const input = make('input', {value: value ?? '', ariaLabel: name, className: column.kind});
    input.title = column.help || '';
    if (column.suggests) input.setAttribute('list', 'list' + place);
    if (model.shaded && column.kind === 'number')
      input.style.background = `rgba(8,119,189,${0.7 * Math.min(1, Number(value) || 0)})`;
    input.placeholder = column.empty || '';
    input.onchange = () => {
      const text = column.kind === 'number' ? number(input.value) : input.value.trim();
      say({what: 'set', row, column: place, value: text});
    };
    input.onkeydown = (event) => event.stopPropagation();
    input.onpaste = (event) => {  // a block of a spreadsheet fills the cells to the right and below
      const text = event.clipboardData.getData('text/plain').replace(/\\r/g, '').replace(/\\n+$/, '');
      if (!model.pastes || !/[\\t\\n]/.test(text)) return;
      event.preventDefault();
      const here = model.columns.slice(place);
      const read = (line) => line.split('\\t').slice(0, here.length).map(
        (cell, j) => here[j].kind === 'number' ? number(cell) : cell.trim());
      say({what: 'paste', row, column: place, value: text.split('\\n').map(read)});
    };
    return make('td', {}, input);
  };
  const draw = () => {
    const wrap = root.querySelector('.wrap'), top = wrap ? wrap.scrollTop : 0, left = wrap ? wrap.scrollLeft : 0;
    const focus = root.getRootNode().activeElement?.ariaLabel;
    const first = model.columns[0]?.kind === 'told';
    const head = make('tr', {}, ...model.columns.map((column) => make('th', {
      className: column.turned ? 'turned' : '', title: column.help || column.label}, column.label)));
    const shown = model.rows.slice(0, model.most);
    const rows = shown.map((row, i) => {
      const told = first ? String(row[0]) : 'row ' + (i + 1);
      const made = make('tr', {}, ...model.columns.map((column, j) => cell(column, row[j], i, j, told)));
      if (model.grows) {
        const drop = make('button', {className: 'drop', title: 'Remove', ariaLabel: 'Remove row ' + (i + 1)}, '×');
        drop.onclick = () => say({what: 'drop', row: i});
        made.append(make('td', {}, drop));
      }
      return made;
    });
    const lists = model.columns.map((column, j) => make('datalist', {id: 'list' + j},
      ...(column.suggests || []).map((value) => make('option', {value}))));
    const caption = make('div', {className: 'caption'}, make('b', {}, model.label), ' ' + model.help);
    const parts = [caption, ...lists];
    if (rows.length) parts.push(make('div', {className: 'wrap'}, make('table', {}, make('tbody', {}, head, ...rows))));
    const more = model.rows.length + model.more - shown.length;
    if (more > 0) parts.push(make('div', {className: 'caption'}, `and ${more.toLocaleString('en')} more`));
    if (model.grows) {
      const add = make('button', {}, model.grows); add.onclick = () => say({what: 'add'}); parts.push(add);
    }
    root.replaceChildren(...parts);
    const now = root.querySelector('.wrap');
    if (now) { now.scrollTop = top; now.scrollLeft = left; }
    if (focus) [...root.querySelectorAll('input, select')].find((one) => one.ariaLabel === focus)?.focus();
  };
  for (const name of ['columns', 'rows', 'label', 'help', 'drawn', 'more']) model.on(name, draw);
  draw();
  return root;
}
"""


class RowsTable(JSComponent):
    """Rows of cells. Every edit is told by itself: `set` a cell, `paste` several, `add` a row, `drop` a row."""

    columns = param.List(
        default=[], doc="Dicts with label, kind (text, number, choice, told), help, choices, suggests."
    )
    rows = param.List(default=[])
    label = param.String(default="")
    help = param.String(default="")
    grows = param.String(default="", doc="What the button says that adds a row; empty for a fixed number of rows.")
    pastes = param.Boolean(default=False, doc="Several cells can be pasted at once.")
    shaded = param.Boolean(default=False, doc="Numbers from 0 to 1 colour their cells.")
    most = param.Integer(default=400, doc="Rows that are drawn.")
    more = param.Integer(default=0, doc="Rows that there are beyond those given.")
    drawn = param.Integer(default=0, doc="Counts how often refused values were given up.")
    edit = param.Dict(default={}, doc="what, row, column, value (of `paste`: rows of cells)")

    _stylesheets = [STYLE]
    _esm = CODE


LOOKS = {"sizing_mode": "stretch_width", "margin": (4, 4), "styles": {"font-family": look.FONT}}
