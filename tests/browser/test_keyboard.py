"""The main path without a mouse: everything is reached by Tab, and dialogs hold the focus and give it back."""

import re

from playwright.sync_api import expect

from engine.experiments.experiment import Experiment
from tests.browser.test_walk import LONG, LONGEST_MS, STEPS, button

FOCUSED = """() => {
    let found = document.activeElement;
    while (found && found.shadowRoot && found.shadowRoot.activeElement) found = found.shadowRoot.activeElement;
    if (!found) return '';
    const labels = Array.from(found.labels || []).map((label) => label.innerText);
    return [found.getAttribute('aria-label'), found.title, ...labels, found.innerText].filter(Boolean).join(' | ');
}"""
RINGED = """() => {
    let found = document.activeElement;
    while (found && found.shadowRoot && found.shadowRoot.activeElement) found = found.shadowRoot.activeElement;
    return getComputedStyle(found).outlineStyle !== 'none';
}"""
MOST_TABS = 160


def reach(page, name: str, key: str = "Tab") -> None:
    """Press Tab until the focus is on what is called so."""
    seen = []
    for _ in range(MOST_TABS):
        page.keyboard.press(key)
        seen.append(page.evaluate(FOCUSED))
        if re.search(name, seen[-1]):
            return
    raise AssertionError(f"{name} is not reached by {key}; these are: {seen}")


def test_the_main_path_by_keyboard_alone(visitors, server, tmp_path):
    page = visitors().open(f"{server.url}?x={LONG.to_link()}")
    expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)

    reach(page, "^Excitatory fraction, as a number")
    page.keyboard.press("Control+A")
    page.keyboard.type("0.5")
    page.keyboard.press("Enter")
    expect(page.get_by_text("E 42")).to_be_visible(timeout=LONGEST_MS)
    reach(page, "^Dynamics")
    assert page.evaluate(RINGED)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Gain, as a number")).to_be_visible(timeout=LONGEST_MS)
    reach(page, "^Gain, as a number")
    expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)

    reach(page, "^Start")
    assert page.evaluate(RINGED)
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => ({STEPS})().length > 2", timeout=LONGEST_MS)
    expect(button(page, "^Stop")).to_be_enabled(timeout=LONGEST_MS)
    reach(page, "^Stop")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("^stopped")).filter(visible=True).first).to_be_visible(timeout=LONGEST_MS)

    reach(page, "^Spectrum$")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Eigenvalues of the recurrent weights", exact=True)).to_be_visible(timeout=LONGEST_MS)
    reach(page, "^Export this figure")
    page.keyboard.press("Enter")
    expect(button(page, "^SVG").filter(visible=True)).to_be_visible(timeout=LONGEST_MS)  # or Tab leads on behind it
    reach(page, "^SVG")
    with page.expect_download(timeout=LONGEST_MS) as awaited:
        page.keyboard.press("Enter")
    assert awaited.value.suggested_filename.endswith(".svg")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => ({FOCUSED})().startsWith('Export this figure')", timeout=LONGEST_MS)

    reach(page, "Runs$", key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible(timeout=LONGEST_MS)
    expect(page.locator(".tabulator-row")).to_have_count(1, timeout=LONGEST_MS)
    reach(page, "^Filter by")
    reach(page, "^Choose ")
    page.keyboard.press("Space")
    expect(button(page, "^Resume")).to_be_enabled(timeout=LONGEST_MS)
    reach(page, "^Resume")
    reach(page, "Delete")
    reach(page, "^Name")
    reach(page, "^close")  # round again: the focus stays in the dialog
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=LONGEST_MS)
    page.wait_for_function(f"() => ({FOCUSED})().endsWith('Runs')", timeout=LONGEST_MS)


def test_space_on_a_tab_or_a_choice_starts_nothing(visitors, server):
    page = visitors().open(f"{server.url}?x={Experiment().to_link()}")
    expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)
    reach(page, "^Tuning$")
    page.keyboard.press("Space")
    expect(page.get_by_text("Tuning curves")).to_be_visible(timeout=LONGEST_MS)
    page.wait_for_timeout(600)
    assert "run=" not in page.url
