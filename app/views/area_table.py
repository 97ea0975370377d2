"""Three small tables of areas, each one component: sizes with densities, other names, and chips to tick."""

import param
from panel.custom import JSComponent

from app import look

_TABLE_STYLE = """
:host { font-size: 12px; }
.wrap { overflow-x: auto; scrollbar-width: thin; }
table { border-collapse: collapse; }
th { font-weight: 500; color: #8a8f98; text-align: left; padding: 2px 3px; font-size: 11px; white-space: nowrap;
  vertical-align: bottom; }
th.from { writing-mode: vertical-rl; transform: rotate(180deg); padding: 3px 0; vertical-align: top;
  max-height: 120px; overflow: hidden; text-overflow: ellipsis; }
th.from .key { margin: 0 0 4px 0; }
td { padding: 1px; }
td.told { padding: 1px 12px 1px 3px; }
td.told.number { text-align: right; font-variant-numeric: tabular-nums; }
.caption { color: #8a8f98; margin-bottom: 4px; }
input { font: inherit; color: inherit; background: transparent; border: 1px solid rgba(138,143,152,.35);
  border-radius: 4px; padding: 3px 5px; box-sizing: border-box; width: 48px; }
input.name { width: 92px; }
input:focus { outline: 2px solid #0877bd; outline-offset: -1px; }
button { font: inherit; color: inherit; background: none; border: 1px solid rgba(138,143,152,.35); border-radius: 4px;
  cursor: pointer; padding: 2px 8px; }
button.drop { border: none; padding: 2px 5px; color: #8a8f98; }
.key { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 4px; }
.chips { display: flex; flex-wrap: wrap; gap: 4px; }
.chip { border-radius: 12px; padding: 2px 9px; font-size: 12px; display: inline-flex; align-items: center; }
.chip[aria-pressed=true] { border-color: #0877bd; background: rgba(8,119,189,.16); }
.label { color: #8a8f98; margin-bottom: 4px; }
"""

_DOM = """
const make = (tag, attributes, ...inside) => {
  const made = Object.assign(document.createElement(tag), attributes); made.append(...inside); return made;
};
const key = (colour) => { const k = make('span', {className: 'key'}); k.style.background = colour; return k; };
"""


class AreaTable(JSComponent):
    """Areas as rows and columns: sizes at the left, the chance of a connection from column to row in the cells."""

    areas = param.List(default=[], doc="Dicts with name and units.")
    densities = param.List(default=[], doc="Rows [post][pre].")
    colours = param.List(default=[])
    edited = param.Dict(default={}, doc="What the user made of it: areas and densities.")

    _stylesheets = [_TABLE_STYLE]
    _esm = (
        _DOM
        + """
export function render({ model }) {
  const root = make('div', {className: 'wrap'});
  const say = (areas, densities) => { model.edited = {areas, densities}; };
  const copy = () => [model.areas.map((a) => ({...a})), model.densities.map((row) => [...row])];
  const field = (value, name, label, set) => {
    const input = make('input', {value, className: name, ariaLabel: label});
    input.onchange = () => {
      const [areas, densities] = copy(); set(areas, densities, input.value); say(areas, densities);
    };
    input.onkeydown = (event) => event.stopPropagation();
    return make('td', {}, input);
  };
  const number = (text) => { const n = Number(text); return text.trim() === '' || Number.isNaN(n) ? text : n; };
  const draw = () => {
    const names = model.areas.map((a) => a.name);
    const head = make('tr', {}, make('th', {}, 'Area'), make('th', {}, 'Units'));
    names.forEach((name, j) => head.append(
      make('th', {className: 'from', title: 'from ' + name}, key(model.colours[j]), name)));
    const body = model.areas.map((area, i) => {
      const row = make('tr', {},
        field(area.name, 'name', 'Name of area ' + (i + 1), (areas, _, text) => { areas[i].name = text; }),
        field(area.units, 'units', 'Units of ' + area.name, (areas, _, text) => { areas[i].units = number(text); }));
      (model.densities[i] || []).forEach((density, j) => {
        const cell = field(density, 'density', `Density from ${names[j]} to ${area.name}`,
          (_, densities, text) => { densities[i][j] = number(text); });
        cell.firstChild.style.background = `rgba(8,119,189,${0.75 * Math.min(1, Number(density) || 0)})`;
        row.append(cell);
      });
      const gone = 'Remove ' + area.name;
      const drop = make('button', {className: 'drop', title: gone, ariaLabel: gone}, '×');
      drop.onclick = () => {
        const [areas, densities] = copy();
        areas.splice(i, 1); densities.splice(i, 1); densities.forEach((r) => r.splice(i, 1)); say(areas, densities);
      };
      if (model.areas.length > 1) row.append(make('td', {}, drop));
      return row;
    });
    const add = make('button', {}, 'Add an area');
    add.onclick = () => {
      const [areas, densities] = copy();
      let k = areas.length + 1; while (names.includes('area ' + k)) k += 1;
      areas.push({name: 'area ' + k, units: 40}); densities.forEach((r) => r.push(0.05));
      densities.push(areas.map((_, j) => (j === areas.length - 1 ? 0.3 : 0.05))); say(areas, densities);
    };
    const said = 'Rows receive (post), columns send (pre); a cell is the chance of a connection.';
    root.replaceChildren(make('div', {className: 'caption'}, said),
      make('table', {}, make('tbody', {}, head, ...body)), add);
  };
  model.on('areas', draw); model.on('densities', draw); draw();
  return root;
}
"""
    )


