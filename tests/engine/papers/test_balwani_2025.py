"""Balwani et al. (2025): the recipes, small in CI; slow, the acceptance experiments with the document's tolerances."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.__main__ import main
from engine.component import Invalid
from engine.connectomes.visual_cortex import WITHIN
from engine.experiments.papers.balwani_2025 import PAPER, cell_types, conditions, methods, pruning
from engine.experiments.papers.balwani_2025.conditions import PAIRS
from engine.experiments.papers.conduct import conduct, read_table
from engine.experiments.papers.paper import Scale, Table
from engine.recordings import AnyRecording
from engine.recordings.recording_file import RecordingFile
from engine.recordings.two_photon import POPULATIONS, TwoPhoton

SMALL = {"training.trials.trials": 12, "training.batch": 6, "training.evaluation_trials": 8}


def shortened(part):
    """The same part with a few updates on a few trials, and small cell-type networks."""
    if part.experiment is None:
        return part
    experiment = part.experiment
    stages = tuple(stage.model_copy(update={"steps": 4}) for stage in experiment.training.stages)
    changes = SMALL | {"training.stages": stages, "training.evaluate_every": 2}
    if experiment.wiring.kind == "populations":
        changes |= {"wiring.scale": 1, "task.recording.samples": 15}
    return replace(part, experiment=experiment.with_values(changes))


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> Table:
    """Readings of one part of every kind, and of two conditions."""
    chosen = ("flip_flop_dales", "flip_flop_conventional", "flip_flop_rectifier_as_published_signed_state",
              "flip_flop_conventional_signed_state", "digits_magnitude", "cell_types_exact",
              "condition_familiar_no_change", "condition_familiar_change")  # fmt: skip
    parts = tuple(shortened(part) for part in PAPER.parts(Scale(seeds=2)) if part.name in chosen)
    assert len(parts) == len(chosen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pruning, "DENSITIES", (0.5, 0.9))
        patch.setattr(pruning, "DRAWS", 1)
        return conducted(parts, Scale(seeds=2), tmp_path_factory.mktemp("paper"))


def conducted(parts, scale: Scale, folder) -> Table:
    for _ in conduct(replace(PAPER, plan=lambda _: parts), folder, scale):
        pass
    return read_table(folder)


def test_the_recipes_run_and_every_claim_and_figure_can_be_told_from_what_there_is(table):
    for claim in PAPER.claims:
        verdict = claim.judge(table)
        assert verdict.of
        assert verdict.why
    words = {name: verdict.word for name, verdict in PAPER.verdicts(table).items()}
    assert words["tree_top_prob_05"] == "needs more runs"  # that part was left out
    assert words["drift"] in ("reproduced", "not reproduced", "needs more runs")
    assert {figure.name for figure in PAPER.figures(table)} >= {"learning", "pruning_flip_flop", "cell_types"}


def test_pruned_weights_of_every_method_and_density_are_read_in_every_network(table):
    for variant in ("random", "top-prob", "top-prob as published", "magnitude"):
        assert len(table.of("flip_flop: loss after pruning", variant=variant, at=0.5)) == 2
        assert len(table.of("flip_flop: loss after retraining", variant=variant)) == 2
    wanted = table.of("flip_flop: density after pruning", variant="top-prob", at=0.5)
    assert wanted == pytest.approx(0.5, abs=0.03)


def test_conditions_are_compared_pair_by_pair_with_diagram_and_ribbons(table):
    first, second = PAIRS[0]
    found = conditions.compare(table, first, second)
    assert len(found.names) == 36
    assert found.difference.max() > 0
    assert found.least_p == pytest.approx(1 / 3)  # two runs against two
    assert found.p.min() >= found.least_p - 1e-12
    assert found.remarks
    nodes, edges = conditions.network_diagram(table, first, second)
    assert len(nodes) == 6
    assert nodes.set_index("name").loc["V1 L2/3", "y"] > nodes.set_index("name").loc["V1 L5", "y"]
    assert set(edges["pre"]) <= set(nodes["name"])
    ribbons = conditions.sankey(table, first, second)
    assert (ribbons["width"] > 0).all()
    assert set(ribbons["change"]) <= {"grew", "shrank"}
    kept = conditions.tables(table)
    assert len(kept["comparison_populations"]) == 18 * 18
    assert len(kept["routes"]) == 3


def test_conventional_networks_begin_with_the_signs_that_they_then_lose(table):
    wrong = table.of("flip_flop: weights of the wrong sign", variant="conventional")
    assert (wrong > 0).all()
    assert (wrong < 400).all()
    assert table.of("flip_flop: weights of the wrong sign", variant="Dale's").tolist() == [0, 0]
    broken = table.of("flip_flop: inhibitory share of |W|", variant="rectifier as published, signed state")
    assert (broken < 0.01).all()


def user_recording(folder) -> AnyRecording:
    """Arrays of a user: five populations, named, 30 trials."""
    names = [POPULATIONS[k] for k in (0, 3, 4, 9, 15)]
    rates = np.random.default_rng(0).random((30, 12, 5)) * 0.1
    (folder / "recordings").mkdir(parents=True)
    np.savez(folder / "recordings" / "mine.npz", rates=rates, unit_names=names, dt_ms=93.0)
    return RecordingFile(file="mine.npz")


def test_the_recipe_takes_arrays_of_the_user_and_runs_headless_from_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    asked = cell_types.cell_types(user_recording(tmp_path), units=1, epochs=(1, 1), batch=6, trials=12)
    (tmp_path / "recipe.json").write_text(json.dumps(asked.changes()))
    assert main(["run", str(tmp_path / "recipe.json"), "--out", str(tmp_path / "out")]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["state"] == "done"


def test_a_recording_of_other_signals_is_refused_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    (tmp_path / "recordings").mkdir()
    np.savez(tmp_path / "recordings" / "mine.npz", rates=np.zeros((4, 5, 2)), unit_names=["A", "B"], dt_ms=93.0)
    with pytest.raises(Invalid, match="signal 'A', which is none of the 18 populations"):
        cell_types.cell_types(RecordingFile(file="mine.npz"))


def test_an_applied_input_mask_lets_every_signal_reach_its_own_population_only():
    asked = cell_types.cell_types(TwoPhoton(samples=10), units=1, is_masked=True)
    network = asked.network()
    there = network.W_in[0].detach().numpy() != 0
    populations = np.array(network.connectome.labels["population"])
    assert (there == (populations[:, None] == np.array(POPULATIONS)[None, :])).all()
    assert len(WITHIN) == 144
    free = cell_types.cell_types(TwoPhoton(samples=10), units=1).network()
    assert (free.W_in[0] != 0).all()


def test_full_scale_has_the_published_sizes():
    full = {part.name: part.experiment for part in PAPER.parts(Scale(full=True))}
    assert full["flip_flop_dales"].wiring.units == 128
    assert full["flip_flop_dales"].training.all_steps == 3000
    assert full["cell_types_exact"].training.all_steps == 1200
    signs = full["flip_flop_dales"].connectome().signs
    assert int((signs > 0).sum()) == 102
    trials = full["waves_dales"].task.trials(1, 4.0, torch.Generator())
    assert trials.steps == 500


def test_signs_of_methods_hold_while_they_learn_as_the_table_of_methods_says():
    for method, (start, learning) in methods.METHODS.items():
        asked = methods.flip_flop(method, "rectified state", Scale())
        assert asked.constraints.dales_law.method == start
        assert asked.training.stages[0].dales_law == learning


def test_the_spanning_tree_survives_as_measured():
    """Section 2.4: top-prob min(1, 2 (1 - s)) for even weights, 1.00, .987, .470, .191 there in single draws."""
    found = list(pruning.tree(Scale()))
    for sparsity in pruning.TREE:
        expected = {"top-prob": min(1.0, 2 * (1 - sparsity)), "random": 1 - sparsity, "magnitude": 1.0}
        for variant, share in expected.items():
            values = [r.value for r in found if r.variant == variant and r.at == sparsity]
            assert np.mean(values) == pytest.approx(share, abs=0.03)


FAILED = {"dales_learns": "partly"}
OPEN = {
    "not_worse",
    "not_worse_alike",
    "state",
    "rectifier_slow",
}  # three pairs cannot tell


@pytest.fixture(scope="module")
def accepted(tmp_path_factory) -> Table:
    """The acceptance experiments A1 to A3 at the document's sizes: flip-flop, its pruning, and the cell types."""
    kinds = ("flip_flop", "spanning_tree", "cell_types_exact", "cell_types_as_published", "cell_types_input_mask")
    parts = tuple(part for part in PAPER.parts(Scale()) if part.name.startswith(kinds))
    return conducted(parts, Scale(), tmp_path_factory.mktemp("accepted"))


@pytest.mark.slow
@pytest.mark.parametrize("claim", [claim for claim in PAPER.claims if "8, A" in claim.source], ids=lambda c: c.name)
def test_acceptance_claims_are_reproduced_but_for_one_that_says_why_not_and_four_left_open(claim, accepted):
    verdict = claim.judge(accepted)
    expected = "needs more runs" if claim.name in OPEN else FAILED.get(claim.name, "reproduced")
    assert verdict.word == expected, verdict.why
    assert claim.expected or claim.name not in FAILED
