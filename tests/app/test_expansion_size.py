"""The page tells how large a connectome becomes before it is built."""

from app.pages.build import Build
from app.session import Session
from app.views.expansion_size import MEASURED_ONLY, ExpansionSize
from engine.experiments.experiment import Experiment

TEN = {"wiring.expansion.units_per_region": 10, "wiring.expansion.synapses.density_between": 0.2}


def test_units_synapses_density_and_memory_follow_the_sliders():
    session = Session(Experiment())
    size = ExpansionSize(session)
    assert "84 units, 1,744 synapses" in size.line.object
    session.change_all(TEN, "wiring.expansion")
    assert "840 units, 34,880 synapses, density 4.9 %; the matrix takes 6.4 MB." in size.line.object
    assert session.connectome.mask.sum() == 34_880


def test_a_network_that_is_too_large_is_told_in_numbers_and_a_fault_elsewhere():
    session = Session(Experiment().with_value("wiring.expansion.units_per_region", 500))
    size = ExpansionSize(session)
    assert "42,000 units" in size.line.object
    assert "GB" in size.line.object
    session.change("wiring.expansion.kind", "density")
    assert size.line.object == ""
    assert "list densities by region" in str(session.problem)
    session.change("wiring.kind", "random")
    assert size.line.object == MEASURED_ONLY


def test_the_fold_says_how_units_are_counted_and_where_it_is_wrong():
    session = Session(Experiment())
    build = Build(session)
    fold = build.folds["Units of regions"]
    assert fold.heading.says == "one for each"
    fold.heading.open = True
    session.change("wiring.expansion.kind", "total")
    assert fold.heading.says == "To a total"
    assert len(fold.body.objects) == 2
    session.change("wiring.expansion.total", 3)
    assert fold.heading.wrong
