"""A loss is composed, three stages come from a template, and what each term amounts to stands beside it in training."""

import re

from playwright.sync_api import expect

from engine.experiments.experiment import Experiment
from tests.browser.test_walk import LONGEST_MS, button

SMALL = Experiment().with_values(
    {
        "wiring.kind": "random",
        "wiring.units": 24,
        "training.steps": 100_000,
        "training.objectives": [{"kind": "weight_norm"}],
        "training.batch": 8,
        "training.evaluate_every": 10,
        "training.evaluation_trials": 20,
        "dt_ms": 50.0,
    }
)


def fold(page, name: str) -> None:
    page.locator(f"button:has(> .name:text-is('{name}'))").first.click()


def test_a_loss_is_composed_and_three_stages_are_made_and_what_each_term_amounts_to_is_seen(visitors, server):
    page = visitors().open(f"{server.url}?x={SMALL.to_link()}")
    fold(page, "Loss")
    button(page, "^Add an objective").click()
    expect(page.get_by_role("radio", name="Earth mover's distance")).to_be_in_viewport(timeout=LONGEST_MS)
    page.get_by_role("radio", name="Mean rate").click()
    expect(page.get_by_role("switch", name="Lower Mean rate")).to_be_visible(timeout=LONGEST_MS)
    weight = page.get_by_label("Weight, as a number").first
    weight.fill("0.05")
    weight.press("Enter")
    expect(page.get_by_text("0.05 small weights")).to_be_visible(timeout=LONGEST_MS)

    fold(page, "Stages")
    expect(button(page, "^Templates")).to_be_in_viewport(timeout=LONGEST_MS)  # what is unfolded comes into view
    button(page, "^Templates").click()
    page.get_by_text("Dense → prune → fine-tune").click()
    bars = page.locator("button.bar")
    expect(bars).to_have_count(3, timeout=LONGEST_MS)

    expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)
    button(page, "^Start").click()
    amounts = page.locator(".amount", has_text=re.compile(r"[\d.]+.* · \d+(\.\d+)? % of the gradient"))
    expect(amounts).to_have_count(3, timeout=2 * LONGEST_MS)
    expect(page.locator(".amount", has_text=re.compile("Total [0-9]"))).to_be_visible()
    expect(bars.first).to_have_attribute("aria-current", "step", timeout=LONGEST_MS)
    shared = Experiment.from_link(re.search(r"x=([\w-]+)", page.url).group(1)).training
    assert [stage.name for stage in shared.stages] == ["dense", "prune", "fine-tune"]
    assert [objective.weight for objective in shared.objectives] == [0.05, 0.01]

    page.get_by_role("switch", name="Lower Mean rate").click()
    expect(page.get_by_text("The form differs from the running experiment")).to_be_visible(timeout=LONGEST_MS)
    button(page, "^Undo the last change").click()
    expect(page.get_by_text("The form differs from the running experiment")).to_be_hidden(timeout=LONGEST_MS)
    button(page, "^Stop").click()
