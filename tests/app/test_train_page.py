"""The Train column: notices, ledger, live pictures and what it says when there is nothing yet."""

import time
from dataclasses import replace

import numpy as np
import pytest

from app.export import rendered
from app.growing import Curves as History
from app.pages.train import Train
from app.runs import Live, Sight
from app.session import Session
from app.views.ledger import LedgerBadge, books
from app.views.live import LiveNetwork, eight_bit, softmax, stable, strongest
from app.views.live_on_paper import activity_twin, matrix_twin, outputs_twin
from app.views.notices import Notices, difference, trouble
from app.views.probe import probe_of
from app.views.watching import Watching, differing
from engine.component import Invalid
from engine.experiments.experiment import Experiment
from engine.experiments.history import History as Told
from engine.experiments.run import Run
from engine.experiments.status import Status

SMALL = Experiment().with_values({"wiring.kind": "random", "wiring.units": 20})


def sight(state="running", loss=(1.0,), violations=(0,), message="", ledger=None):
    history = History()
    each = {"gradient_norm": [1.0] * len(loss), "violations": list(violations)}
    history.add(Told.of([{"step": 5, "seconds": 1.0, "loss": list(loss), "ledger": ledger, **each}]))
    return Sight(1, 1, Status(state, time.time(), message=message), "", history.history(), None)


def test_without_a_run_the_column_says_what_to_do():
    session = Session(SMALL)
    train = Train(session)
    assert train._body.objects == [train._empty]
    assert "Start" in train._empty.object


def test_a_run_that_is_not_in_the_store_is_told_and_nothing_breaks():
    session = Session(SMALL, run="r_260101_000000_zzzzz")
    train = Train(session)
    assert "There is no run" in train.notices.trouble.object


def test_a_form_that_differs_from_the_run_is_told_by_address():
    assert differing(SMALL, SMALL) == ()
    assert differing(SMALL.with_value("dt_ms", 10), SMALL) == ("dt_ms",)
    assert "The form differs from the running experiment" in difference("running", ("dt_ms",))


def test_a_failed_run_tells_its_sentence_and_a_diverged_network_its_number():
    assert trouble("failed", sight("failed", message="The disk is full."), "") == "The disk is full."
    assert "Network 2 of 3 diverged" in trouble("running", sight(loss=(1.0, None, 2.0), violations=(0, 0, 0)), "")
    assert trouble("running", sight(), "") == ""


def test_the_badge_counts_what_the_laws_forbid():
    badge = LedgerBadge()
    badge.show(sight())
    assert (badge.button.label, badge.button.color) == ("0 violations", "success")
    badge.show(sight(loss=(1.0, 1.0), violations=(2, 1)))
    assert (badge.button.label, badge.button.color) == ("3 violations", "error")


def test_a_damaged_run_is_told_and_its_badge_is_grey():
    whole = sight("done")
    spoilt = replace(whole, damage=("weights.safetensors is truncated or damaged.",))
    assert trouble("damaged", spoilt, "") == "This run is damaged. weights.safetensors is truncated or damaged."
    unread = replace(whole, status=None, fault="status.json is missing.", damage=("status.json is missing.",))
    assert trouble("damaged", unread, "") == "This run is damaged. status.json is missing."
    badge = LedgerBadge()
    badge.show(spoilt)
    assert (badge.button.label, badge.button.color) == ("violations unknown", "default")
    badge.show(replace(whole, damage=("notes.json is missing.",)))
    assert badge.button.color == "success"
    badge.show(sight(violations=(None,)))
    assert badge.button.color == "default"
    badge.show(replace(sight("done", violations=(2,)), damage=spoilt.damage))
    assert badge.button.label == "2 violations"


def test_a_run_is_done_missing_or_damaged_and_never_confused():
    watching = Watching(Session(SMALL, run="r_260101_000000_zzzzz"))
    assert watching.state == "missing"
    watching.run, watching.sight = Run("/nowhere/r_x"), sight("done")
    assert watching.state == "done"
    watching.sight = replace(sight("done"), damage=("metrics.jsonl is missing.",))
    assert watching.state == "damaged"
    watching.sight = replace(sight("done"), status=None, fault="This run is no longer in the store.")
    assert watching.state == "missing"


