"""Visitors do not see or disturb each other, and a bad link is one sentence."""

import re

from playwright.sync_api import expect

from tests.browser.test_walk import LONGEST_MS, button, set_fraction


def test_two_visitors_at_once_keep_their_own_forms(visitors, server):
    first, second = visitors().open(server.url), visitors().open(server.url)
    expect(first.get_by_text("E 67")).to_be_visible(timeout=LONGEST_MS)
    set_fraction(first, 0.5)
    expect(first.get_by_text("E 42")).to_be_visible(timeout=LONGEST_MS)
    set_fraction(second, 0.9)
    expect(second.get_by_text(re.compile("E 7[56]"))).to_be_visible(timeout=LONGEST_MS)
    expect(first.get_by_text("E 42")).to_be_visible()


def test_a_damaged_link_is_told_in_one_sentence_and_shows_the_defaults(visitors, server):
    page = visitors().open(f"{server.url}?x=this-is-no-experiment")
    expect(page.get_by_text(re.compile("This link could not be opened"))).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_text("E 67")).to_be_visible(timeout=LONGEST_MS)


def test_an_experiment_that_cannot_run_cannot_be_started_and_says_why(visitors, server):
    page = visitors().open(server.url)
    expect(button(page, "^Start a new run")).to_be_enabled(timeout=LONGEST_MS)
    button(page, "^Dynamics Leaky|^Dynamics\n").click()
    page.get_by_role("slider", name=re.compile("^Time constant")).fill("10")
    expect(page.get_by_text(re.compile("dt_ms|time step", re.IGNORECASE)).first).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_role("button", name=re.compile("^Start")).first).to_be_disabled(timeout=LONGEST_MS)


def test_the_page_fits_narrow_and_wide_screens_in_light_and_dark(visitors, server):
    for width, height in ((1440, 900), (1024, 768)):
        page = visitors(width=width, height=height).open(server.url)
        for _ in range(2):
            for column in ("Build", "Train", "Explore"):
                expect(page.get_by_text(column, exact=True).first).to_be_in_viewport(timeout=LONGEST_MS)
            page.get_by_role("button", name="Toggle theme").click()
