"""serve: opens the app in the browser, by `panel serve app` in a process of its own."""

import argparse
import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

from engine.commands.said import say
from engine.component import Invalid

PORT = 5006
ROOT = Path(__file__).parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help=f"default: {PORT}, or the next one that is free")
    parser.add_argument("--address", default="127.0.0.1", help="default: only this machine can connect")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--store", metavar="DIR", help="the folder where runs are kept")


def command(asked: argparse.Namespace) -> int:
    """The exit status of the server; Ctrl-C ends it, and runs at work go on."""
    port = _port(asked.address, asked.port)
    environment = dict(os.environ)
    if asked.store:
        environment["CONNECTARIUM_STORE"] = str(Path(asked.store).expanduser().absolute())
    say(f"Connectarium is at http://{asked.address}:{port}/ ; Ctrl-C ends it.")
    server = subprocess.Popen(panel_command(asked.address, port, not asked.no_browser), cwd=ROOT, env=environment)
    try:
        return server.wait()
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(5)
        return 0
    finally:
        if server.poll() is None:
            server.terminate()
            server.wait()


def panel_command(address: str, port: int, show: bool) -> list[str]:
    """The command line of the web server."""
    app = ROOT / "app"
    if not (app / "main.py").is_file():
        raise Invalid(f"There is no app in {app}; install Connectarium again.")
    command = [sys.executable, "-m", "panel", "serve", str(app), "--address", address, "--port", str(port)]
    day_s, half_hour_ms = "86400", "1800000"
    command += ["--liveness", "--session-token-expiration", day_s, "--unused-session-lifetime", half_hour_ms]
    loopback = [f"--allow-websocket-origin={name}:{port}" for name in ("localhost", "127.0.0.1")]
    return command + (loopback if address in ("localhost", "127.0.0.1") else []) + (["--show"] if show else [])


def _port(address: str, asked: int | None) -> int:
    if asked is not None:
        if not _is_free(address, asked):
            raise Invalid(f"Port {asked} of {address} is taken or not allowed; name another with --port.")
        return asked
    free = next((port for port in range(PORT, PORT + 100) if _is_free(address, port)), None)
    if free is None:
        raise Invalid(f"No port from {PORT} to {PORT + 99} of {address} is free; name one with --port.")
    return free


def _is_free(address: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(address, port)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except (OSError, OverflowError):
        return False
    return True