def test_a_lost_run_offers_resume_and_a_failed_one_retry():
    notices = Notices(lambda: None, lambda: None, lambda: None)
    for state, label in (("lost", "Resume"), ("failed", "Retry")):
        notices.show(state, sight(state, message="Its process ended."), "", (), "")
        assert (notices.retry.visible, notices.retry.label) == (True, label)


def test_the_books_show_every_network_and_every_block():
    entry = {
        "violations": {"W_in": 0, "W_rec": 4}, "zero_share": 0.25, "areas": ["A<b>", "B"],
        "density": [[0.1, 0.2], [0.3, 0.4]], "excitatory_share": 0.8, "inhibitory_share": 0.2, "spectral_radius": None,
    }  # fmt: skip
    said = books([entry, entry], 40)
    assert said.count('<span class="bad">4</span>') == 2
    assert "A&lt;b&gt;" in said
    assert "30 %" in said


@pytest.fixture
def network():
    made = LiveNetwork()
    probe = probe_of(SMALL)
    made.about("brave-otter", probe)
    rng = np.random.default_rng(0)
    trials, steps, outputs = probe.trials.n, probe.trials.steps, len(probe.outputs)
    arrays = {"W_rec": rng.normal(size=(20, 20)), "rates": rng.random((trials, steps, 20))}
    made.show(Live(7, {**arrays, "outputs": rng.normal(size=(trials, steps, outputs))}))
    return made


def test_live_pictures_show_weights_activity_and_outputs_of_the_chosen_trial(network):
    assert "step 7" in network._matrix_title.object
    first = network._rates.data["image"][0].copy()
    network.trial.value = 3
    assert not np.array_equal(first, network._rates.data["image"][0])
    np.testing.assert_allclose(network.outputs.sum(1), 1)


def test_names_of_runs_and_outputs_stay_text(network):
    """A recording brings the names of its units, a bundle that of its run."""
    train, name = Train(Session(SMALL)), "<img src=x onerror=alert(1)>"
    train.watching.title = name
    train._draw()
    assert "<img" not in train.caption.object
    network.about("brave-otter", replace(network.probe, outputs=(name,) * len(network.probe.outputs)))
    network._draw_trial()
    assert "<img" not in network._outputs_title.object


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_live_pictures_of_a_diverged_network_are_drawn_and_say_so(network, value):
    spoilt = {name: array.copy() for name, array in network.live.arrays.items()}
    for array in spoilt.values():
        array[..., :3] = value
    network.show(Live(8, spoilt))
    assert "diverged" in network._matrix_title.object
    assert "diverged" in network._rates_title.object
    network.show(Live(9, {name: np.full_like(array, value) for name, array in spoilt.items()}))
    assert np.isfinite([network.extent, network.top]).all()
    assert np.isnan(network.outputs).all() or not network.probe.is_choice


def test_live_pictures_leave_as_files(network):
    for twin in (matrix_twin(network), activity_twin(network), outputs_twin(network)):
        assert rendered(twin, "svg").startswith(b"<?xml")
        assert b"\n" in rendered(twin, "csv")
    with pytest.raises(Invalid, match="no picture yet"):
        matrix_twin(LiveNetwork())


def test_a_colour_scale_stays_until_the_weights_outgrow_it():
    assert stable(1.0, 1.4) == 1.0
    assert stable(1.0, 2.0) == 2.0
    assert stable(0.0, 0.0) == 1.0


def test_zero_is_in_the_middle_of_eight_bits_and_large_pictures_keep_their_strongest_weights():
    assert eight_bit(np.array([[-1.0, 1.0]]), -1, 1).tolist() == [[0, 255]]
    large = np.zeros((1000, 900))
    large[501, 37] = -3.0
    fewer = strongest(large)
    assert max(fewer.shape) <= 400
    assert fewer.min() == -3.0


def test_softmax_survives_large_log_odds():
    np.testing.assert_allclose(softmax(np.array([[1000.0, 0.0]])), [[1, 0]])
