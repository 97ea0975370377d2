"""A page whose server is gone says so, and comes back with it."""

import re

from playwright.sync_api import expect

from engine.experiments.experiment import Experiment
from tests.browser.conftest import READY
from tests.browser.test_walk import LONGEST_MS, button

HALF = Experiment().with_value("wiring.signs.excitatory_fraction", 0.5)


def test_a_page_without_its_server_says_so_and_reloads_with_its_experiment(visitors, server):
    page = visitors().open(f"{server.url}?x={HALF.to_link()}")
    expect(button(page, "^Start a new run")).to_be_enabled(timeout=LONGEST_MS)
    server.stop()
    told = page.get_by_role("alert").filter(has_text=re.compile("connection to the server is lost"))
    expect(told).to_be_visible(timeout=LONGEST_MS)
    assert page.evaluate("document.body.inert")
    server.start()
    expect(told).to_have_count(0, timeout=LONGEST_MS)
    page.wait_for_function(READY, timeout=LONGEST_MS)
    expect(button(page, "^Start a new run")).to_be_enabled(timeout=LONGEST_MS)
    expect(page.get_by_text("E 42")).to_be_visible(timeout=LONGEST_MS)
