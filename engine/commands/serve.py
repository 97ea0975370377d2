"""serve: opens the app in the browser, by `panel serve app` in a process of its own."""

import argparse
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from engine import own_files
from engine.commands.said import say
from engine.component import Invalid

PORT = 5006
ROOT = Path(__file__).parents[2]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help=f"default: {PORT}, or the next one that is free")
    parser.add_argument("--address", default="127.0.0.1", help="default: only this machine can connect")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument("--origin", action="append", default=[], metavar="HOST[:PORT]",
                        help="a further name under which browsers reach this server; may be given again")  # fmt: skip
    parser.add_argument("--store", metavar="DIR", help="the folder where runs are kept")
    parser.add_argument(
        "--own-tasks", metavar="DIR", help="run task files (Python) of this folder; only if you trust them"
    )


def command(asked: argparse.Namespace) -> int:
    """The exit status of the server; Ctrl-C or SIGTERM ends it, and runs at work go on."""
    own_files.allow(asked.own_tasks)
    environment = dict(os.environ)
    if store := asked.store or environment.get("CONNECTARIUM_STORE"):
        environment["CONNECTARIUM_STORE"] = str(_store_folder(Path(store).expanduser().absolute()))
    port = _port(asked.address, asked.port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service manager's word for Ctrl-C
    say(f"Connectarium is at http://{asked.address}:{port}/ ; Ctrl-C ends it.")
    command = panel_command(asked.address, port, asked.origin, show=not asked.no_browser)
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _end(server)


def panel_command(address: str, port: int, origins: list[str], show: bool) -> list[str]:
    """The command line of the web server."""
    app = ROOT / "app"
    if not (app / "main.py").is_file():
        raise Invalid(f"There is no app in {app}; install Connectarium again.")
    command = [sys.executable, "-m", "panel", "serve", str(app), "--address", address, "--port", str(port)]
    day_s, half_hour_ms = "86400", "1800000"
    command += ["--liveness", "--session-token-expiration", day_s, "--unused-session-lifetime", half_hour_ms]
    own = [f"{name}:{port}" for name in dict.fromkeys(("localhost", "127.0.0.1", address, socket.gethostname()))]
    return command + [f"--allow-websocket-origin={origin}" for origin in own + origins] + (["--show"] if show else [])


def _store_folder(path: Path) -> Path:
    """The path itself. Raises Invalid if no run could be kept there."""
    existing = next(each for each in (path, *path.parents) if each.exists())
    if not existing.is_dir():
        raise Invalid(f"{existing} is a file, so no runs can be kept in {path}; name a folder with --store.")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise Invalid(f"{existing} cannot be written, so no runs can be kept in {path}; name a folder with --store.")
    return path


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _port(address: str, asked: int | None) -> int:
    if not _can_bind(address, 0):
        raise Invalid(f"{address} is no address of this machine; name another with --address, or leave it out.")
    if asked is not None:
        if not _is_free(address, asked):
            raise Invalid(f"Port {asked} of {address} is taken or not allowed; name another with --port.")
        return asked
    free = next((port for port in range(PORT, PORT + 100) if _is_free(address, port)), None)
    if free is None:
        raise Invalid(f"No port from {PORT} to {PORT + 99} of {address} is free; name one with --port.")
    return free


def _is_free(address: str, port: int) -> bool:
    return _can_bind(address, port)


def _can_bind(address: str, port: int) -> bool:
    try:
        family = socket.getaddrinfo(address, port)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if os.name != "nt":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except (OSError, OverflowError):
        return False
    return True
