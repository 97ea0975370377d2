"""How far weights drift from the connectome's rank order, and matrices as sparse files."""

import io
import json

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.io import mmread
from scipy.sparse import load_npz
from scipy.stats import rankdata

from app.export import rendered
from app.figures import Twin
from engine.__main__ import main
from engine.analysis.rank_order import rank_order
from engine.component import Invalid
from engine.connectomes.sparse_files import sparse_file
from engine.experiments.execute import execute, take_up
from engine.experiments.experiment import Experiment
from engine.experiments.status import Process
from engine.experiments.store import Store
from engine.networks import RankMatched
from tests.engine.small_networks import laws, small_connectome, small_network

SPATIAL = {"wiring.kind": "spatial", "wiring.units": 20}


def test_a_rank_matched_start_is_in_the_order_of_the_connectome_and_leaves_it_as_weights_are_shuffled():
    connectome = small_connectome(40)
    start = small_network(connectome, laws("off"), RankMatched(spectral_radius=None)).W_rec[0].detach()
    there = torch.from_numpy(connectome.mask)
    mixed = start.clone()
    mixed[there] = start[there][torch.randperm(int(there.sum()), generator=torch.Generator().manual_seed(0))]
    found = rank_order({0: start, 7: mixed, 9: -start}, connectome).table().set_index("step")
    assert found.spearman_of_strength[0] == pytest.approx(1)
    assert found.kendall_of_strength[0] == pytest.approx(1)
    assert found.spearman_of_strength[9] == pytest.approx(1)
    assert found.spearman_of_signed[9] == pytest.approx(-found.spearman_of_signed[0])
    ranks = [rankdata(of[connectome.mask]) for of in (mixed.abs().numpy(), np.abs(connectome.weights))]
    assert found.spearman_of_strength[7] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    assert abs(found.kendall_of_strength[7]) < 0.1
    with pytest.raises(Invalid, match="different weights"):
        rank_order({0: torch.ones(40, 40)}, connectome)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_matrix_comes_back_exactly_from_its_sparse_files(dtype):
    weights = np.random.default_rng(0).standard_normal((9, 7)).astype(dtype)
    weights[weights < 0.3] = 0
    text = sparse_file(weights, "mtx", "Many\nlines.")
    assert b"Row = postsynaptic" in text
    np.testing.assert_array_equal(mmread(io.BytesIO(text)).toarray().astype(dtype), weights)
    packed = sparse_file(weights, "npz", "")
    assert np.array_equal(load_npz(io.BytesIO(packed)).toarray(), weights)
    with np.load(io.BytesIO(packed), allow_pickle=False) as arrays:
        assert all(arrays[name].dtype != object for name in arrays)
    mask = np.ones((9, 7), dtype=bool)
    assert load_npz(io.BytesIO(sparse_file(weights, "npz", "", mask))).nnz == 63


def test_the_menu_of_a_figure_gives_its_matrix():
    twin = Twin("Weights", lambda _: None, {}, matrix=np.eye(3))
    assert np.array_equal(mmread(io.BytesIO(rendered(twin, "mtx"))).toarray(), np.eye(3))
    assert np.array_equal(load_npz(io.BytesIO(rendered(twin, "npz"))).toarray(), np.eye(3))


def test_a_run_tells_its_drift_and_writes_its_matrices(tmp_path, capsys):
    small = {"training.steps": 8, "training.batch": 4, "training.evaluation_trials": 4, "seeds.networks": 2}
    experiment = Experiment().with_values(small | {"wiring.connectome": "human_dk84", "weights.kind": "rank_matched"})
    run = Store(tmp_path).create(experiment, "drift")
    assert take_up(run, Process.this())
    list(execute(run))
    assert main(["analyse", run.id, "rank_order", "--network", "2", "--store", str(tmp_path)]) == 0
    found = pd.read_csv(io.StringIO(capsys.readouterr().out))
    assert found.step.tolist() == [0, 1, 2, 3, 5, 8]
    assert found.spearman_of_strength[0] == pytest.approx(1, abs=1e-6)
    assert found.spearman_of_strength.iloc[-1] < 0.9999
    out = tmp_path / "out"
    for form in ("mtx", "npz"):
        assert main(["export", run.id, "--as", form, "--out", str(out), "--store", str(tmp_path)]) == 0
    units, connectome = pd.read_csv(next(out.glob("*-units.csv"))), experiment.connectome()
    assert tuple(units.unit) == connectome.names
    np.testing.assert_array_equal(mmread(next(out.glob("*-wiring.mtx"))).toarray(), connectome.weights)
    second = load_npz(next(out.glob("*-weights-2.npz"))).toarray()
    np.testing.assert_array_equal(second, run.weights("last")["W_rec"][1].numpy())


def test_a_wiring_is_written_without_a_run(tmp_path, capsys):
    path = tmp_path / "wiring.mtx"
    assert main(["connectomes", "write", str(path), "--set", *(f"{a}={v}" for a, v in SPATIAL.items())]) == 0
    told = json.loads(capsys.readouterr().out)
    found = mmread(path)
    assert (told["units"], told["connections"]) == (20, found.nnz)
    np.testing.assert_array_equal(found.toarray(), Experiment().with_values(SPATIAL).connectome().weights)
    assert main(["connectomes", "write", str(tmp_path / "wiring.csv")]) == 2
    assert "should end with .mtx" in capsys.readouterr().err
