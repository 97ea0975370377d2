"""Light and dark follow the system until the visitor chooses, and the choice is remembered."""

from playwright.sync_api import expect

from tests.browser.conftest import READY
from tests.browser.test_walk import LONGEST_MS

PAPER = "getComputedStyle(document.documentElement).backgroundColor.match(/[0-9.]+/g).map(Number)"


def reloaded(page, dark: bool) -> None:
    """The page is of this theme, which is already that of the bare document before anything is drawn."""
    page.reload(wait_until="commit")
    page.wait_for_selector("#loader", state="attached", timeout=LONGEST_MS)
    paper = page.evaluate(PAPER)
    assert len(paper) == 3, "not transparent"
    assert (max(paper) < 64) if dark else (min(paper) > 192)
    page.wait_for_function(READY, timeout=LONGEST_MS)
    expect(page.locator(f".mui-{'dark' if dark else 'light'}").first).to_be_visible(timeout=LONGEST_MS)


def test_the_theme_is_the_systems_until_the_visitor_chooses_and_then_his_over_a_reload(visitors, server):
    visitor = visitors()
    page = visitor.open(server.url)
    expect(page.locator(".mui-light").first).to_be_visible(timeout=LONGEST_MS)
    page.emulate_media(color_scheme="dark")
    page.goto(server.url)
    page.wait_for_function(READY, timeout=LONGEST_MS)
    expect(page.locator(".mui-dark").first).to_be_visible(timeout=LONGEST_MS)
    page.get_by_role("button", name="Toggle theme").click()
    expect(page.locator(".mui-light").first).to_be_visible(timeout=LONGEST_MS)
    page.wait_for_function("document.cookie.includes('connectarium-theme=light')", timeout=LONGEST_MS)
    reloaded(page, dark=False)
    page.get_by_role("button", name="Toggle theme").click()
    page.wait_for_function("document.cookie.includes('connectarium-theme=dark')", timeout=LONGEST_MS)
    reloaded(page, dark=True)
