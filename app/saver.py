"""A file from the server's memory into the visitor's download folder, piece by piece over the page's own connection."""

from collections.abc import Iterator
from typing import Any

import panel as pn
from panel.custom import JSComponent

PIECE = 1 << 20  # bytes in one message: the websocket and the event loop stay free for others in between


class Saver(JSComponent):
    """Invisible; `save` makes the browser keep a file."""

    _esm = """
    export function render({model}) {
      let pieces = []
      const take = (data) => {
        if (data.first) pieces = []
        pieces.push(data.piece)
        if (!data.last) return
        const url = URL.createObjectURL(new Blob(pieces, {type: data.mime}))
        const anchor = document.createElement('a')
        anchor.href = url
        anchor.download = data.name
        anchor.click()
        pieces = []
        setTimeout(() => URL.revokeObjectURL(url), 60000)
      }
      model.on('msg:custom', take)
      return document.createElement('span')
    }
    """

    def __init__(self, **values: Any):
        super().__init__(**{"width": 0, "height": 0, "margin": 0, **values})

    def save(self, name: str, mime: str, content: bytes) -> None:
        """The browser keeps `content` as a file called `name`."""
        self._send(_messages(name, mime, content), pn.state.curdoc)

    def _send(self, messages: Iterator[dict[str, Any]], document: Any) -> None:
        message = next(messages, None)
        if message is None:
            return
        self._send_msg(message)
        if document is not None and not message["last"]:
            document.add_next_tick_callback(lambda: self._send(messages, document))


def _messages(name: str, mime: str, content: bytes) -> Iterator[dict[str, Any]]:
    for start in range(0, max(1, len(content)), PIECE):
        last = start + PIECE >= len(content)
        piece = content[start : start + PIECE]
        yield {"name": name, "mime": mime, "first": start == 0, "last": last, "piece": piece}
