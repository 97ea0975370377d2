"""Compare wirings in a browser: a null model chosen, its matrix and what it changed really drawn, a CSV exported."""

import csv
import re

import pytest
from playwright.sync_api import expect

LONGEST_MS = 180_000
PAINTED = """name => {
    const found = [], seen = new Set();
    const walk = view => {
        if (seen.has(view)) return;
        seen.add(view);
        if (view.frame && view.model.name === name) found.push(view);
        for (const child of view.child_views ?? []) walk(child);
    };
    for (const root of Bokeh.index.roots) walk(root);
    if (!found.length) return null;
    const {width, height} = found[0].frame.bbox;
    const {canvas, ctx} = found[0].canvas_view.primary;
    const pixels = canvas.width && canvas.height ? ctx.getImageData(0, 0, canvas.width, canvas.height).data : [];
    let blue = 0, orange = 0;
    for (let k = 0; k < pixels.length; k += 4) {
        if (pixels[k + 3] < 128) continue;
        blue += pixels[k + 2] > pixels[k] + 60;
        orange += pixels[k] > pixels[k + 2] + 60;
    }
    return {width, height, blue, orange};
}"""


def painted(page, name: str) -> dict[str, float]:
    """The frame of a figure and how many of its pixels are blue or orange, once there are any."""
    enough = f"name => {{ const p = ({PAINTED})(name); return p && p.blue + p.orange > 500 && p; }}"
    return page.wait_for_function(enough, arg=name, timeout=LONGEST_MS).json_value()


def press(page, name: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).first.click()


@pytest.fixture
def page(visitors, server):
    shown = visitors().open(server.url)
    shown.get_by_role("button", name="Compare wirings").first.click()
    expect(shown.get_by_text("84 units are in both by name.")).to_be_visible(timeout=LONGEST_MS)
    return shown


def test_a_null_model_is_chosen_its_matrix_and_its_changes_are_drawn_and_exported(page, tmp_path):
    press(page, "Compare with a null model of this wiring")
    page.get_by_role("menuitem", name="Rewire, degrees kept").click()
    expect(page.get_by_text("B: Rewire, degrees kept of this wiring")).to_be_visible(timeout=LONGEST_MS)
    press(page, "Matrix")
    for k in range(3):
        matrix = painted(page, f"compare_matrix_{k}")
        assert min(matrix["width"], matrix["height"]) > 150
        assert min(matrix["blue"], matrix["orange"]) > 300

    press(page, "Difference")
    expect(page.get_by_text(re.compile(r"\d+ connections were added"))).to_be_visible(timeout=LONGEST_MS)
    assert painted(page, "compare_changes")["width"] > 150
    page.screenshot(path=tmp_path / "difference.png")

    press(page, "Export this figure")
    with page.expect_download(timeout=LONGEST_MS) as awaited:
        page.get_by_role("button", name="CSV", exact=True).click()
    awaited.value.save_as(tmp_path / "changes.csv")
    with (tmp_path / "changes.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["kind"] for row in rows} >= {"added", "removed"}
    changes = [float(row["after"]) - float(row["before"]) for row in rows]
    assert [float(row["change"]) for row in rows] == pytest.approx(changes, abs=1e-4)
