"""Live curves: what is streamed, how it is thinned and smoothed, and what leaves as a file."""

import time

import numpy as np
import pytest
from bokeh.core.serialization import Serializer
from bokeh.document import Document
from bokeh.document.json import PatchJson
from bokeh.models import ColumnDataSource
from hypothesis import given, settings
from hypothesis import strategies as st

from app.export import rendered
from app.growing import Curves as History
from app.runs import Sight
from app.views.curves import Curves
from app.views.thinning import Series, Smoother, Thinning, spread
from engine.component import Invalid
from engine.experiments.history import History as Told
from engine.experiments.status import Status


def row(step, networks=2, **but):
    each = {"loss": [1.0 / (1 + step)] * networks, "gradient_norm": [2.0] * networks, "violations": [0] * networks}
    line = {"step": step, "seconds": 0.1 * step, **each}
    if step % 10 == 0:
        line["evaluation"] = {"step": step, "loss": [0.5] * networks, "accuracy": [0.7, 0.8][:networks]}
        line["evaluation"] |= {"ideal": 0.9, "chance": 0.5}
    return {**line, **but}


def sight_of(history, version=1):
    return Sight(version, history.origin, Status("running", time.time()), "", history.history(), None)


@pytest.fixture
def history():
    made = History()
    made.add(Told.of([row(step) for step in range(21)]))
    return made


def test_only_what_is_new_is_streamed(history, monkeypatch):
    curves = Curves()
    curves.show(sight_of(history))
    sent = []
    stream = curves.steps.stream
    monkeypatch.setattr(ColumnDataSource, "stream", lambda self, new, **how: sent.append(len(new["step"])))
    history.add(Told.of([row(21), row(22)]))
    curves.show(sight_of(history, 2))
    assert sent == [2]
    assert stream is not None


def test_curves_show_mean_and_range_of_the_networks_and_the_guide_lines(history):
    curves = Curves()
    curves.show(sight_of(history))
    assert curves.evaluations.data["accuracy"].tolist() == pytest.approx([75] * 3)
    assert curves.evaluations.data["low"].tolist() == pytest.approx([70] * 3)
    assert [label.text for _, label in (curves.chance, curves.ideal)] == ["chance 50 %", "ideal observer 90 %"]
    assert "n = 2" in curves._loss_title.object


def test_another_history_replaces_the_curves(history):
    curves = Curves()
    curves.show(sight_of(history))
    other = History()
    other.add(Told.of([row(step) for step in range(3)]))
    curves.show(sight_of(other))
    assert list(curves.steps.data["step"]) == [0, 1, 2]
    curves.show(None)
    assert list(curves.steps.data["step"]) == []


@pytest.mark.parametrize("again", ["another smoothing", "the history told anew"])
def test_curves_that_are_drawn_again_reach_the_page_once(history, again):
    curves = Curves()
    curves.show(sight_of(history))
    document, page = Document(), Document()
    for source in (curves.steps, curves.evaluations):
        document.add_root(source)
    page.replace_with_json(document.to_json())

    def redraw():
        curves.smoothing.value = 0.95
        if again == "the history told anew":
            other = History()
            other.add(Told.of([row(step) for step in range(16)]))
            curves.show(sight_of(other))

    send_together(document, redraw, page)
    for ours, theirs in zip(document.roots, page.roots, strict=True):
        assert list(theirs.data["step"]) == list(ours.data["step"])
        assert (np.diff(theirs.data["step"]) > 0).all()


def send_together(document, change, page):
    """The page hears of all changes of one callback as `app.background.in_order` sends them."""
    document.hold("collect")
    change()
    events, document.callbacks._held_events = document.callbacks._held_events, []
    serializer = Serializer(references=document.models.synced_references)
    page.apply_json_patch(PatchJson(events=[serializer.encode(event) for event in events]))


def test_curves_leave_as_files_with_every_step(history):
    curves = Curves()
    with pytest.raises(Invalid, match="press Start"):
        curves_loss(curves)
    curves.show(sight_of(history))
    csv = rendered(curves_loss(curves), "csv").decode().splitlines()
    assert csv[0].startswith("step,training_seconds,loss (nats)")
    assert len(csv) == 22
    assert ">training step</text>" in rendered(curves_loss(curves), "svg").decode()


def curves_loss(curves):
    from app.views.curves_on_paper import loss_twin

    return loss_twin(curves)


@given(parts=st.lists(st.integers(0, 700), max_size=12), most=st.sampled_from([64, 100]))
@settings(deadline=None, max_examples=30)
def test_however_a_curve_arrives_it_is_drawn_in_order_with_its_extremes_and_few_points(parts, most):
    rng = np.random.default_rng(sum(parts))
    series = Series(ColumnDataSource({"step": [], "loss": []}), "loss", most)
    told = np.empty(0)
    for part in parts:
        new = rng.normal(size=part)
        series.add({"step": np.arange(len(told), len(told) + part), "loss": new})
        told = np.concatenate([told, new])
    drawn = np.asarray(series.source.data["step"], dtype=int)
    assert (np.diff(drawn) > 0).all()
    assert len(drawn) <= 2 * most
    bucket = series._thinning.bucket
    whole = told[: len(told) // bucket * bucket]
    if len(whole):
        assert {int(whole.argmin()), int(whole.argmax())} <= set(drawn.tolist())


@given(values=st.lists(st.floats(-5, 5) | st.just(float("nan")), max_size=60), cut=st.integers(0, 60))
@settings(deadline=None)
def test_smoothing_in_parts_is_smoothing_at_once(values, cut):
    values = np.array(values, dtype=float)
    whole, parts = Smoother(0.9), Smoother(0.9)
    joined = np.concatenate([parts(values[:cut]), parts(values[cut:])])
    np.testing.assert_allclose(joined, whole(values))


def test_smoothing_leaves_a_constant_as_it_is():
    np.testing.assert_allclose(Smoother(0.99)(np.full(50, 3.0)), 3.0)


def test_a_diverged_network_leaves_mean_and_range_to_the_others():
    mean, low, high = spread(np.array([[1.0, 3.0], [np.nan, 3.0], [np.nan, np.nan]]))
    np.testing.assert_array_equal(mean, [2, 3, np.nan])
    np.testing.assert_array_equal(low, [1, 3, np.nan])
    np.testing.assert_array_equal(high, [3, 3, np.nan])


def test_the_end_of_a_thinned_curve_is_drawn_when_the_run_has_ended():
    thinning = Thinning(10)
    values = np.arange(35.0)
    assert thinning.needs_anew(35)
    assert thinning.take(values, ended=False)[-1] < 34
    assert thinning.take(values, ended=True)[-1] == 34