class RenameTable(JSComponent):
    """One row per area: its present name, how many units it has, and a box for another name; equal names merge."""

    rows = param.List(default=[], doc="Dicts with name, units and now (the name it was given).")
    edited = param.Dict(default={}, doc="Old name -> new name, where they differ.")

    _stylesheets = [_TABLE_STYLE + ".wrap { max-height: 236px; overflow-y: auto; } table, input.name { width: 100%; }"]
    _esm = (
        _DOM
        + """
export function render({ model }) {
  const root = make('div', {className: 'wrap'});
  const draw = () => {
    const inputs = [];
    const rows = model.rows.map((row) => {
      const input = make('input', {className: 'name', value: row.now, ariaLabel: 'Area of ' + row.name});
      input.onkeydown = (event) => event.stopPropagation();
      input.onchange = () => {
        const pairs = model.rows.map((r, i) => [r.name, inputs[i].value.trim()]).filter(([a, b]) => b && a !== b);
        model.edited = Object.fromEntries(pairs);
      };
      inputs.push(input);
      return make('tr', {}, make('td', {className: 'told'}, row.name),
        make('td', {className: 'told number'}, String(row.units)), make('td', {}, input));
    });
    const head = make('tr', {}, ...['Area', 'Units', 'Merge into'].map((t) => make('th', {}, t)));
    root.replaceChildren(make('table', {}, make('tbody', {}, head, ...rows)));
  };
  model.on('rows', draw); draw();
  return root;
}
"""
    )


class Chips(JSComponent):
    """Names to tick; none ticked means all."""

    options = param.List(default=[], doc="Dicts with value and colour.")
    value = param.List(default=[])
    label = param.String(default="")

    _stylesheets = [_TABLE_STYLE]
    _esm = (
        _DOM
        + """
export function render({ model }) {
  const root = make('div', {});
  const draw = () => {
    const said = model.value.length ? '' : ' all';
    const chips = model.options.map((option) => {
      const on = model.value.includes(option.value);
      const chip = make('button', {className: 'chip', ariaPressed: String(on)}, key(option.colour), option.value);
      chip.onclick = () => {
        model.value = on ? model.value.filter((v) => v !== option.value) : [...model.value, option.value];
      };
      return chip;
    });
    const group = make('div', {className: 'chips', role: 'group', ariaLabel: model.label}, ...chips);
    root.replaceChildren(make('div', {className: 'label'}, model.label + ':' + said), group);
  };
  for (const name of ['options', 'value', 'label']) model.on(name, draw);
  draw();
  return root;
}
"""
    )


STYLE = {"font-family": look.FONT}
