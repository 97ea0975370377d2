"""Where the share of excitatory units comes from is said beside it, so that it never contradicts the slider."""

import pytest

from app.session import Session
from app.shelf import wired
from app.views.measured_signs import MeasuredSigns, comes_from, is_off
from app.views.wiring import WiringView
from engine.connectomes.steps import RemoveUnits
from engine.experiments.experiment import Experiment

WORM = Experiment().with_value("wiring.connectome", "worm_cook2019")


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        (WORM, "E / I, by chosen ratio"),
        (WORM.with_value("wiring.signs.kind", "transmitter"), "E / I, by transmitter"),
        (Experiment().with_value("wiring.kind", "column"), "E / I, given by the wiring"),
    ],
)
def test_the_count_of_units_says_who_gave_the_signs(experiment, said):
    assert said in WiringView(Session(experiment)).counts.object
    assert comes_from(experiment.wiring) in said


def test_signs_that_were_measured_are_told_with_their_share_while_a_ratio_draws_others():
    shown = MeasuredSigns(Session(WORM))
    assert "name the transmitters (by them 90 % of the units excite)" in shown.sentence.object
    shown._take()
    assert not shown.layout.visible


def test_a_share_that_changes_have_moved_is_told():
    plain = Experiment()
    lesioned = plain.with_value("wiring.steps", (RemoveUnits(types=("I",)),))
    assert is_off(wired(plain), plain.wiring) == ""
    assert "100 % of the units excite, not the chosen 80 %" in is_off(wired(lesioned), lesioned.wiring)
    assert "not the chosen" in WiringView(Session(lesioned)).remarks.object
