"""Open a bundle: from the uploaded zip to the experiment in the form, or one sentence why not."""

import time
import zipfile

import pytest

from app.pages import runs as page
from app.pages.runs import Runs
from app.runs import Reader
from app.session import Session
from app.views import overlay
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.status import Status, write_status
from engine.experiments.store import Store


@pytest.fixture
def store(tmp_path, monkeypatch):
    made = Store(tmp_path)
    monkeypatch.setattr(page, "store", lambda: made)
    monkeypatch.setattr(overlay, "store", lambda: made)
    monkeypatch.setattr(page, "reader", lambda: Reader(made, period_s=0.01, forget_s=0.2))
    return made


@pytest.fixture
def runs(store):
    made = Runs(Session(Experiment(), wire=lambda e: None, judge=lambda e: None))
    made.open()
    made.bundle.button.param.trigger("clicks")
    return made


def dropped(runs, *files):
    """As when files have crossed to the server; says whether anything of them is left there."""
    drop = runs.bundle.drop
    drop._handle_msg({"do": "begin", "upload": 1, "files": [(name, len(content)) for name, content in files]})
    folder = drop._uploads.paths[0].parent
    for index, (_, content) in enumerate(files):
        drop._handle_msg({"do": "piece", "upload": 1, "index": index, "data": content})
    drop._handle_msg({"do": "end", "upload": 1})
    return folder.exists()


def test_the_bundle_of_a_run_brings_its_experiment_into_the_form_and_undo_the_old_one_back(store, runs):
    before = runs.session.experiment
    run = store.create(Experiment().with_value("training.steps", 321))
    write_status(run.folder, Status("done", time.time(), step=3, steps=321, loss=[0.25], accuracy=[0.9], seconds=6))
    (run.folder / "metrics.jsonl").write_text("")
    assert runs.bundle.layout.visible
    assert not dropped(runs, ("run.zip", store.bundle(run.id).read_bytes()))
    assert runs.session.experiment == run.experiment()
    assert runs.session.experiment.training.steps == 321
    assert not runs.dialog.open
    assert not runs.bundle.layout.visible
    runs.session.undo()
    assert runs.session.experiment == before


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a.zip", b"PK\x03\x04")], "a.zip is damaged, or is no bundle of a run."),
        ([("a.zip", b"1,2"), ("b.zip", b"3,4")], "Several files were chosen; a bundle is one zip file."),
    ],
    ids=["damaged", "several"],
)
def test_what_is_no_bundle_is_told_in_one_sentence_and_changes_nothing(runs, files, said):
    before = runs.session.experiment
    assert not dropped(runs, *files)
    assert runs.bundle.fault.object == said
    assert runs.bundle.fault.visible
    assert runs.session.experiment == before
    assert runs.dialog.open


@pytest.mark.parametrize(
    ("name", "said"), [("x.txt", "There is no experiment.json in it"), ("experiment.json", "This is not JSON")]
)
def test_a_zip_of_something_else_or_with_a_damaged_experiment_is_told(runs, tmp_path, name, said):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "{")
    dropped(runs, ("a.zip", (tmp_path / "a.zip").read_bytes()))
    assert runs.bundle.fault.object.startswith(said)
    assert runs.bundle.fault.visible


def test_closing_the_box_forgets_its_fault_and_what_has_arrived(runs):
    runs.bundle.drop._handle_msg({"do": "begin", "upload": 1, "files": [("a.zip", 5)]})
    folder = runs.bundle.drop._uploads.paths[0].parent
    assert folder.exists()
    runs.bundle.drop._refuse(Invalid("Wrong."))
    runs.bundle.show(False)
    assert not folder.exists()
    assert not runs.bundle.fault.visible
