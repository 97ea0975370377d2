"""run: trains an experiment in this terminal and prints its final numbers as one line of JSON."""

import argparse
from typing import Any

from engine import own_files
from engine.commands.asked import add_experiment, experiment_of, is_asked, same_folders
from engine.commands.given import folder_to_make
from engine.commands.interrupt import INTERRUPTED, ctrl_c
from engine.commands.progress_bar import ProgressBar
from engine.commands.said import say, tell
from engine.component import Invalid
from engine.experiments.check import check
from engine.experiments.execute import execute, sentence_of, take_up
from engine.experiments.history import read_end
from engine.experiments.run import Run
from engine.experiments.status import Process
from engine.experiments.store import Store, write_new
from engine.experiments.summary import mean, summarise
from engine.training import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_experiment(parser)
    parser.add_argument("--out", metavar="DIR", help="keep the run in this new folder instead of the store")
    parser.add_argument("--name", default="", help="what the run is called")
    parser.add_argument("--resume", metavar="RUN", help="go on with a run: its id, or its folder")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def command(asked: argparse.Namespace) -> int:
    """0 if training came to its end, 1 if it failed, 130 if Ctrl-C stopped it; the run can then be resumed."""
    own_files.allow(asked.own_tasks)
    run = _resumed(asked) if asked.resume else _created(asked)
    if not take_up(run, Process.this()):
        raise Invalid(f"{run.notes()['name']} is {run.status().state}; there is nothing to do.")
    with ctrl_c(lambda: run.request("stop")) as interrupted:
        failed = _train(run, quiet=asked.quiet)
    summary = summarise(run.folder)
    tell(final_numbers(run))
    if interrupted:
        say(f"Stopped; go on with: connectarium run --resume {run.folder}{same_folders(asked)}")
        return INTERRUPTED
    return int(failed or summary.state != "done")


def final_numbers(run: Run) -> dict[str, Any]:
    """Held-out loss and accuracy, violations, steps, seconds, the run's folder; with objectives every cost and share of
    the gradient; means over its networks."""
    status, history = run.status(), read_end(run.folder / "metrics.jsonl")
    named = {"costs": history.costs, "gradient_shares": history.shares}
    return {
        "loss": mean(status.loss),
        "accuracy": mean(status.accuracy),
        "ideal": status.ideal,
        "violations": sum(status.violations),
        "steps": status.step,
        "seconds": round(status.seconds, 3),
        "state": status.state,
        "run": str(run.folder),
        **{
            what: {name: mean(t[-1].tolist()) for name, t in tables.items()} for what, tables in named.items() if tables
        },
    }


def _created(asked: argparse.Namespace) -> Run:
    experiment = experiment_of(asked)
    for said in check(experiment, store=asked.store).remarks:
        say(said)
    if not asked.out:
        return Store(asked.store).create(experiment, asked.name)
    out = folder_to_make(asked.out)
    if out.is_dir() and not any(out.iterdir()):
        out.rmdir()
    if out.exists():
        raise Invalid(f"{out} exists already; name a new folder, or go on with the run in it by --resume.")
    return write_new(out, experiment, asked.name)


def _resumed(asked: argparse.Namespace) -> Run:
    if is_asked(asked) or asked.out:
        raise Invalid("A resumed run keeps its experiment and its folder; --resume goes alone.")
    return Store(asked.store).find(asked.resume)


def _train(run: Run, quiet: bool) -> bool:
    """Whether it failed; the sentence has then been said."""
    bar, said = ProgressBar(), ""
    try:
        for progress in execute(run):
            said = _said(progress) or said
            if not quiet:
                bar.show(progress.step, progress.steps, said)
    except Exception as fault:  # told by execute: in the status, and a surprise with its trace on stderr
        bar.end()
        say(sentence_of(fault))
        return True
    bar.end()
    status = run.status()
    if status.state == "failed":
        say(status.message)
    return status.state == "failed"


def _said(progress: Progress) -> str:
    if progress.evaluation is None:
        return ""
    loss, accuracy = progress.evaluation.loss.mean().item(), progress.evaluation.accuracy.mean().item()
    return f"loss {loss:.4g}  accuracy {accuracy:.1%} (ideal {progress.evaluation.ideal:.1%})"
