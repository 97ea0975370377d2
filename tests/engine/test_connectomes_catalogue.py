"""The measured connectomes are what their papers say, the right way round, and ours to give."""

import dataclasses
import hashlib
import json
import subprocess
import sys
import urllib.request
import zipfile
from collections import Counter

import numpy as np
import pytest

from engine.component import Invalid
from engine.connectomes import catalogue as shelf
from engine.connectomes import tvb
from engine.connectomes.catalogue import SHIPPED, assets, catalogue, measurement, record
from engine.connectomes.thumbnail import thumbnail

# science/connectomes.md, section 1; two of its numbers are counted otherwise there, see the comments
MEASURED = {
    ("human_dk84", "streamlines"): (84, 6972, 1.00, 0),
    ("human_schaefer100", "streamlines"): (100, 9184, 0.93, 0),
    ("mouse_dmri232", "streamlines"): (
        232,
        46_212,
        0.862,
        0,
    ),  # section 1: 44,600 = those with a mean above 1/8 streamline
    ("fly_larva_mb", "left"): (209, 7425, 0.171, 0),
    ("fly_larva_mb", "right"): (213, 7536, 0.167, 0),
    ("fly_opticlobe65", "synapses"): (65, 581, 0.14, 24),
    ("worm_cook2019", "chemical"): (302, 3671, 0.040, 38),
    ("worm_cook2019", "gap"): (302, 2182, 0.024, 14),
    ("worm_signed_fenyves", "chemical"): (297, 3604, 0.041, 34),  # section 1: 3638 = with the 34 self-connections
    ("worm_functional_randi", "response"): (181, 1150, 0.035, 0),
    ("column_pd14", "probability"): (8, 47, 0.839, 8),
}
SHOWN = [(r.id, m.name) for r in catalogue() for m in r.matrices if r.available]


def edge(id: str, pre: str, post: str, matrix: str = "") -> float:
    """The signed weight from `pre` to `post`."""
    found = measurement(id, matrix)
    return float(found.weights[found.names.index(post), found.names.index(pre)])


def test_the_catalogue_holds_nine_shipped_and_two_optional_connectomes() -> None:
    assert [r.id for r in catalogue()] == [*SHIPPED, "macaque_cocomac96", "human_hagmann66"]


@pytest.mark.parametrize(("id", "matrix"), MEASURED)
def test_units_connections_and_density_are_as_measured(id: str, matrix: str) -> None:
    found, (n, edges, density, own) = measurement(id, matrix), MEASURED[id, matrix]
    off = np.count_nonzero(found.strengths) - np.count_nonzero(np.diag(found.strengths))
    assert (found.n, off, np.count_nonzero(np.diag(found.strengths))) == (n, edges, own)
    assert off / (n * (n - 1)) == pytest.approx(density, abs=0.005)
    assert (found.matrix.n, found.matrix.edges, found.matrix.self_connections) == (n, edges, own)
    assert found.matrix.density == pytest.approx(off / (n * (n - 1)), abs=1e-6)


def test_all_matrices_are_counted() -> None:
    assert {(r.id, m.name) for r in catalogue() if r.id in SHIPPED for m in r.matrices} == set(MEASURED)


def test_projection_neurons_drive_kenyon_cells_and_not_the_reverse() -> None:
    found = measurement("fly_larva_mb", "left")
    types = np.array(found.labels["cell_type"])
    kenyon, projection = types == "Kenyon cell", types == "projection neuron"
    assert found.strengths[np.ix_(kenyon, projection)].sum() == 2404
    assert found.strengths[np.ix_(projection, kenyon)].sum() == 0
    right = measurement("fly_larva_mb", "right")
    assert (
        right.strengths[np.ix_([t == "projection neuron" for t in right.labels["cell_type"]], [True] * 213)].sum()
        < 2404
    )


def test_the_published_counts_between_i1l_and_i2l_are_the_right_way_round() -> None:
    assert edge("worm_cook2019", "I1L", "I2L") == 10
    assert edge("worm_cook2019", "I2L", "I1L") == 2


def test_photoreceptors_inhibit_lamina_cells_and_not_the_reverse() -> None:
    assert edge("fly_opticlobe65", "R1", "L1") < 0
    assert edge("fly_opticlobe65", "L1", "R1") == 0


