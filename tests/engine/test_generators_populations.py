"""Populations follow their table of probabilities, which travels as CSV and says what is wrong with a row."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes import Population, PopulationsWiring, ProbabilityRow, read_table, write_table
from engine.connectomes.visual_cortex import BETWEEN, TABLE, WITHIN
from engine.experiments.experiment import LONGEST_LINK, Experiment
from engine.randomness import numpy_stream

HEADING = "pre_layer,pre_type,post_layer,post_type,connection_probability\n"
LAYERS = ("L4", "L2/3", "L5")
LAYER_DENSITIES = [[0.0952, 0.0570, 0.0336], [0.0903, 0.1110, 0.0180], [0.0201, 0.0556, 0.0553]]  # [post][pre]
names = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip).filter(bool)


def test_the_table_of_visual_cortex_has_144_rows_of_which_70_are_above_0() -> None:
    chances = [row.connection_probability for row in WITHIN]
    assert (len(WITHIN), sum(c > 0 for c in chances)) == (144, 70)
    assert np.mean(chances) == pytest.approx(0.0457, abs=5e-5)
    assert [(str(row), row.connection_probability) for row in BETWEEN[:4:3]] == [
        ("V1 L2/3 Pyr to LM L4 Pyr", 0.3),
        ("LM L5 Pyr to V1 L2/3 Pyr", 0.3),
    ]


def test_18_populations_have_1440_units_at_the_scale_of_the_paper() -> None:
    wiring = PopulationsWiring(scale=16)
    sizes = [population.units * 16 for population in wiring.populations]
    assert (len(sizes), sum(sizes), set(sizes)) == (18, 1440, {192, 32, 16})


def test_layers_have_the_densities_that_follow_from_the_table() -> None:
    wiring = PopulationsWiring()
    chance, _ = wiring.probabilities()
    share = np.array([p.units for p in wiring.populations]) / 15
    layer = np.array([LAYERS.index(p.layer) + 3 * (p.area == "LM") for p in wiring.populations])
    found = np.array(
        [[(share[:, None] * chance * share)[layer == i][:, layer == j].sum() for j in range(6)] for i in range(6)]
    )
    np.testing.assert_allclose(found[:3, :3], LAYER_DENSITIES, atol=5e-5)
    np.testing.assert_allclose(found[3:, 3:], LAYER_DENSITIES, atol=5e-5)
    assert found[:3, :3].mean() == pytest.approx(0.0596, abs=5e-5)
    routes = {(3, 1), (1, 5), (2, 5)}  # V1 L2/3 to LM L4, LM L5 to V1 L2/3 and L5, as (post, pre)
    between = found * ((np.arange(6) < 3)[:, None] != (np.arange(6) < 3)[None, :])
    assert {tuple(at) for at in np.argwhere(between)} == routes
    assert all(found[at] == pytest.approx(0.24) for at in routes)


def test_drawn_densities_are_those_of_the_table_and_signs_those_of_the_types() -> None:
    made = PopulationsWiring(scale=8).wire(numpy_stream(0))
    population = np.array(made.labels["population"])
    assert set(made.types) == {"Pyr", "SST", "VIP"}
    assert all((sign > 0) == (kind == "Pyr") for sign, kind in zip(made.signs, made.types, strict=True))
    block = made.mask[np.ix_(population == "V1 L2/3 SST", population == "V1 L2/3 Pyr")]
    assert block.shape == (16, 96)
    assert block.mean() == pytest.approx(0.30, abs=0.06)
    assert not made.mask[np.ix_(population == "V1 L2/3 Pyr", population == "V1 L4 VIP")].any()
    assert any(
        remark.startswith("14 rows of the table above 0 concern cell types that have no units")
        for remark in made.remarks
    )  # rows of layer 6
    exact = PopulationsWiring(scale=8, exact=True).wire(numpy_stream(0))
    assert exact.mask[np.ix_(population == "V1 L2/3 SST", population == "V1 L2/3 Pyr")].sum() == round(0.3 * 16 * 96)


@pytest.mark.parametrize(("kind", "areas"), [
    ("area", ("V1", "LM")),
    ("layer", LAYERS),
    ("area_layer", ("V1 L4", "V1 L2/3", "V1 L5", "LM L4", "LM L2/3", "LM L5")),
])  # fmt: skip
def test_areas_are_areas_or_layers_or_both(kind: str, areas: tuple[str, ...]) -> None:
    assert PopulationsWiring(areas_are=kind).wire(numpy_stream(0)).area_names == areas


def test_a_row_that_names_areas_counts_before_one_that_does_not() -> None:
    cells = (Population(area="A", units=20), Population(area="B", units=20))
    general = ProbabilityRow(post_layer="L4", connection_probability=1.0)
    special = ProbabilityRow(pre_area="B", post_area="B", post_layer="L4", connection_probability=0.0)
    for table in ((general, special), (special, general)):
        made = PopulationsWiring(populations=cells, scale=1, table=table).wire(numpy_stream(0))
        assert made.mask[:20, :20].sum() == 380
        assert made.mask.sum() == 380


def test_one_row_is_edited_at_its_address_and_fits_into_a_link() -> None:
    experiment = Experiment.read({"wiring": {"kind": "populations"}})
    changed = experiment.with_value("wiring.table.17.connection_probability", 0.5)
    assert changed.value_at("wiring.table.17").connection_probability == 0.5
    assert Experiment.from_link(changed.to_link()) == changed
    assert len(changed.to_link()) < 2000 < LONGEST_LINK
    assert "table" not in experiment.changes()["wiring"]
    everything = experiment.with_value("wiring.table", tuple(
        row.with_value("connection_probability", k / 1000) for k, row in enumerate(TABLE)
    ))  # fmt: skip
    assert len(everything.to_link()) < LONGEST_LINK / 10


def test_the_table_is_read_from_csv_where_it_is_set() -> None:
    experiment = Experiment.read({"wiring": {"kind": "populations"}})
    assert experiment.with_value("wiring.table", write_table(TABLE)) == experiment
    with pytest.raises(Invalid, match="Row 1 of the table: connection_probability is '2'") as error:
        experiment.with_value("wiring.table", f"{HEADING}L4,Pyr,L4,Pyr,2\n")
    assert error.value.address == "wiring.table"


def test_the_published_file_with_its_extra_column_is_read() -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*HEADING.strip().split(","), "used_in_model"])
    for row in WITHIN:
        used = int("L6" not in (row.pre_layer, row.post_layer))
        writer.writerow([row.pre_layer, row.pre_type, row.post_layer, row.post_type, row.connection_probability, used])
    assert read_table("\ufeff" + out.getvalue()) == WITHIN
    assert write_table(WITHIN).startswith(HEADING)
    assert read_table(write_table(TABLE)) == TABLE


def pair(row: tuple) -> tuple:
    """What may stand in a table once only."""
    return (*row[:4], row[5])


cells = st.tuples(names, names, names, names, st.floats(0, 1), st.none() | st.tuples(names, names))
rows = st.lists(cells, max_size=8, unique_by=pair)


@given(rows)
@settings(max_examples=60, deadline=None)
def test_any_table_survives_csv(drawn: list) -> None:
    table = tuple(
        ProbabilityRow(
            pre_layer=a, pre_type=b, post_layer=c, post_type=d, connection_probability=p,
            pre_area=areas[0] if areas else "", post_area=areas[1] if areas else "",
        )
        for a, b, c, d, p, areas in drawn
    )  # fmt: skip
    assert read_table(write_table(table)) == table


@pytest.mark.parametrize(("text", "said"), [
    ("", "lacks pre_layer"),
    ("pre_layer,pre_type,post_layer,post_type\n", "lacks connection_probability"),
    (HEADING.replace("\n", ",post_are\n"), "unknown column 'post_are'. Did you mean 'post_area'?"),
    (HEADING.replace("\n", ",pre_type\n"), "'pre_type' stands twice"),
    (f"{HEADING}L4,Pyr,L4,Pyr,0.1\nL4,Pyr,L4\n", "Row 2 of the table has 3 cells, but the heading has 5"),
    (f"{HEADING}L4,Pyr,L4,Pyr,0.1\nL4,Pyr,L5,Pyr,abc\n", "Row 2 of the table: connection_probability is 'abc'"),
    (f"{HEADING}L4,Pyr,L4,Pyr,nan\n", "Row 1 of the table: connection_probability"),
    (f"{HEADING}L4,Pyr,L4,Pyr,1.01\n", "less than or equal to 1"),
    (f"{HEADING}L4,Pyr,L4,Pyr,\n", "Row 1 of the table: connection_probability is ''"),
    (f"{HEADING}L4,,L4,Pyr,0.1\n", "Row 1 of the table: pre_type is ''"),
    (f"{HEADING}L4,Pyr,L4,Pyr,0.1\nL5,Pyr,L4,Pyr,0.1\nL4,Pyr,L4,Pyr,0.2\n", "Rows 1 and 3 both"),
    (f'{HEADING}"L4,Pyr,L4,Pyr,0.1\n', "not a table of comma-separated values"),
    (HEADING + "L4,Pyr,L4,Pyr,0.1\n" * 10_001, "10001 rows; ours have at most 10000"),
    ("x" * 2_000_001, "2000001 characters"),
])  # fmt: skip
def test_a_table_that_cannot_be_read_says_which_row_and_why(text: str, said: str) -> None:
    with pytest.raises(Invalid) as error:
        read_table(text)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(max_size=200) | st.text(',\n"L4Pyr0.1', max_size=200).map(lambda t: HEADING + t))
@settings(max_examples=200, deadline=None)
def test_no_text_does_harm(text: str) -> None:
    try:
        assert all(isinstance(row, ProbabilityRow) for row in read_table(text))
    except Invalid as fault:
        said = str(fault)
        assert said
