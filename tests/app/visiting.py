"""A visitor without a browser: opens a page over HTTP and its websocket, pulls the document, and leaves."""

import json
import re
import urllib.request

from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

PATIENCE_S = 180  # two cores may be busy


async def visit(port: int, query: str = "") -> None:
    """Open the page as a browser would, take the whole document, and close."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/app{query}", timeout=PATIENCE_S) as answer:
        token = re.search(r'"token":"([^"]+)"', answer.read().decode()).group(1)
    waits = {"connect_timeout": PATIENCE_S, "request_timeout": PATIENCE_S}
    spoken = {"Sec-WebSocket-Protocol": f"bokeh, {token}"}
    request = HTTPRequest(f"ws://127.0.0.1:{port}/app/ws", headers=spoken, **waits)
    socket = await websocket_connect(request, subprotocols=["bokeh", token], max_message_size=100_000_000)
    await _until(socket, "ACK")
    for part in (json.dumps({"msgid": "1", "msgtype": "PULL-DOC-REQ"}), "{}", "{}"):
        await socket.write_message(part)
    await _until(socket, "PULL-DOC-REPLY")
    socket.close()
    while await socket.read_message() is not None:  # until the server has closed too
        continue


async def _until(socket: WebSocketClientConnection, wanted: str) -> None:
    while wanted not in str(message := await socket.read_message()):
        assert message is not None, "the server closed the connection"
