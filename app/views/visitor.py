"""What the page must know of its visitor: keys that are meant for the transport, and whether the page is in view."""

from typing import Any

import param
from panel.custom import JSComponent


class Visitor(JSComponent):
    """Invisible. With `keys`, its messages are "run", "step", "reset" and "help". `hidden`: another browser tab is in
    front; `away`: its own place on the page is scrolled out of view.

    Keys count wherever the focus is, except while typing, in a dialog or a menu, and on whatever uses that key itself:
    the arrows of a slider, and Space on a button that was reached by Tab.
    """

    keys = param.Boolean(default=False)
    hidden = param.Boolean(default=False)
    away = param.Boolean(default=False)

    _esm = """
    const KEYS = {' ': 'run', 'ArrowRight': 'step', 'r': 'reset', 'R': 'reset', '?': 'help'}
    const ENTRY = 'input:not([type=range]):not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select'
    const APART = '[contenteditable=true], .MuiModal-root, [role=dialog], [role=menu], [role=listbox], [role=textbox]'
    const ARROWS = 'input[type=range], input[type=radio], [role=slider], [role=tab], [role=radio], [role=grid], .bk-tab'
    const PRESSED = 'button, a, summary, [role=button], [role=tab], [role=radio], [role=combobox], ' +
      '[role=menuitem], [type=checkbox], [type=radio], .bk-tab'

    export function render({model}) {
      let tabbed = false
      const inside = (event, what) => event.composedPath().some((node) => node.matches && node.matches(what))
      const owned = (event) =>
        inside(event, ENTRY) || inside(event, APART) ||
        (event.key === 'ArrowRight' && inside(event, ARROWS)) ||
        (event.key === ' ' && tabbed && inside(event, PRESSED))
      const down = (event) => {
        if (event.key === 'Tab') tabbed = true
        const what = KEYS[event.key]
        if (!what || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || owned(event)) return
        event.preventDefault()
        event.stopPropagation()
        if (!event.repeat || what === 'step') model.send_msg(what)
      }
      const up = (event) => {
        if (event.key === ' ' && !owned(event)) event.preventDefault()
      }
      const point = () => { tabbed = false }
      const look = () => { model.hidden = document.hidden }
      const bind = (verb) => {
        if (model.keys) {
          window[verb]('keydown', down, true)
          window[verb]('keyup', up, true)
          window[verb]('pointerdown', point, true)
        }
        document[verb]('visibilitychange', look)
      }
      bind('addEventListener')
      look()
      const place = document.createElement('span')
      const watch = new IntersectionObserver((seen) => { model.away = !seen[seen.length - 1].isIntersecting })
      watch.observe(place)
      model.on('remove', () => { bind('removeEventListener'); watch.disconnect() })
      return place
    }
    """

    def __init__(self, **values: Any):
        super().__init__(**{"width": 0, "height": 0, "margin": 0, **values})
