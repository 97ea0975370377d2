"""A grid that is a line or a plane is told in words and forbids nothing."""

import pytest

from engine.connectomes import SpatialWiring
from engine.experiments.check import check
from engine.experiments.experiment import Experiment
from engine.randomness import numpy_stream
from engine.training.objectives.distance import Distance
from engine.training.objectives.spatially_embedded import SpatiallyEmbedded

RANDOM = {"wiring.kind": "random", "wiring.units": 24}


@pytest.mark.parametrize(
    ("grid", "said"),
    [((24,), "24 x 1 x 1 is a line"), ((1, 24), "1 x 24 x 1 is a line"), ((6, 4), "6 x 4 x 1 is a plane"),
     ((4, 3, 2), ""), ((), "")],
)  # fmt: skip
def test_an_objective_on_a_flat_grid_says_so_and_can_be_started(grid, said):
    lowered = (SpatiallyEmbedded(distance=Distance(grid=grid)),)
    experiment = Experiment().with_values({**RANDOM, "training.objectives": lowered})
    remarks = [remark for remark in check(experiment).remarks if "grid" in remark]
    assert (said in " ".join(remarks)) if said else not remarks
    off = (lowered[0].with_value("active", False),)
    assert not [r for r in check(experiment.with_value("training.objectives", off)).remarks if "grid" in r]


@pytest.mark.parametrize(
    ("grid", "dimensions", "said"), [((1, 24), 2, "line"), ((6, 4), 2, ""), ((6, 4, 1), 3, "plane")]
)
def test_a_wiring_on_a_flat_grid_has_a_remark(grid, dimensions, said):
    made = SpatialWiring(units=24, placement="grid", grid=grid, dimensions=dimensions).wire(numpy_stream(0))
    told = [remark for remark in made.remarks if "grid" in remark]
    assert (f"is a {said}" in told[0]) if said else not told
