"""Cell types are shared out exactly, and a table of densities is met, up to the 18 populations of V1 and LM."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes import Area, AreasWiring, RandomWiring
from engine.connectomes.connectome import Connectome
from engine.connectomes.steps import CellType, CellTypes, SetDensity, TypeDensities
from engine.connectomes.steps.cell_types import largest_remainder
from engine.randomness import numpy_stream
from tests.engine.test_steps_nulls import a_connectome, seeds, specs

LAYERS, CELLS = ("L4", "L2/3", "L5"), {"Pyr": (12, "excitatory"), "SST": (2, "inhibitory"), "VIP": (1, "inhibitory")}
TABLE = """
.10 .22 0    .05 .04 0    0   .19 0
.04 .01 .14  .17 0   .14  .08 .04 .20
0   .22 .03  0   .13 .05  .02 .14 0
.07 .33 0    .06 .23 .05  0   .15 0
.04 .05 .25  .30 .05 .14  0   .05 0
.02 .21 0    .16 .30 .01  0   .13 0
0   .08 0    .08 0   0    .04 .15 0
.03 .04 .11  .04 0   0    .10 .03 .05
.11 .07 .04  0   0   .04  .02 .10 .03
"""  # rows post, columns pre; L4, L2/3, L5 of Pyr, SST, VIP
EXPECTED = [[0.0952, 0.0570, 0.0336], [0.0903, 0.1110, 0.0180], [0.0201, 0.0556, 0.0553]]  # layers, post x pre


def eighteen() -> Connectome:
    """V1 and LM with 16 x (12, 2, 1) units in each of three layers, wired by the table of 18 populations."""
    names = tuple(f"{layer} {cell}" for layer in LAYERS for cell in CELLS)
    types = tuple(
        CellType(name=f"{layer} {cell}", share=share, sign=sign)
        for layer in LAYERS for cell, (share, sign) in CELLS.items()
    )  # fmt: skip
    table = tuple(tuple(float(p) for p in row.split()) for row in TABLE.split("\n") if row)

    def between(post: str, layer_to: str, pre: str, source: str) -> SetDensity:
        to = tuple(f"{layer_to} {cell}" for cell in CELLS)
        return SetDensity(post_areas=(post,), post_types=to, pre_areas=(pre,), pre_types=(source,), density=0.3)

    steps = (
        CellTypes(cell_types=types, order="in_order"),
        TypeDensities(types=names, densities=table, where="within_areas"),
        TypeDensities(types=names, densities=((0.0,) * 9,) * 9, where="between_areas"),
        between("LM", "L4", "V1", "L2/3 Pyr"),
        between("V1", "L2/3", "LM", "L5 Pyr"),
        between("V1", "L5", "LM", "L5 Pyr"),
    )
    areas = (Area(name="V1", units=720), Area(name="LM", units=720))
    empty = ((0.01, 0.0), (0.0, 0.01))
    return AreasWiring(areas=areas, densities=empty, steps=steps).wire(numpy_stream(0))


def test_the_18_populations_of_v1_and_lm_have_their_sizes_signs_and_densities() -> None:
    made = eighteen()
    area, kind = np.array(made.areas), np.array(made.types)
    layer = np.array([t.split()[0] for t in made.types])
    assert made.n == 1440
    for name in ("V1", "LM"):
        for la in LAYERS:
            sizes = [((area == name) & (kind == f"{la} {cell}")).sum() for cell in CELLS]
            assert sizes == [192, 32, 16]
        found = [
            [made.mask[np.ix_((area == name) & (layer == post), (area == name) & (layer == pre))].mean()
             for pre in LAYERS] for post in LAYERS
        ]  # fmt: skip
        assert np.allclose(found, EXPECTED, atol=0.0006)
    assert ((made.signs > 0) == np.char.endswith(kind, "Pyr")).all()
    forward = made.mask[np.ix_((area == "LM") & (layer == "L4"), (area == "V1") & (layer == "L2/3"))]
    assert forward.mean() == pytest.approx(0.3 * 0.8, abs=1e-9)
    across = made.mask & (area[:, None] != area[None, :])
    assert across.sum() == 3 * 240 * 192 * 0.3
    assert not across[:, made.signs < 0].any()


@given(st.lists(st.floats(0, 100), min_size=1, max_size=8).filter(any), st.integers(0, 500))
def test_the_largest_remainder_deals_out_all_within_one_of_the_share(shares: list[float], total: int) -> None:
    given = np.array(shares)
    counts = largest_remainder(given, total)
    assert counts.sum() == total
    assert (np.abs(counts - total * given / given.sum()) < 1 + 1e-6).all()


def test_types_are_dealt_out_in_every_area_by_itself() -> None:
    made = AreasWiring(steps=(CellTypes(),)).wire(numpy_stream(0))
    for area in made.area_names:
        types = [t for t, a in zip(made.types, made.areas, strict=True) if a == area]
        assert [types.count(t) for t in ("Pyr", "SST", "VIP")] == [32, 5, 3]


@given(spec=specs, seed=seeds)
@settings(max_examples=40, deadline=None)
def test_weights_take_the_sign_of_the_type_of_their_source_and_keep_their_strength(spec: tuple, seed: int) -> None:
    source = a_connectome(spec)
    made = CellTypes().change(source, np.random.default_rng(seed))
    assert np.array_equal(np.abs(made.weights), np.abs(source.weights))
    assert np.array_equal(made.mask, source.mask)
    assert (made.signs == np.where(np.array(made.types) == "Pyr", 1, -1)).all()


def test_types_of_one_area_leave_the_others_alone() -> None:
    source = AreasWiring().wire(numpy_stream(0))
    step = CellTypes(areas=("motor",), cell_types=(CellType(name="mixed", sign="free"),))
    made = step.change(source, numpy_stream(1))
    motor = np.array(source.areas) == "motor"
    assert {t for t, m in zip(made.types, motor, strict=True) if m} == {"mixed"}
    assert np.array_equal(made.signs, np.where(motor, 0, source.signs))
    assert np.array_equal(made.weights, source.weights)


@pytest.mark.parametrize("counts", ["exact", "drawn"])
@pytest.mark.parametrize("where", ["everywhere", "within_areas", "between_areas"])
def test_the_table_of_types_is_met_where_it_applies(where: str, counts: str) -> None:
    source = AreasWiring().wire(numpy_stream(0))
    table = ((0.4, 0.1), (0.0, 1.0))
    made = TypeDensities(densities=table, where=where, counts=counts).change(source, numpy_stream(1))
    area, kind = np.array(source.areas), np.array(source.types)
    same = area[:, None] == area[None, :]
    meant = {"everywhere": True, "within_areas": same, "between_areas": ~same}[where] & ~np.eye(source.n, dtype=bool)
    for row, post in zip(table, "EI", strict=True):
        for density, pre in zip(row, "EI", strict=True):
            pairs = meant & (kind == post)[:, None] & (kind == pre)[None, :]
            slack = 0.5 if counts == "exact" else 5 * np.sqrt(pairs.sum() * density * (1 - density)) + 0.1
            assert abs(made.mask[pairs].sum() - density * pairs.sum()) <= slack
    assert np.array_equal(made.weights[~meant], source.weights[~meant])


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (TypeDensities(types=("E", "X")), "There is no cell type 'X'"),
        (TypeDensities(types=("E",)), "must have 1 x 1 entries"),
        (TypeDensities(types=("E", "E")), "listed twice"),
        (CellTypes(cell_types=(CellType(), CellType())), "Two cell types are called 'Pyr'"),
        (CellTypes(cell_types=(CellType(share=0.0),)), "shares of all cell types are 0"),
    ],
    ids=lambda v: getattr(v, "kind", ""),
)
def test_tables_and_types_that_do_not_fit_are_told(step, told: str) -> None:
    with pytest.raises(Invalid, match=told):
        step.change(RandomWiring(units=20).wire(numpy_stream(0)), numpy_stream(0))
