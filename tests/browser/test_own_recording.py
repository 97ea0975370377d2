"""An own recording is dropped in a browser: each file ends in a fit that is set up, or in one sentence."""

import base64
import re
from pathlib import Path

import h5py
import numpy as np
from playwright.sync_api import expect

from tests.browser.test_walk import button

LONGEST_MS = 180_000
TRIALS, STEPS, UNITS = 8, 30, 6
DROPPED = """([name, text]) => {
    const data = new DataTransfer(), bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    data.items.add(new File([bytes], name));
    return data;
}"""


def drop(page, path: Path) -> None:
    told = [path.name, base64.b64encode(path.read_bytes()).decode()]
    page.locator(".drop").first.dispatch_event("drop", {"dataTransfer": page.evaluate_handle(DROPPED, told)})


def table(path: Path, rates: np.ndarray, steps: list[int]) -> Path:
    rows = [
        f"{trial},20,{','.join(f'{rate:.4f}' for rate in rates[trial, step])},0.5"
        for trial, last in enumerate(steps)
        for step in range(last)
    ]
    names = ",".join(f"unit u{k}" for k in range(rates.shape[2]))
    path.write_text("\n".join([f"trial,dt_ms,{names},input velocity", *rows]) + "\n")
    return path


def files(folder: Path) -> dict[str, Path]:
    """Three that are good; one with a hole, two with trials of different lengths, and one with too few units."""
    rates = np.random.default_rng(0).random((TRIALS, STEPS, UNITS))
    good = {"rates": rates, "inputs": np.full((TRIALS, STEPS, 1), 0.5), "dt_ms": 20.0}
    np.savez(folder / "good.npz", **good)
    with h5py.File(folder / "good.h5", "w") as file:
        for name, values in good.items():
            file[name] = values
    table(folder / "good.csv", rates, [STEPS] * TRIALS)
    holed = rates.copy()
    holed[2, 5, 3] = np.nan
    np.savez(folder / "holed.npz", **good | {"rates": holed})
    table(folder / "ragged.csv", rates, [STEPS] * (TRIALS - 1) + [STEPS - 4])
    ragged = np.array([rates[0], rates[1, :20]], dtype=object)
    np.savez(folder / "ragged.npz", rates=ragged, dt_ms=20.0)
    np.savez(folder / "few.npz", **good | {"rates": rates[..., :3]})
    return {path.name: path for path in folder.iterdir()}


def test_recordings_that_are_dropped_are_fitted_or_refused_in_one_sentence(visitors, server, tmp_path):
    folder = tmp_path / "dropped"
    folder.mkdir()
    made = files(folder)
    page = visitors().open(f"{server.url}?task.kind=recording&task.hidden=4&task.observed=1-6")
    button(page, "^Task").click()
    for name in ("good.npz", "good.csv", "good.h5"):
        drop(page, made[name])
        expect(page.get_by_text(f"Kept as {name}.")).to_be_visible(timeout=LONGEST_MS)
        button(page, "^Set up the fit").click()
        expect(page.get_by_text("Set up: 6 observed and 4 hidden units")).to_be_visible(timeout=LONGEST_MS)
        expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)
    refused = {
        "holed.npz": "1 value that is no finite number, first at trial 3, step 6, unit 4",
        "ragged.csv": "Trials of ragged.csv have from 26 to 30 rows; cut all to the same length.",
        "ragged.npz": "if its trials differ in length, cut them to the same and save one array.",
    }
    for name, sentence in refused.items():
        drop(page, made[name])
        expect(page.get_by_text(re.compile(f"{re.escape(sentence)}.* good.h5 stays chosen"))).to_be_visible(
            timeout=LONGEST_MS
        )
    drop(page, made["few.npz"])
    expect(page.get_by_text("Kept as few.npz.")).to_be_visible(timeout=LONGEST_MS)
    button(page, "^Set up the fit").click()
    told = page.get_by_text(re.compile("Unit 6 is to be observed, but 3 units were recorded; choose among these"))
    expect(told.first).to_be_visible(timeout=LONGEST_MS)
    assert {path.name for path in (server.store / "recordings").iterdir()} == {
        "good.npz", "good.csv", "good.h5", "few.npz",
    }  # fmt: skip
