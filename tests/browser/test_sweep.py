"""A sweep in a browser: parameters are chosen, it runs while the page is closed, the best point opens in Build."""

import json
import re

from playwright.sync_api import expect

from tests.browser.conftest import READY
from tests.engine.small_experiment import small_experiment

LONGEST_MS = 180_000
BASE = small_experiment(dynamics__state_noise=0.0, training__steps=200)
CELLS = """name => {
    const figure = [...Bokeh.documents[0]._all_models.values()].find((model) => model.name === name);
    return figure ? Math.max(...figure.renderers.map((each) => each.data_source?.get_length() ?? 0)) : 0;
}"""


def opened(page):
    page.get_by_role("button", name="Sweep", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("What stands in the form")).to_be_visible(timeout=LONGEST_MS)
    return dialog


def choose(page, dialog, label: str, address: str) -> None:
    dialog.get_by_label(label, exact=True).click()
    page.get_by_placeholder("Search").fill(address)
    page.get_by_text(address, exact=True).last.click()


def test_a_grid_of_two_parameters_is_swept_found_again_and_its_best_point_opens_in_build(visitors, server, tmp_path):
    visitor = visitors()
    page = visitor.open(f"{server.url}?x={BASE.to_link()}")
    dialog = opened(page)
    expect(dialog.get_by_text("No sweep was run here yet.")).to_be_visible(timeout=LONGEST_MS)
    values = dialog.get_by_label("Values", exact=True)
    values.fill("0.001, 0.1, fast")
    values.press("Tab")
    expect(dialog.get_by_text("should be a valid number")).to_be_visible(timeout=LONGEST_MS)
    values.fill("log:0.001:0.1:3")
    values.press("Tab")
    choose(page, dialog, "Second parameter", "dynamics.activation")
    second = dialog.get_by_label("Second values", exact=True)
    expect(second).to_have_value(re.compile("relu, tanh"), timeout=LONGEST_MS)  # what is proposed
    second.fill("tanh, relu")
    second.press("Tab")
    expect(dialog.get_by_text("6 points × 3 = 18 networks, in 2 runs.")).to_be_visible(timeout=LONGEST_MS)
    dialog.get_by_role("button", name="Start", exact=True).click()
    begun = re.compile("Run [12] of 2|Done: 18 networks")  # it may be over before this page looks again
    expect(dialog.get_by_text(begun)).to_be_visible(timeout=LONGEST_MS)
    page.close()

    page = visitor.open(server.url)
    page.wait_for_function(READY)
    dialog = opened(page)
    expect(dialog.get_by_text("Done: 18 networks in 2 runs.")).to_be_visible(timeout=LONGEST_MS)
    page.wait_for_function(f"name => ({CELLS})(name) === 6", arg="sweep_heat", timeout=LONGEST_MS)
    page.screenshot(path=tmp_path / "done.png")
    with page.expect_download(timeout=LONGEST_MS) as awaited:
        dialog.get_by_role("button", name="Numbers of every network as CSV").click()
    awaited.value.save_as(tmp_path / "numbers.csv")
    assert len((tmp_path / "numbers.csv").read_text().splitlines()) == 19
    dialog.get_by_role("button", name="This point becomes the experiment of the form").click()
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=LONGEST_MS)
    expect(page.get_by_text("is in the form")).to_be_visible(timeout=LONGEST_MS)
    (folder,) = (server.store / "sweeps").iterdir()
    assert json.loads((folder / "stand.json").read_text())["state"] == "done"
