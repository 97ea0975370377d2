"""Runs and areas as a visitor handles them: resume, rename, note, overlay, bundle, delete, undo; and areas merged."""

import json
import re
import zipfile

import pytest
from playwright.sync_api import expect

from engine.experiments.execute import execute, take_up
from engine.experiments.status import Process
from engine.experiments.store import Store
from tests.browser.test_walk import LONGEST_MS, button
from tests.engine.small_experiment import small_experiment

LINES = """() => Array.from(Bokeh.documents[0].all_models)
    .filter((model) => model.name === 'overlay_loss')
    .flatMap((model) => model.renderers.flatMap((one) => one.data_source.get_column('value') || [])).length"""

DIALOG_HAS_FOCUS = """() => {
    let found = document.activeElement;
    while (found.shadowRoot && found.shadowRoot.activeElement) found = found.shadowRoot.activeElement;
    return found.tagName !== 'INPUT' && found.closest('.MuiModal-root');
}"""


@pytest.fixture
def kept(server) -> tuple[str, str]:
    """Ids of a run that was stopped half-way and of one that is done."""
    store, ids = Store(server.store), []
    for name, steps in (("half", 9), ("whole", 40)):
        run = store.create(small_experiment(training__steps=40), name)
        assert take_up(run, Process.this())
        training = execute(run)
        for _ in range(steps):
            next(training)
        training.close() if name == "half" else list(training)
        ids.append(run.id)
    return ids[0], ids[1]


def row(page, name: str):
    return page.locator(".tabulator-row", has_text=name)


def tick(page, name: str) -> None:
    row(page, name).get_by_role("checkbox").click()


def test_everything_that_can_be_done_with_kept_runs(visitors, server, kept, tmp_path):
    page = visitors().open(server.url)
    button(page, "Runs$").click()
    expect(row(page, "half")).to_contain_text("stopped", timeout=LONGEST_MS)

    note = row(page, "half").locator("[tabulator-field=note]")
    expect(note).to_be_in_viewport(ratio=0.9)
    note.click()
    expect(page.get_by_role("textbox", name="Note", exact=True)).to_be_focused(timeout=LONGEST_MS)
    row(page, "half").locator("[tabulator-field=state]").click()
    page.wait_for_function(DIALOG_HAS_FOCUS, timeout=LONGEST_MS)
    page.keyboard.press("Space")  # starts no run while a dialog is open

    button(page, "^Resume the chosen").click()
    expect(row(page, "half")).to_contain_text("done", timeout=LONGEST_MS)
    expect(row(page, "half")).to_contain_text("40 / 40", timeout=LONGEST_MS)

    for label, text in (("Name", "renamed"), ("Note", "what I found")):
        box = page.get_by_role("textbox", name=label, exact=True)
        box.fill(text)
        box.press("Enter")
        expect(page.locator(".tabulator-row", has_text=text)).to_be_visible(timeout=LONGEST_MS)
    assert Store(server.store).run(kept[0]).notes() == {"name": "renamed", "note": "what I found"}

    tick(page, "whole")
    page.wait_for_function(f"() => ({LINES})() >= 2", timeout=LONGEST_MS)
    tick(page, "renamed")
    with page.expect_download(timeout=LONGEST_MS) as awaited:
        button(page, "^Download the whole").click()
    awaited.value.save_as(tmp_path / "run.zip")
    with zipfile.ZipFile(tmp_path / "run.zip") as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("manifest.json"))["damaged"] == []
        assert {"checksums.json", "weights.safetensors", "history.csv"} <= set(archive.namelist())

    expect(page.locator(".tabulator-row")).to_have_count(2)
    button(page, "^Delete the chosen").click()
    expect(row(page, "whole")).to_have_count(0, timeout=LONGEST_MS)
    assert not (server.store / "runs" / kept[1]).exists()
    button(page, "^Undo the last removal").click()
    expect(row(page, "whole")).to_be_visible(timeout=LONGEST_MS)
    assert (server.store / "runs" / kept[1]).is_dir()


def test_areas_are_merged_by_giving_them_one_name(visitors, server):
    page = visitors().open(server.url)
    areas = page.get_by_role("definition").filter(has_text=re.compile("^84 / "))
    expect(areas.filter(has_text=re.compile("/ 8$"))).to_be_visible(timeout=LONGEST_MS)
    button(page, "^Areas").click()
    box = page.get_by_role("textbox", name="Area of insula")
    box.fill("temporal")
    box.press("Tab")
    expect(areas.filter(has_text=re.compile("/ 7$"))).to_be_visible(timeout=LONGEST_MS)
    page.wait_for_url(re.compile(r"\?x="), timeout=LONGEST_MS)
    again = visitors().open(page.url)
    again_areas = again.get_by_role("definition").filter(has_text=re.compile("^84 / 7$"))
    expect(again_areas).to_be_visible(timeout=LONGEST_MS)
