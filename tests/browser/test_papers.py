"""Papers in a browser: one is run to its end while its curves grow, its claims are read, a recipe opens in Build."""

import json
import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from engine.experiments.carry_out import recipe
from engine.experiments.papers import paper
from engine.experiments.papers.paper import COLUMNS, Scale

LONGEST_MS = 180_000
NAME, SCALE = "nn4n", Scale(seeds=1)
ALL = [part.name for part in paper(NAME).parts(SCALE)]
LEFT = ("two_areas_balanced", "sine_with_biases")  # some seconds, and one
DRAWN = """name => {
    const figure = [...Bokeh.documents[0]._all_models.values()].find((model) => model.name === name);
    return figure ? Math.max(...figure.renderers.map((each) => each.data_source?.get_length() ?? 0)) : 0;
}"""


@pytest.fixture
def page(visitors, server):
    """A page beside a paper of which all but two parts are done, without a reading."""
    folder = server.store / "papers" / f"{NAME}_seeds1"
    (folder / "parts").mkdir(parents=True)
    (folder / "paper.json").write_text(json.dumps({"paper": NAME, "full": False, "seeds": 1, "first_seed": 0}))
    for part in paper(NAME).parts(SCALE):
        if part.name not in LEFT:
            pd.DataFrame(columns=list(COLUMNS)).to_csv(folder / "parts" / f"{recipe(part)}.csv", index=False)
    return visitors().open(server.url)


def press(page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def test_a_paper_runs_to_its_end_its_claims_are_read_and_a_recipe_opens_in_build(page, server, tmp_path):
    page.get_by_role("button", name="Papers", exact=True).click()
    card = page.locator(f".paper[data-value={NAME}]")
    expect(card).to_contain_text("learn to decide", timeout=LONGEST_MS)
    expect(card).to_contain_text(re.compile(r"stopped at \d\d %"))
    card.click()
    press(page, "Go on")
    expect(
        page.get_by_text(re.compile(f"Part ({'|'.join(str(ALL.index(name) + 1) for name in LEFT)}) of {len(ALL)}"))
    ).to_be_visible(timeout=LONGEST_MS)
    page.wait_for_function(f"name => ({DRAWN})(name) > 20", arg="paper_loss", timeout=LONGEST_MS)
    page.screenshot(path=tmp_path / "running.png")
    expect(page.get_by_text(f"All {len(ALL)} parts are done.")).to_be_visible(timeout=LONGEST_MS)

    press(page, "Claims")
    row = page.get_by_role("row").filter(has_text="With biases it is predicted well.")
    expect(row).to_contain_text(re.compile(r"reproduced|partly|needs more runs"))
    expect(row).to_contain_text("MSE 0.0008 to 0.0023")
    expect(row).to_contain_text("n = 1")
    press(page, "Figures")
    page.wait_for_function(f"name => ({DRAWN})(name) > 0", arg="paper_nn4n_sine", timeout=LONGEST_MS)
    with page.expect_download(timeout=LONGEST_MS) as awaited:
        press(page, "Numbers of every network as CSV")
    awaited.value.save_as(tmp_path / "numbers.csv")
    assert set(pd.read_csv(tmp_path / "numbers.csv")["part"]) == set(LEFT)

    press(page, "Recipes")
    press(page, "Open sine_with_biases in Build")
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=LONGEST_MS)
    expect(page.get_by_text("sine_with_biases is in the form")).to_be_visible(timeout=LONGEST_MS)
    told = json.loads((server.store / "papers" / f"{NAME}_seeds1" / "stand.json").read_text())
    assert told["state"] == "done"
