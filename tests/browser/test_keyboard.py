"""Without a mouse: what is reached by Tab obeys its own keys."""

import re

from playwright.sync_api import expect

from engine.experiments.experiment import Experiment
from tests.browser.test_walk import LONGEST_MS, button

FOCUSED = """() => {
    let found = document.activeElement;
    while (found && found.shadowRoot && found.shadowRoot.activeElement) found = found.shadowRoot.activeElement;
    if (!found) return '';
    const labels = Array.from(found.labels || []).map((label) => label.innerText);
    return [found.getAttribute('aria-label'), found.title, ...labels, found.innerText].filter(Boolean).join(' | ');
}"""
MOST_TABS = 90


def reach(page, name: str, key: str = "Tab") -> None:
    """Press Tab until the focus is on what is called so."""
    seen = []
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))
        if re.search(name, seen[-1]):
            return
    raise AssertionError(f"{name} is not reached by {key}; these are: {seen}")


def test_space_on_a_tab_or_a_choice_starts_nothing(visitors, server):
    page = visitors().open(f"{server.url}?x={Experiment().to_link()}")
    expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)
    reach(page, "^Tuning$")
    page.keyboard.press("Space")
    expect(page.get_by_text("Tuning curves")).to_be_visible(timeout=LONGEST_MS)
    page.wait_for_timeout(600)
    assert "run=" not in page.url
