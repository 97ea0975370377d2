"""One walk along the main path: pick, change, start, pause, step, explore, export, link, server restart, reopen."""

import re
import time

from playwright.sync_api import expect

from engine.experiments.experiment import Experiment
from engine.experiments.store import Store

LONGEST_MS = 180_000
LONG = Experiment().with_value("training.steps", 100_000)  # still learning when the walk ends
COLUMN = """([figure, column]) => {
    for (const model of Bokeh.documents[0].all_models)
        if (model.name === figure && model.renderers)
            for (const glyph of model.renderers) {
                const found = glyph.data_source && glyph.data_source.data[column];
                if (found) return Array.from(found);
            }
    return [];
}"""
STEPS = f"() => ({COLUMN})(['loss', 'step'])"


def button(page, name: str):
    return page.get_by_role("button", name=re.compile(name)).first


def wait_for_steps(page, least: int) -> list[float]:
    page.wait_for_function(f"least => ({STEPS})().length > least", arg=least, timeout=LONGEST_MS)
    return page.evaluate(STEPS)


def set_fraction(page, value: float) -> None:
    box = page.get_by_label("Excitatory fraction, as a number")
    box.fill(str(value))
    box.press("Enter")


def test_the_main_path_from_a_worm_to_a_figure_and_back_tomorrow(visitors, server, tmp_path):
    page = visitors().open(f"{server.url}?x={LONG.to_link()}")
    button(page, "^Connectome Human|^Connectome\n").click()
    page.get_by_role("radio", name=re.compile("302 neurons")).click()
    page.wait_for_url(re.compile(r"\?x="), timeout=LONGEST_MS)
    set_fraction(page, 0.7)
    expect(page.get_by_text("E 211")).to_be_visible(timeout=LONGEST_MS)

    expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)
    began = time.monotonic()
    button(page, "Start").click()
    wait_for_steps(page, 1)
    print(f"first curve after {time.monotonic() - began:.1f} s")

    page.keyboard.press("Space")
    expect(page.get_by_text(re.compile("^paused"))).to_be_visible(timeout=LONGEST_MS)
    (run,) = Store(server.store).runs()
    page.wait_for_function(f"last => ({STEPS})().at(-1) === last", arg=run.step, timeout=LONGEST_MS)
    paused = len(page.evaluate(STEPS))
    page.keyboard.press("ArrowRight")
    stepped = wait_for_steps(page, paused)
    assert len(stepped) == paused + 1
    page.keyboard.press("Space")
    wait_for_steps(page, paused + 5)

    run_url = page.url
    for tab in ("Areas", "Activity", "Tuning", "Trajectories", "Spectrum", "Behaviour", "Connectivity"):
        page.locator(".bk-tab", has_text=tab).click()
        page.wait_for_function("Bokeh.documents[0].is_idle")
        expect(page.get_by_text(re.compile("step [0-9]+")).first).to_be_visible(timeout=LONGEST_MS)

    svg = download(page, "SVG", tmp_path)
    assert "<svg" in svg
    assert "<text" in svg or "<tspan" in svg

    button(page, "Copy link").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('x=')", timeout=LONGEST_MS)
    link = page.evaluate("navigator.clipboard.readText()")
    other = visitors().open(link)
    expect(other.get_by_text("E 211")).to_be_visible(timeout=LONGEST_MS)

    page.close()
    server.stop()
    server.start()
    again = visitors().open(run_url)
    steps = wait_for_steps(again, paused + 5)
    newest = steps[-1]
    again.wait_for_function(f"newest => ({STEPS})().at(-1) > newest", arg=newest, timeout=LONGEST_MS)
    assert steps == sorted(set(steps))
    button(again, "^Stop").click()
    ended = again.get_by_text(re.compile("^(stopped|done)")).filter(visible=True).first
    expect(ended).to_be_visible(timeout=LONGEST_MS)
    again.screenshot(path=tmp_path / "again.png")


def download(page, form: str, folder) -> str:
    """The exported file of the first figure of the last column, in that form."""
    page.get_by_role("button", name="Export this figure").nth(1).click()
    with page.expect_download(timeout=LONGEST_MS) as awaited:
        button(page, f"^{form}|{form}$").click()
    path = folder / awaited.value.suggested_filename
    awaited.value.save_as(path)
    page.keyboard.press("Escape")
    return path.read_text()
