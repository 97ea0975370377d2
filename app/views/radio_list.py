"""Choices in words, one below the other, of which none may be chosen yet."""

import param
from panel.custom import JSComponent

from app import look


class RadioList(JSComponent):
    """Native radio buttons: `choices` are [value, words] and `value` is empty while there is no answer.

    `asides` tell more about a choice, by its value.
    """

    choices = param.List(default=[])
    asides = param.Dict(default={})
    value = param.String(default="", allow_None=True)
    label = param.String(default="")

    _esm = """
export function render({ model }) {
  const root = document.createElement('div');
  const name = 'choice' + Math.random().toString(36).slice(2);
  const make = (tag, text) => { const made = document.createElement(tag); made.textContent = text; return made; };
  const draw = () => {
    root.setAttribute('role', 'radiogroup'); root.setAttribute('aria-label', model.label);
    root.replaceChildren(...model.choices.map(([value, words]) => {
      const row = document.createElement('label'), dot = document.createElement('input');
      dot.type = 'radio'; dot.name = name; dot.value = value; dot.setAttribute('aria-label', words);
      dot.onchange = () => { model.value = value; };
      dot.onkeydown = (event) => event.stopPropagation();
      const said = document.createElement('span'); said.append(make('span', words));
      const aside = make('span', ''); aside.className = 'aside'; said.append(aside);
      row.append(dot, said);
      return row;
    }));
    follow();
  };
  const follow = () => {
    for (const row of root.children) {
      const dot = row.querySelector('input');
      dot.checked = dot.value === model.value;
      row.querySelector('.aside').textContent = model.asides[dot.value] || '';
    }
  };
  model.on('choices', draw); model.on('label', draw); model.on('value', follow); model.on('asides', follow);
  draw();
  return root;
}
"""
    _stylesheets = [
        """
label { display: flex; gap: 8px; align-items: flex-start; padding: 3px 0; font-size: 13px; line-height: 1.35;
  cursor: pointer; }
input { accent-color: #0877bd; margin: 1px 0 0; flex: none; width: 15px; height: 15px; }
input:focus-visible { outline: 2px solid #0877bd; outline-offset: 2px; }
.aside { display: block; color: #8a8f98; font-size: 12px; }
.aside:empty { display: none; }
"""
    ]


def radio_list(label: str, choices: tuple[tuple[str, str], ...]) -> RadioList:
    """Radio buttons that fill the width of their column."""
    return RadioList(
        label=label, choices=[list(choice) for choice in choices], sizing_mode="stretch_width", margin=(2, 4, 2, 8),
        styles={"font-family": look.FONT},
    )  # fmt: skip
