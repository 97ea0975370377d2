"""The logbook of a run in training: all that its folder tells, written in an order that a kill cannot spoil."""

import contextlib
import json
import os
import time
from dataclasses import replace
from typing import Any, BinaryIO, Self

from engine.component import Invalid
from engine.experiments import checksums
from engine.experiments.environment import environment
from engine.experiments.experiment import Experiment
from engine.experiments.history import cut_after, line_of, plain
from engine.experiments.run import Run
from engine.experiments.status import State, Status, write_status
from engine.experiments.whole_file import read_json, read_tensors, write_json, write_tensors
from engine.networks.network import Network
from engine.training import Checkpoint, Progress

FLUSH_S = 0.05
HEARTBEAT_S = 1.0
BALLAST_BYTES = 32_768  # thrown overboard when the disk is full, so that the status can still tell it


class Logbook:
    """Keeps history, status, snapshots, weights and checkpoints of one run while it trains; to be used in a `with`.

    A checkpoint is written after the history up to its step, so the history of a resumed run has every step once.
    """

    def __init__(
        self, run: Run, experiment: Experiment, network: Network, status: Status, checkpoint: Checkpoint | None
    ):
        self.run, self.experiment, self.network, self.status = run, experiment, network, status
        self.latest: Progress | None = None
        self._flushed = self._beaten = 0.0
        self._saved = time.monotonic()
        self._begin = begin = int(checkpoint.meta["step"]) if checkpoint else -1  # type: ignore[call-overload]
        (run.folder / checksums.NAME).unlink(missing_ok=True)  # from here on the files change
        (run.folder / ".ballast").write_bytes(b"\1" * BALLAST_BYTES)
        for part in run.folder.rglob(".*.part"):  # of an attempt that was killed while writing
            part.unlink()
        cut_after(run.folder / "metrics.jsonl", begin)
        for step, path in run.snapshots().items():
            if step > begin:
                path.unlink()
        self._history: BinaryIO = open(run.folder / "metrics.jsonl", "ab", buffering=1 << 20)  # noqa: SIM115 (closed by end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # a full disk has been told already
            self._history.close()

    def note(self, progress: Progress) -> None:
        """This step is in the books."""
        now = time.monotonic()
        first, self.latest = self.latest is None, progress
        self._history.write(json.dumps(line_of(progress), allow_nan=False).encode() + b"\n")
        if now - self._flushed > FLUSH_S:
            self._history.flush()
            self._flushed = now
        self.status = _after(self.status, progress)
        if first:
            self._keep_environment()
        if is_kept(progress.step):
            self._write_weights(f"snapshots/step_{progress.step:08d}.safetensors")
        if now - self._saved > self.experiment.training.checkpoint_every_s:
            self.save()
        self.beat()

    def beat(self) -> None:
        """The status on the disk is at most a second old."""
        if time.monotonic() - self._beaten > HEARTBEAT_S:
            self.tell()

    def tell(self, **changes: Any) -> None:
        """The status on the disk is the current one, with these changes."""
        self._history.flush()
        self.status = replace(self.status, heartbeat=time.time(), **changes)
        write_status(self.run.folder, self.status)
        self._beaten = time.monotonic()

    def save(self) -> None:
        """The run can go on from here."""
        if self.latest is None:
            return
        self.tell()  # what the status says is never older than the checkpoint, after which this step is not made again
        os.fsync(self._history.fileno())
        self._write_weights("weights.safetensors")
        checkpoint = self.latest.checkpoint()
        write_tensors(self.run.folder / "checkpoint.safetensors", checkpoint.tensors, checkpoint.meta)
        self._saved = time.monotonic()

    def end(self, state: State, message: str) -> None:
        """The run has ended so; all that it came to is kept."""
        self._write_weights(f"snapshots/step_{self._step:08d}.safetensors")
        self.save()
        (self.run.folder / ".ballast").unlink(missing_ok=True)
        self.tell(state=state, message=message, ended=time.time())
        with contextlib.suppress(OSError):  # on a full disk the run is kept all the same, only unsealed
            checksums.write_checksums(self.run.folder, self.status.attempt)

    @property
    def _step(self) -> int:
        """The latest step, which may be the last one of all, from the checkpoint."""
        return self.latest.step if self.latest else self._begin

    def _write_weights(self, name: str) -> None:
        write_tensors(self.run.folder / name, self.network.lawful_weights(), {"step": self._step})

    def _keep_environment(self) -> None:
        """environment.json tells how the run is computed now; that of an earlier attempt is kept if it differs."""
        path = self.run.folder / "environment.json"
        now = environment(self.experiment)
        with contextlib.suppress(Invalid):
            before = read_json(path)
            if before != now and self.status.attempt > 1:
                write_json(path.with_name(f"environment.before_{self.status.attempt}.json"), before)
        write_json(path, now)


def throw_ballast(run: Run) -> None:
    """There is room for a last word, unless somebody else takes it."""
    for name in (".ballast", "live.safetensors"):
        with contextlib.suppress(OSError):
            (run.folder / name).unlink()


def read_checkpoint(run: Run) -> Checkpoint | None:
    """Where the run was left, or None if it never came to a checkpoint. Raises Invalid if the file is damaged."""
    path = run.folder / "checkpoint.safetensors"
    if not path.exists():
        return None
    tensors, meta = read_tensors(path)
    checksums.require_unchanged(run.folder, path.name)
    return Checkpoint(tensors, meta)


def is_kept(step: int) -> bool:
    """Whether a snapshot is made of this step: 0, 1, 2, 3, 5, 8, 13, …"""
    kept, following = 1, 2
    while kept < step:
        kept, following = following, kept + following
    return step in (0, kept)


def _after(status: Status, progress: Progress) -> Status:
    evaluation = progress.evaluation
    held_out = {} if evaluation is None else {
        "loss": [None if lost else loss for loss, lost in zip(plain(evaluation.loss), progress.diverged, strict=True)],
        "accuracy": plain(evaluation.accuracy),
        "ideal": evaluation.ideal,
        "chance": evaluation.chance,
    }  # fmt: skip
    return replace(
        status,
        step=progress.step,
        steps=progress.steps,
        seconds=progress.seconds,
        violations=progress.violations.tolist(),
        stage=progress.stage,
        **held_out,
    )
