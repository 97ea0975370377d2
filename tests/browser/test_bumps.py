"""The bumps of a paper in a browser, without a server: what Record does, and what it says when it can do no more."""

import base64

import pytest

from app.views.bumps import CODE, STYLE
from app.views.paper_bumps import told
from engine.analysis.driven import driven_ring
from engine.recordings.ring_attractor import RingAttractor

MODEL = """async ([code, style, nets]) => {
    const heard = {}, held = { nets, takes: [], longest: 4000, most: 2, on: (name, then) => (heard[name] = then) };
    window.model = new Proxy(held, { set(at, name, value) { at[name] = value; heard[name]?.(); return true; } });
    const { render } = await import(`data:text/javascript;base64,${code}`);
    document.body.append(Object.assign(document.createElement('style'), { textContent: style }), render({ model }));
}"""


@pytest.fixture
def page(visitors):
    page = visitors().context.new_page()
    code, nets = base64.b64encode(CODE.encode()).decode(), told((driven_ring(RingAttractor(units=8)),))
    page.evaluate(MODEL, [code, STYLE, nets])
    return page


def test_when_no_more_takes_are_kept_the_page_says_so_until_they_are_forgotten(page):
    record, said = page.locator(".record"), page.get_by_role("status")
    for kept in (1, 2):
        record.click()
        page.wait_for_function("/^recording (?!0.0)/.test(document.querySelector('.taken').textContent)")
        record.click()
        page.wait_for_function("kept => model.takes.length === kept", arg=kept)
        assert record.is_enabled() == (kept == 1)
        assert ("save them as a recording, then forget them" in said.inner_text()) == (kept == 2)
    page.get_by_role("button", name="Forget").click()
    assert record.is_enabled()
    assert said.inner_text() == ""
