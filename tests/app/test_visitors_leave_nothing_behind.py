"""Visitors come and go; the server forgets them."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.app.visiting import visit
from tests.engine.processes import until

ROOT = Path(__file__).parents[2]


def _census(port: int) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/census", timeout=180) as answer:
        return json.load(answer)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        return bool(_census(port))
    return False


def _settled(port: int, pages: int) -> dict:
    """The census once the server has expired what nobody looks at."""
    for _ in range(360):
        census = _census(port)
        if census["pages"] <= pages and census["sessions"] <= pages:
            break
        time.sleep(0.5)
    return census


@pytest.fixture
def port(tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    environment = {**os.environ, "CONNECTARIUM_STORE": str(tmp_path / "store"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "panel", "serve", "app", "--port", str(free), "--plugins", "tests.app.census"]
    command += ["--unused-session-lifetime", "500", "--check-unused-sessions", "300"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    until(lambda: server.poll() is not None or _answers(free), 180)
    yield free
    server.terminate()
    server.wait(180)
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_thirty_visits_leave_no_page_object_and_flat_memory(port):
    for _ in range(6):  # imports, caches and the allocator reach their working size
        asyncio.run(visit(port))
    before = _settled(port, 0)
    for _ in range(30):
        asyncio.run(visit(port))
    after = _settled(port, 0)
    assert (after["pages"], after["sessions"]) == (0, 0)
    assert after["documents"] <= before["documents"]
    assert after["megabytes"] - before["megabytes"] < 60, (before, after)  # a leaking page costs 5 MB a visit
