"""A box for names: those chosen as chips, and suggestions of what there is while one types."""

import param
from panel.custom import JSComponent

from app import look

STYLE = """
:host { font-size: 13px; }
.label { font-size: 12px; color: #8a8f98; margin: 2px 0; display: flex; gap: 5px; align-items: center; }
.label .help { cursor: help; border: 1px solid currentColor; border-radius: 50%; width: 11px; height: 11px;
  font-size: 8.5px; display: inline-flex; align-items: center; justify-content: center; flex: none; }
.box { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; border: 1px solid rgba(138,143,152,.45);
  border-radius: 6px; padding: 4px 6px; box-sizing: border-box; width: 100%; max-height: 132px; overflow-y: auto; }
.box:focus-within { outline: 2px solid #0877bd; outline-offset: -1px; }
.chip { background: rgba(8,119,189,.14); border-radius: 10px; padding: 1px 3px 1px 8px; display: inline-flex;
  align-items: center; max-width: 100%; }
.chip span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chip button { all: unset; cursor: pointer; padding: 0 5px; color: #8a8f98; }
.chip button:focus-visible { outline: 2px solid #0877bd; border-radius: 8px; }
input { font: inherit; color: inherit; background: none; border: none; outline: none; flex: 1; min-width: 70px;
  padding: 3px 2px; }
input::placeholder { color: #8a8f98; opacity: .8; }
"""

CODE = """
export function render({ model }) {
  const make = (tag, attributes, ...inside) => {
    const made = Object.assign(document.createElement(tag), attributes); made.append(...inside); return made;
  };
  const root = make('div', {}), box = make('div', {className: 'box'}), list = make('datalist', {id: 'known'});
  const input = make('input', {autocomplete: 'off'}); input.setAttribute('list', 'known');
  const head = make('div', {className: 'label'});
  root.append(head, box, list);
  const say = (value) => { model.value = value; };
  const take = () => {
    const text = input.value.trim();
    if (!text) return;
    const found = text.split(',').map((t) => t.trim()).filter((t) => t && !model.value.includes(t));
    const whole = model.options.includes(text) && !model.value.includes(text) ? [text] : found;
    input.value = ''; if (whole.length) say([...model.value, ...whole]);
  };
  const draw = () => {
    const help = make('span', {className: 'help', title: model.help}, 'i');
    head.replaceChildren(model.label, ...(model.help ? [help] : []));
    input.setAttribute('aria-label', model.label);
    const shown = model.value.slice(0, model.most);
    const chips = shown.map((name) => {
      const drop = make('button', {ariaLabel: 'Remove ' + name, title: 'Remove ' + name}, '×');
      drop.onclick = () => say(model.value.filter((other) => other !== name));
      return make('span', {className: 'chip', title: name}, make('span', {}, name), drop);
    });
    const more = model.value.length - shown.length;
    const rest = make('span', {}, `and ${more.toLocaleString('en')} more `);
    if (more > 0) chips.push(make('span', {className: 'chip'}, rest));
    input.placeholder = model.value.length ? '' : model.empty;
    const focused = root.getRootNode().activeElement === input;
    box.replaceChildren(...chips, input); if (focused) input.focus();
    const left = model.options.filter((name) => !model.value.includes(name));
    list.replaceChildren(...left.map((name) => make('option', {value: name})));
  };
  input.onchange = take;
  input.oninput = (event) => { if (event.inputType === 'insertReplacementText' || !event.inputType) take(); };
  input.onkeydown = (event) => {
    event.stopPropagation();
    if (event.key === 'Enter') take();
    if (event.key === 'Backspace' && !input.value && model.value.length) say(model.value.slice(0, -1));
  };
  box.onclick = (event) => { if (event.target === box) input.focus(); };
  for (const name of ['value', 'options', 'label', 'help', 'empty']) model.on(name, draw);
  draw();
  return root;
}
"""


class NamesBox(JSComponent):
    """Names, each a chip; one is added by typing or from the suggestions, and need not be among these."""

    value = param.List(default=[])
    options = param.List(default=[], doc="What is suggested.")
    label = param.String(default="")
    help = param.String(default="")
    empty = param.String(default="all", doc="What no name at all means.")
    most = param.Integer(default=60, doc="Chips that are drawn.")

    _stylesheets = [STYLE]
    _esm = CODE


MARGIN = (3, 4)
LOOKS = {"sizing_mode": "stretch_width", "margin": MARGIN, "styles": {"font-family": look.FONT}}
