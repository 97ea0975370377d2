"""A killed training process costs at most the steps since its last checkpoint."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.experiments.execute import execute, take_up
from engine.experiments.run import Run
from engine.experiments.status import Process
from engine.experiments.store import Store
from tests.engine.small_experiment import small_experiment

CODE = """
import sys
from engine.experiments.execute import execute, take_up
from engine.experiments.run import Run
from engine.experiments.status import Process
run = Run(sys.argv[1])
assert take_up(run, Process.this())
print("begun", flush=True)
for progress in execute(run):
    pass
"""


def _kill_after(run: Run, wait_s: float) -> None:
    child = subprocess.Popen([sys.executable, "-c", CODE, str(run.folder)], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "begun\n"
    time.sleep(wait_s)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a Unix word")
def test_kills_at_random_moments_leave_a_readable_run_that_ends_as_if_never_killed(tmp_path: Path):
    store = Store(tmp_path)
    experiment = small_experiment(training__steps=400, training__checkpoint_every_s=0.1)
    straight, killed = store.create(experiment), store.create(experiment)
    moments = random.Random(int(time.time()))
    for longest_s in (0.4, 0.8, 1.5):
        if killed.status().state == "done":  # a quick machine
            break
        _kill_after(killed, moments.uniform(0, longest_s))
        summary = next(s for s in store.runs() if s.id == killed.id)
        assert summary.state in ("lost", "done")
        steps = killed.history().step
        assert steps.tolist() == list(range(len(steps)))
        if killed.snapshots():
            assert killed.weights("first")["W_rec"].isfinite().all()
    for run in (straight, killed):
        if run.status().state != "done":
            assert take_up(run, Process.this())
            assert [progress.step for progress in execute(run)][-1:] in ([400], [])  # none if killed after the last
            assert (run.status().state, run.status().step) == ("done", 400)
    assert all(torch.equal(straight.weights()[name], killed.weights()[name]) for name in straight.weights())
    np.testing.assert_array_equal(straight.history().loss, killed.history().loss)
    np.testing.assert_array_equal(straight.history().step, np.arange(401))
    assert list(killed.snapshots()) == list(straight.snapshots())
    parts = [path.name for path in killed.folder.rglob("*.part")]
    assert all(name.startswith(".checksums.json") for name in parts)  # of a kill after the end, which nobody resumes
