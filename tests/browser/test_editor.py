"""Edit wiring in a browser: a block painted, undone, redone, edges deleted by box, the result saved and trained."""

import re

from playwright.sync_api import expect

from engine.experiments.experiment import Experiment

LONGEST_MS = 180_000
LEFT, TOP = 86, 64  # of the matrix inside its canvas
ASKED = Experiment().with_values({"wiring.kind": "areas", "training.steps": 100_000})


def place(page, x: float, y: float) -> tuple[float, float]:
    """A point of the matrix, given as shares of its side."""
    box = page.get_by_role("img", name="Connection matrix").bounding_box()
    side = min(box["width"] - LEFT, box["height"] - TOP) - 4
    return box["x"] + LEFT + x * side, box["y"] + TOP + y * side


def drag(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*place(page, *start))
    page.mouse.down()
    page.mouse.move(*place(page, *end), steps=5)
    page.mouse.up()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def test_a_wiring_is_painted_undone_boxed_saved_and_trained(visitors, server, tmp_path):
    page = visitors().open(f"{server.url}?x={ASKED.to_link()}")
    expect(page.get_by_text("1,851").first).to_be_visible(timeout=LONGEST_MS)
    press(page, "Edit wiring")
    expect(page.get_by_text("Nothing: the wiring is that of its source.")).to_be_visible(timeout=LONGEST_MS)

    page.mouse.move(*place(page, 1 / 6, 5 / 6))
    expect(page.get_by_text(re.compile(r"sensory\.\d+ → motor\.\d+"))).to_be_visible(timeout=LONGEST_MS)
    drag(page, (1 / 6, 5 / 6), (1 / 6, 5 / 6))
    expect(page.get_by_text("480 connections added")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_text("2,331").first).to_be_attached()

    page.keyboard.press("Control+z")
    expect(page.get_by_text("Nothing: the wiring is that of its source.")).to_be_visible(timeout=LONGEST_MS)
    page.keyboard.press("Control+Shift+Z")
    expect(page.get_by_text("480 connections added")).to_be_visible(timeout=LONGEST_MS)

    press(page, "Box")
    drag(page, (0.02, 0.02), (0.3, 0.3))
    expect(page.get_by_text(re.compile(r"^[\d,]+ connections of [\d,]+ pairs$"))).to_be_visible(timeout=LONGEST_MS)
    press(page, "Delete connections")
    expect(page.get_by_text(re.compile("connections removed"))).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_role("button", name=re.compile("^2 · Remove connections"))).to_be_visible()
    press(page, "What changed")
    page.screenshot(path=tmp_path / "editor.png")

    page.get_by_role("textbox", name="Title").fill("Painted areas")
    press(page, "Save")
    expect(page.get_by_text("“Painted areas” is in your library")).to_be_visible(timeout=LONGEST_MS)
    expect(page.get_by_text("Nothing: the wiring is that of its source.")).to_be_visible(timeout=LONGEST_MS)
    page.get_by_role("button", name="close").last.click()
    expect(page.get_by_role("button", name=re.compile("Connectome.*Painted areas", re.DOTALL))).to_be_visible()

    start = page.get_by_role("button", name=re.compile("^Start")).first
    expect(start).to_be_enabled(timeout=LONGEST_MS)
    start.click()
    expect(page.get_by_text(re.compile(r"step [1-9]\d*")).first).to_be_visible(timeout=LONGEST_MS)
    page.get_by_role("button", name=re.compile("^Stop")).first.click()
    expect(page.get_by_text(re.compile("^(stopped|done)")).filter(visible=True).first).to_be_visible(timeout=LONGEST_MS)
