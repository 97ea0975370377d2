"""A fold: a heading that says what is inside, and contents that are built when it is first opened."""

from collections.abc import Callable
from typing import Any

import panel as pn
import param
from panel.custom import JSComponent

from app import look


class FoldHeading(JSComponent):
    """A full-width button: name, state in a quieter voice, and a chevron."""

    name_ = param.String(default="")
    says = param.String(default="")
    open = param.Boolean(default=False)
    wrong = param.Boolean(default=False, doc="Something inside needs attention.")

    _esm = """
export function render({ model }) {
  const button = document.createElement('button');
  const name = document.createElement('span'); name.className = 'name';
  const says = document.createElement('span'); says.className = 'says';
  const chevron = document.createElement('span'); chevron.className = 'chevron'; chevron.textContent = '›';
  button.append(name, says, chevron);
  const draw = () => {
    name.textContent = model.name_; says.textContent = model.says; says.title = model.says;
    button.setAttribute('aria-expanded', model.open);
    button.className = (model.open ? 'open' : '') + (model.wrong ? ' wrong' : '');
  };
  // What was opened comes into view: as it grows, for some seconds, unless the visitor moves on by himself.
  const reveal = () => {
    const fold = button.getRootNode().host.getRootNode().host;
    const grows = new ResizeObserver(() => fold.scrollIntoView({ block: 'nearest' }));
    const acts = ['wheel', 'pointerdown', 'keydown', 'touchstart'];
    const end = () => {
      grows.disconnect();
      acts.forEach((act) => window.removeEventListener(act, end, true));
    };
    grows.observe(fold);
    acts.forEach((act) => window.addEventListener(act, end, true));
    setTimeout(end, 4000);
  };
  button.onclick = () => { model.open = !model.open; };
  for (const watched of ['name_', 'says', 'open', 'wrong']) model.on(watched, draw);
  model.on('open', () => { if (model.open) reveal(); });
  draw();
  return button;
}
"""
    _stylesheets = [
        """
button { all: unset; box-sizing: border-box; display: flex; align-items: baseline; gap: 10px; width: 100%;
  cursor: pointer; padding: 9px 12px; font-size: 13.5px;
  border-top: 1px solid rgba(138,143,152,.25); line-height: 1.3; }
button:hover { background: rgba(8,119,189,.07); }
button:focus-visible { outline: 2px solid #0877bd; outline-offset: -2px; }
.name { font-weight: 500; flex: none; }
.says { color: #8a8f98; font-size: 12.5px; flex: 1; min-width: 0; overflow: hidden; white-space: nowrap;
  text-overflow: ellipsis; text-align: right; }
.chevron { flex: none; width: 12px; color: #8a8f98; transition: transform .15s; display: inline-block;
  text-align: center; }
.open .chevron { transform: rotate(90deg); }
.open { position: sticky; top: 0; }
.wrong .name::after { content: ' ●'; color: #d64545; font-size: 10px; }
"""
    ]


class Fold:
    """A heading and its contents; `contents()` is called when the fold is first opened."""

    def __init__(self, name: str, contents: Callable[[], list[Any]], open_: bool = False):
        self._contents = contents
        self.heading = FoldHeading(name_=name, sizing_mode="stretch_width", margin=0, styles={"font-family": look.FONT})
        self.body = pn.Column(visible=False, sizing_mode="stretch_width", margin=(0, 8, 10, 8))
        free = {"max-height": "none"}  # Panel holds a column to the height of its parent, here of what is in sight
        self.layout = pn.Column(self.heading, self.body, sizing_mode="stretch_width", margin=0, styles=free)
        self.heading.param.watch(lambda event: self._turn(event.new), "open")
        self.heading.open = open_

    def say(self, text: str, wrong: bool = False) -> None:
        """What the heading tells about the contents."""
        if (self.heading.says, self.heading.wrong) != (text, wrong):
            self.heading.param.update(says=text, wrong=wrong)

    def _turn(self, is_open: bool) -> None:
        self.body.visible = is_open  # first, since a figure that is drawn while hidden has no size
        if is_open and not self.body.objects:
            self.body.objects = self._contents()