def test_the_column_has_rows_of_targets_and_one_sign_for_each_source() -> None:
    assert edge("column_pd14", "L5I", "L5E") == pytest.approx(-0.3726)
    assert edge("column_pd14", "L5E", "L5I") == pytest.approx(0.06)
    weights = measurement("column_pd14").weights
    assert ((weights <= 0).all(0) | (weights >= 0).all(0)).all()


def test_a_stimulated_worm_neuron_is_the_column() -> None:
    found = measurement("worm_functional_randi")
    assert edge("worm_functional_randi", "ADAL", "ADEL") == pytest.approx(0.22626, abs=1e-5)
    assert edge("worm_functional_randi", "ADAL", "AS1") == pytest.approx(-0.12134, abs=1e-5)
    assert (found.weights < 0).sum() == 150


def test_the_polarities_of_the_worm_are_as_published() -> None:
    found = measurement("worm_signed_fenyves")
    present = found.strengths > 0
    assert ((found.edge_signs > 0).sum(), (found.edge_signs < 0).sum()) == (1327, 425)
    assert (present & (found.edge_signs == 0)).sum() == 471 + 1415


def test_the_optic_lobe_has_its_signs() -> None:
    signs = measurement("fly_opticlobe65").edge_signs
    assert ((signs > 0).sum(), (signs < 0).sum()) == (377, 228)


def test_types_and_transmitters_of_the_worm_are_as_published() -> None:
    labels = measurement("worm_cook2019").labels
    assert Counter(labels["cell_type"]) == {"motor": 126, "interneuron": 89, "sensory": 85, "other": 2}
    strengths = measurement("worm_cook2019").strengths
    known = np.array([t != "unknown" for t in labels["transmitter"]])
    assert np.count_nonzero(strengths[:, known]) / np.count_nonzero(strengths) == pytest.approx(0.88, abs=0.005)


@pytest.mark.parametrize("id", ["human_dk84", "human_schaefer100", "mouse_dmri232", "human_hagmann66"])
def test_tractography_is_symmetric(id: str) -> None:
    if not record(id).available:
        pytest.skip("tvb-data is not installed")
    found = measurement(id)
    np.testing.assert_array_equal(found.strengths, found.strengths.T)
    assert not found.record.directed


def test_cortex_projects_to_the_striatum_and_not_the_reverse() -> None:
    if not record("macaque_cocomac96").available:
        pytest.skip("tvb-data is not installed")
    found = measurement("macaque_cocomac96")
    cortex = np.array([part == "cortex" for part in found.labels["part"]])
    cortex &= np.array([side == "right" for side in found.labels["hemisphere"]])
    for name, receives, sends in (("BG-Cd_R", 31, 2), ("BG-Pu_R", 32, 0), ("BG-Acc_R", 14, 0)):
        i = found.names.index(name)
        assert np.count_nonzero(found.strengths[i, cortex]) == receives
        assert np.count_nonzero(found.strengths[cortex, i]) == sends


@pytest.mark.parametrize("found", catalogue(), ids=lambda r: r.id)
def test_every_record_is_complete(found) -> None:
    for name in (
        "id",
        "title",
        "about",
        "species",
        "level",
        "licence",
        "licence_url",
        "citation",
        "doi",
        "source",
        "source_convention",
    ):
        assert getattr(found, name), name
    assert found.remarks
    assert found.convention == "post_rows"
    assert found.area_by in found.area_labels
    assert set(found.signs_offered) <= {"ratio_by_unit", "ratio_by_region", "transmitter", "edge_majority", "unsigned"}
    assert ("transmitter" in found.signs_offered) == found.transmitter
    assert found.available or found.how_to_get
    for file in found.licence_files:
        assert (assets() / "LICENSES" / file).read_text().strip(), file
    assert dataclasses.asdict(found)


@pytest.mark.parametrize(("id", "matrix"), SHOWN)
def test_numbers_fit_their_record_and_cannot_be_changed(id: str, matrix: str) -> None:
    found = measurement(id, matrix)
    assert len(set(found.names)) == found.n == found.matrix.n
    for label, values in found.labels.items():
        assert len(values) == found.n
        assert set(values) <= set(found.record.area_labels[label])
        assert all(values)
    assert (found.strengths >= 0).all()
    assert set(found.pairs) == set(found.record.pairs)
    assert set(found.maps) == set(found.record.maps)
    for array in (found.strengths, *found.pairs.values(), *found.maps.values()):
        assert np.isfinite(array).all()
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
    assert measurement(id, matrix) is found


