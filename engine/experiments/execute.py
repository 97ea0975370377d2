"""Executing a run: the training loop of the process that took it up."""

import errno
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import replace

from engine.component import Invalid
from engine.experiments import requests
from engine.experiments.claim import claim, claimant, give_up
from engine.experiments.experiment import Experiment
from engine.experiments.live import LivePictures
from engine.experiments.logbook import Logbook, read_checkpoint, throw_ballast
from engine.experiments.run import Run
from engine.experiments.status import Process, Status, write_status
from engine.networks.network import Network
from engine.training import Checkpoint, Progress

POLL_S = 0.02
ADVICE = "A smaller learning rate, or a start of a smaller spectral radius, may help."


def take_up(run: Run, owner: Process) -> bool:
    """Whether `owner`, and nobody else, now has the run, be it queued or at rest; its status then says so."""
    status = run.status()
    if status.is_resumable:
        requests.answered(run.folder, *requests.REQUESTS)
        status = status.next_attempt()
    if status.state != "queued" or not claim(run.folder, status.attempt, owner):
        return False
    now = time.time()
    taken = replace(status, state="running", process=owner, message="Starting.", heartbeat=now)
    try:
        write_status(run.folder, replace(taken, started=status.started or now))
    except OSError:
        give_up(run.folder, status.attempt)
        raise
    return True


def execute(run: Run) -> Iterator[Progress]:
    """Train a run that this process has taken up, to its end or until it is asked to stop; yields every step.

    Leaving the loop stops the run in good order. A fault ends it as failed, its status says why, and it is raised.
    """
    status = run.status()
    _require_mine(run, status)
    try:
        experiment = run.experiment()
        network = experiment.network(store=run.folder.parent.parent)
        checkpoint = read_checkpoint(run)
        with Logbook(run, experiment, network, replace(status, message=""), checkpoint) as book:
            yield from _train(book, experiment, network, checkpoint)
    except GeneratorExit:
        raise
    except BaseException as fault:
        _tell_fault(run, status, fault)
        raise


def _train(
    book: Logbook, experiment: Experiment, network: Network, checkpoint: Checkpoint | None
) -> Iterator[Progress]:
    pictures = LivePictures(book.run, experiment, network)
    paused = False
    for progress in experiment.train(network, checkpoint):
        book.note(progress)
        try:
            yield progress
        except GeneratorExit:
            book.end("stopped", "Stopped.")
            raise
        if progress.stop is not None:
            break
        goes_on, paused = _obey(book, pictures, paused)
        if not goes_on:
            return book.end("stopped", f"Stopped after step {progress.step}.")
    _conclude(book, checkpoint)
    return None


def _obey(book: Logbook, pictures: LivePictures, paused: bool) -> tuple[bool, bool]:
    """Answer requests: whether to take another step, and whether the run is paused after it. Waits while paused."""
    folder, step = book.run.folder, book.status.step
    told = paused
    while True:
        pictures.draw_if_due(step)
        asked = requests.pending(folder)
        if asked:
            requests.answered(folder, *asked)
            paused = bool(asked & {"pause", "step"}) or (paused and "resume" not in asked)
        if asked & {"stop", "step"} or not paused:
            break
        if not told:
            book.tell(state="paused", message=f"Paused after step {step}.")
            told = True
        book.beat()
        time.sleep(POLL_S)
    if not paused and book.status.state == "paused":
        book.tell(state="running", message="")
    return "stop" not in asked, paused


def _conclude(book: Logbook, checkpoint: Checkpoint | None) -> None:
    last = book.latest
    diverged = last.diverged if last else checkpoint.tensors["diverged"] if checkpoint else None
    if diverged is not None and bool(diverged.all()):
        networks = "The network" if len(diverged) == 1 else "Every network"
        message = f"{networks} diverged by step {book.status.step}: loss or gradient is no longer a number."
        return book.end("failed", f"{message} {ADVICE}")
    reason = (last.stop or "" if last else "all steps done").capitalize()
    some = (
        f"; {int(diverged.sum())} of {len(diverged)} networks diverged: {ADVICE[0].lower()}{ADVICE[1:-1]}"
        if diverged is not None and diverged.any()
        else ""
    )
    return book.end("done", f"{reason}{some}.")


def _require_mine(run: Run, status: Status) -> None:
    owner, me = claimant(run.folder, status.attempt), Process.this()
    if owner is None or (owner.pid, owner.host) != (me.pid, me.host):
        raise Invalid(f"{run.notes()['name']} is in the hands of another process.")


def _tell_fault(run: Run, status: Status, fault: BaseException) -> None:
    """The status tells the fault in a sentence, if it can still be written; the trace of a surprise goes to the log."""
    stopped = isinstance(fault, (KeyboardInterrupt, SystemExit))
    sentence = "Interrupted." if stopped else sentence_of(fault)
    if not isinstance(fault, (Invalid, OSError, KeyboardInterrupt, SystemExit)):
        traceback.print_exception(fault, file=sys.stderr)
    throw_ballast(run)
    try:
        current = run.status()
        ended = replace(current, state="stopped" if stopped else "failed", message=sentence, ended=time.time())
        write_status(run.folder, replace(ended, process=status.process))
    except (OSError, Invalid) as second:
        print(f"The status could not be written either: {second}", file=sys.stderr, flush=True)


def sentence_of(fault: BaseException) -> str:
    """The fault as a person needs to hear it."""
    if isinstance(fault, OSError):
        full = fault.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        where = f" ({fault.filename})" if fault.filename else ""
        said = "The disk is full" if full else f"A file could not be written: {fault.strerror or fault}"
        return f"{said}{where}; make room, then resume from the last checkpoint."
    if isinstance(fault, MemoryError) or "out of memory" in str(fault).lower():
        return "The memory was not enough; take fewer units, networks or trials per batch."
    return str(fault) if isinstance(fault, Invalid) else f"{type(fault).__name__}: {fault}"[:500]
