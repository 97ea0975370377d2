"""Identification of the ring: recipes small in CI and headless; slow, A1 to A3 with the document's tolerances."""

import json
from dataclasses import replace

import pytest

from engine.__main__ import main
from engine.experiments.papers.balwani_2025 import cell_types, methods
from engine.experiments.papers.conduct import conduct, read_table
from engine.experiments.papers.paper import Scale, Table
from engine.experiments.papers.ring_identification import PAPER
from engine.experiments.papers.ring_identification.recipe import KINDS, fit
from engine.recordings.two_photon import TwoPhoton

BRIEF = {
    "training.steps": 2, "training.batch": 4, "training.evaluation_trials": 4, "training.evaluate_every": 2,
    "task.recording.trials": 12, "task.recording.steps": 60,
}  # fmt: skip


def conducted(parts, scale: Scale, folder) -> Table:
    for _ in conduct(replace(PAPER, plan=lambda _: parts), folder, scale):
        pass
    return read_table(folder)


def test_every_claim_can_be_told_from_readings_of_every_fit(tmp_path):
    """A1, the generator, is in tests/engine/test_recordings_ring_attractor.py."""
    scale = Scale(seeds=1)
    parts = [replace(p, experiment=p.experiment.with_values(BRIEF)) for p in PAPER.parts(scale) if p.experiment]
    table = conducted(tuple(parts), scale, tmp_path)
    words = {name: verdict.word for name, verdict in PAPER.verdicts(table).items()}
    assert words["generator_peak"] == "needs more runs"
    assert words["control"] in ("reproduced", "not reproduced")
    assert words["recovers"] in ("needs more runs", "not reproduced")


def acceptance():
    """The experiments of A1 and A3 of Dale's backprop, and of A2 and A3 of identification, with a few steps."""
    yield from (fit(*kind, Scale(seeds=1)).with_values(BRIEF) for kind in KINDS.values())
    few = {"training.trials.trials": 8, "training.batch": 4, "training.evaluation_trials": 4}
    yield methods.flip_flop("Dale's", "rectified state", Scale(seeds=1), steps=2).with_values(few)
    yield cell_types.cell_types(TwoPhoton(samples=12), units=1, epochs=(1, 1), batch=6, trials=8)


@pytest.mark.parametrize("experiment", list(acceptance()), ids=[*KINDS, "flip-flop", "cell types"])
def test_every_acceptance_experiment_runs_headless_from_a_file(experiment, tmp_path, capsys):
    asked = tmp_path / "asked.json"
    asked.write_text(json.dumps(experiment.changes()))
    assert main(["run", str(asked), "--quiet", "--out", str(tmp_path / "run")]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["state"] == "done"
    assert told["violations"] == 0


@pytest.fixture(scope="module")
def accepted(tmp_path_factory) -> Table:
    """A1 to A3 at the document's sizes: three seeds of 3000 updates, and one of the control."""
    return conducted(PAPER.parts(Scale()), Scale(), tmp_path_factory.mktemp("accepted"))


@pytest.mark.slow
@pytest.mark.parametrize("claim", [claim for claim in PAPER.claims if "8, A" in claim.source], ids=lambda c: c.name)
def test_every_acceptance_claim_is_reproduced(claim, accepted):
    verdict = claim.judge(accepted)
    assert verdict.word == "reproduced", verdict.why