@pytest.mark.parametrize("id", SHIPPED)
def test_files_hold_plain_arrays_and_match_their_record(id: str) -> None:
    path = assets() / f"{id}.npz"
    assert hashlib.sha256(path.read_bytes()).hexdigest() == record(id).sha256
    with np.load(path, allow_pickle=False) as archive:
        assert all(archive[name].dtype.kind in "iuf" for name in archive.files)
    with zipfile.ZipFile(path) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_notice_names_every_shipped_connectome() -> None:
    notice = (assets() / "NOTICE").read_text()
    assert all(id in notice and record(id).citation in notice for id in SHIPPED)


def test_all_assets_together_stay_small() -> None:
    assert sum(path.stat().st_size for path in assets().glob("*.npz")) < 400_000


def test_human_positions_lie_on_the_side_that_their_label_says() -> None:
    for id in ("human_dk84", "human_schaefer100"):
        found = measurement(id)
        left = np.array([side == "left" for side in found.labels["hemisphere"]])
        assert (found.positions_um[left, 0] < 0).mean() > 0.95
        assert (found.positions_um[~left, 0] > 0).mean() > 0.95
        assert np.abs(found.positions_um).max() < 120_000


@pytest.mark.parametrize(("id", "matrix"), SHOWN)
def test_a_thumbnail_is_small_and_shows_every_strong_connection(id: str, matrix: str) -> None:
    found = measurement(id, matrix)
    picture = thumbnail(found)
    assert picture.shape == (min(64, found.n),) * 2
    assert picture.max() == 1
    assert ((picture == 0) | (picture >= 0.15)).all()
    if found.n <= 64:
        assert np.count_nonzero(picture) == np.count_nonzero(found.strengths)


def test_an_unknown_connectome_or_matrix_is_refused_with_the_near_name() -> None:
    with pytest.raises(Invalid, match="Did you mean 'worm_cook2019'") as error:
        record("worm_cook2018")
    assert error.value.address == "wiring.connectome"
    with pytest.raises(Invalid, match="Did you mean 'left'") as error:
        measurement("fly_larva_mb", "lefft")
    assert error.value.address == "wiring.matrix"


def test_without_tvb_data_the_primates_say_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tvb, "folder", lambda: None)
    shown = catalogue()
    assert [r.id for r in shown if not r.available] == ["macaque_cocomac96", "human_hagmann66"]
    assert all("connectarium[primate]" in r.how_to_get for r in shown if not r.available)
    monkeypatch.setattr(shelf, "catalogue", lambda: shown)
    with pytest.raises(Invalid, match=r"pip install 'connectarium\[primate\]'"):
        measurement("macaque_cocomac96")


def test_reading_the_primates_imports_nothing_of_tvb() -> None:
    if tvb.folder() is None:
        pytest.skip("tvb-data is not installed")
    read = "import sys, engine.connectomes.catalogue as c; [c.measurement(r.id) for r in c.catalogue() if r.available]"
    command = [sys.executable, "-c", f"{read}; print('tvb_data' in sys.modules)"]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=assets().parents[1])
    assert said.stdout.strip() == "False"


@pytest.mark.slow
def test_the_build_script_makes_the_assets_byte_for_byte(tmp_path) -> None:
    try:
        urllib.request.urlopen("https://pypi.org/simple/flyvis/", timeout=10).close()
    except OSError as error:
        pytest.skip(f"PyPI cannot be reached, so there are no wheels to build from: {error}")
    command = [sys.executable, assets() / "build.py", "--out", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    made = sorted(path.name for path in tmp_path.iterdir())
    shipped = {path.name for path in assets().iterdir() if path.suffix in (".npz", ".json")} - {"downloads.json"}
    assert made == sorted(["NOTICE", *shipped])  # the list of downloads has a script of its own
    for name in made:
        assert (tmp_path / name).read_bytes() == (assets() / name).read_bytes(), name
    json.loads((tmp_path / "human_dk84.json").read_text())
