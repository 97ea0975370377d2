"""A served app and a headless Chromium that may talk to this machine only."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.experiments.store import Store
from tests.engine.processes import end_all

PATIENCE_MS = 180_000  # two cores may be busy
ROOT = Path(__file__).parents[2]
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-3d-apis", "--font-render-hinting=none"]
QUIET = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
READY = "window.Bokeh && Bokeh.documents.length && Bokeh.documents[0].is_idle && Bokeh.documents[0].roots().length"


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, and skip it where there is no browser; in CI that is a failure."""
    here = [item for item in items if Path(item.path).is_relative_to(Path(__file__).parent)]
    for item in here:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser"))  # one Chromium at a time
        if CHROMIUM is None and not os.environ.get("CI"):
            item.add_marker(pytest.mark.skip(reason="no Chromium here: on Debian, apt-get install chromium"))


class Server:
    """`panel serve app` on a port of its own, with a store of its own."""

    def __init__(self, store: Path, log: Path, *options: str, program: tuple[str, ...] = ()):
        self.store, self.log, self.options = store, log, options
        self.program = program or (str(Path(sys.executable).with_name("panel")),)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/app"
        self.start()

    def start(self) -> None:
        """Start (again) on the same port and wait until it answers."""
        patient = ["--unused-session-lifetime", str(10 * PATIENCE_MS)]  # of a page whose browser comes late: 15 s else
        command = [*self.program, "serve", "app", "--port", str(self.port), "--liveness", *patient, *self.options]
        environment = {**os.environ, "CONNECTARIUM_STORE": str(self.store), "OMP_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=self.log.open("ab"), stderr=subprocess.STDOUT
        )
        end = time.monotonic() + PATIENCE_MS / 1000
        while self.process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/liveness", timeout=5).close()
                return
            time.sleep(0.1)
        raise RuntimeError(f"The server did not answer:\n{self.log.read_text()}")

    def stop(self) -> None:
        """End the web server; runs go on."""
        self.process.terminate()
        self.process.wait(PATIENCE_MS / 1000)

    def faults(self) -> list[str]:
        """Errors in the server's log; that a visitor left while the server wrote to him is none, nor is what Panel says
        of a change that waited for the next tick when its pane had gone with the page."""
        said = re.sub(r", in _update_object\n(?:    .*\n)+KeyError: 'p\d+'\n", "\n", self.log.read_text())
        lines = re.findall(r"^(?:[\w.]*(?:Error|Exception)\b.*|.*\bERROR\b.*)$", said, re.MULTILINE)
        return [line for line in lines if not re.search(r"(WebSocket|Stream)Closed|never retrieved", line)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("server")
    served = Server(folder / "store", folder / "server.log")
    yield served
    served.stop()
    end_all(Store(served.store))
    assert not served.faults(), served.log.read_text()[-4000:]


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import expect, sync_playwright

    if CHROMIUM is None:
        pytest.fail("CI needs Chromium: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)  # 5 s otherwise
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *QUIET])
        yield browser
        browser.close()


class Visitor:
    """One browser context: what it saw go wrong, and how to open a page."""

    def __init__(self, browser, width: int = 1440, height: int = 900):
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            accept_downloads=True,
            permissions=["clipboard-read", "clipboard-write"],
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.foreign: list[str] = []
        self.errors: list[str] = []
        self.context.route("**/*", self._guard)

    def _guard(self, route) -> None:
        url = route.request.url
        if re.match(r"(https?|ws)://(127\.0\.0\.1|localhost)[:/]|data:|blob:", url):
            route.continue_()
        else:
            self.foreign.append(url)
            route.abort()

    def open(self, url: str):
        """A new page, ready for use."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda m: self.errors.append(m.text) if _is_fault(m) else None)
        page.goto(url)
        page.wait_for_function(READY, timeout=PATIENCE_MS)
        return page


def _is_fault(message) -> bool:
    """Errors of the page itself; a socket that closes because the test ends its server is none."""
    return message.type == "error" and not re.search("annot send|ERR_(CONNECTION|EMPTY_RESPONSE|SOCKET)", message.text)


@pytest.fixture
def visitors(chromium, tmp_path: Path) -> Iterator:
    """Makes visitors; afterwards none may have seen an error or asked for anything beyond this machine."""
    import playwright.sync_api

    made: list[Visitor] = []

    def make(**size: int) -> Visitor:
        made.append(Visitor(chromium, **size))
        return made[-1]

    yield make
    for number, visitor in enumerate(made):
        for page in visitor.context.pages:
            with contextlib.suppress(playwright.sync_api.Error):  # pytest keeps the last three folders
                page.screenshot(path=tmp_path / f"visitor_{number}.png", timeout=30_000)
        visitor.context.close()
    assert [url for v in made for url in v.foreign] == []
    assert [error for v in made for error in v.errors] == []
