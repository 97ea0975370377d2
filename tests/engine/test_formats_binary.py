"""Arrays, archives and graphs of many makers give the very matrix that was put into them."""

import io
import zipfile
from pathlib import Path

import h5py
import networkx
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from engine.component import Invalid
from engine.connectomes.catalogue import assets, measurement
from engine.connectomes.formats import Found, look
from engine.connectomes.formats.object_array import rows_of_numbers, whole_numbers
from tests.fuzz.seeds import IDS, NAMES, N, make, matrix

W = matrix()
SQUARE = ("square.npy", "columns.npy", "bundle.npz", "csr.npz", "csc.npz", "coo.npz", "plain.mat", "packed.mat",
          "sparse.mat", "v73.mat", "tvb.h5", "utilities.h5", "graph.graphml", "graph.gml", "tvb.zip",
          "tvb_bz2.zip", "asset.npz", "bids.zip", "sheet.xlsx")  # fmt: skip
NAMED = ("bundle.npz", "plain.mat", "packed.mat", "v73.mat", "tvb.h5", "graph.gml")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.name: path for path in make(tmp_path_factory.mktemp("formats"))}


def _matrix(found: Found) -> np.ndarray:
    """[row, column], whether it was stored as a matrix or as a list."""
    if found.edges is None:
        return found.matrix
    whole = np.zeros((len(found.names),) * 2)
    np.add.at(whole, (found.edges.source, found.edges.target), found.edges.weight)
    return whole


@pytest.mark.parametrize("name", SQUARE)
def test_every_format_gives_the_matrix_that_was_put_in(name: str, files: dict[str, Path]):
    np.testing.assert_array_equal(_matrix(look(files[name])), W)


@pytest.mark.parametrize("name", NAMED)
def test_names_come_along(name: str, files: dict[str, Path]):
    assert look(files[name]).names == tuple(NAMES)


def test_lengths_coordinates_and_labels_are_recognised(files: dict[str, Path]):
    for name in ("bundle.npz", "tvb.h5", "packed.mat", "tvb.zip"):
        assert look(files[name]).pairs.keys() == {"length_mm"}, name
    for name in ("bundle.npz", "tvb.h5", "plain.mat"):
        np.testing.assert_array_equal(look(files[name]).positions_um, W[:, :3])
    graph = look(files["graph.graphml"])
    assert graph.labels["kind"] == ("K",) * N
    np.testing.assert_array_equal(graph.positions_um[:, 0], np.arange(N))
    tvb = look(files["tvb.zip"])
    assert tvb.names[0] == "u0 x"
    assert (tvb.rows_are, tvb.position_unit) == (None, "mm")
    assert tvb.labels["hemisphere"] == ("left",) * N


def test_a_matrix_is_chosen_by_its_name_or_by_the_user(tmp_path: Path):
    np.savez(tmp_path / "two.npz", other=W.T, sc=W)
    found = look(tmp_path / "two.npz")
    assert (found.chosen, set(found.choices)) == ("sc", {"sc", "other"})
    np.testing.assert_array_equal(look(tmp_path / "two.npz", chosen="other").matrix, W.T)
    with pytest.raises(Invalid, match="Did you mean 'other'"):
        look(tmp_path / "two.npz", chosen="othr")


def test_matlab_files_are_read_as_scipy_reads_them(tmp_path: Path):
    rng = np.random.default_rng(0)
    for packed in (False, True):
        for kind in ("f8", "f4", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "?"):
            values = (rng.random((7, 7)) * 100).astype(kind)
            scipy.io.savemat(tmp_path / "x.mat", {"W": values, "z": 1j, "s": {"a": 1}}, do_compression=packed)
            np.testing.assert_array_equal(look(tmp_path / "x.mat").matrix, values.astype(float))
    assert "left aside" in look(tmp_path / "x.mat").remarks[0].lower()


def test_a_boolean_sparse_matrix_of_matlab_is_read_though_its_kind_is_misstated(tmp_path: Path):
    path = Path(scipy.io.__file__).parent / "matlab" / "tests" / "data" / "logical_sparse.mat"
    if not path.exists():
        pytest.skip("scipy was installed without its tests")
    with pytest.raises(Invalid, match="5 x 4; a connectome is square"):
        look(path)


def test_matlab_7_3_is_transposed_and_its_sparse_matrices_are_read(tmp_path: Path):
    sparse = scipy.sparse.csc_array(W)
    with h5py.File(tmp_path / "s.mat", "w", userblock_size=512) as file:
        file["W/data"], file["W/ir"], file["W/jc"] = sparse.data, sparse.indices, sparse.indptr
        file["W"].attrs["MATLAB_sparse"] = np.uint64(N)
    data = bytearray((tmp_path / "s.mat").read_bytes())
    data[:19] = b"MATLAB 7.3 MAT-file"
    (tmp_path / "s.mat").write_bytes(data)
    np.testing.assert_array_equal(_matrix(look(tmp_path / "s.mat")), W)


def test_texts_of_any_length_in_an_hdf5_file_are_read_behind_any_user_block(tmp_path: Path):
    names = tuple(f"région {i} " + "x" * (i % 9) for i in range(300))
    for block in (0, 512):
        with h5py.File(tmp_path / "t.h5", "w", userblock_size=block) as file:
            file["W"], file["names"] = np.ones((300, 300)), names
        assert look(tmp_path / "t.h5").names == tuple(name.strip() for name in names)


def test_a_damaged_heap_of_texts_does_not_halt_the_reader(tmp_path: Path):
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["W"], file["names"] = np.ones((9, 9)), NAMES
    data = bytearray((tmp_path / "t.h5").read_bytes())
    heap = data.index(b"GCOL")
    data[heap + 16 : heap + 400] = bytes(384)
    (tmp_path / "t.h5").write_bytes(data)
    with pytest.raises(Invalid, match="damaged"):
        look(tmp_path / "t.h5")


def test_an_undirected_graph_counts_both_ways_and_parallel_connections_each(tmp_path: Path):
    graph = networkx.MultiGraph([("a", "b", {"weight": 2.0}), ("b", "c", {"weight": 3.0}), ("a", "b", {"weight": 1.0})])
    networkx.write_graphml(graph, tmp_path / "g.graphml")
    found = look(tmp_path / "g.graphml")
    assert found.directed is False
    np.testing.assert_array_equal(_matrix(found), [[0, 3, 0], [3, 0, 3], [0, 3, 0]])


def test_a_shipped_connectome_is_read_from_its_own_files():
    found = look(assets() / "worm_cook2019.npz", chosen="chemical")
    measured = measurement("worm_cook2019", "chemical")
    assert found.names == measured.names
    np.testing.assert_allclose(_matrix(found).T, measured.strengths)


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=array.dtype.hasobject)
    return stream.getvalue()


def _field(folder: Path, ordered: bool) -> Found:
    """A field as it is read whose connectome was stored in the order of the ids, or in that of the set of them."""
    rng = np.random.default_rng(3)
    ids = rng.choice(10**9, 40, replace=False) + 864691135000000000
    voxels = rng.integers(0, 10_000, (40, 3))
    near = np.linalg.norm((voxels[:, None] - voxels[None]) * (0.004, 0.004, 0.04), axis=-1) < 60
    counts = np.where(near & ~np.eye(40, dtype=bool), 2, 0)
    order = np.arange(40) if ordered else np.array([ids.tolist().index(id) for id in set(ids.tolist())])
    places = np.empty(40, object)
    places[:] = list(voxels)
    lines = [",".join(["", *map(str, range(40))])]
    lines += [f"{i}," + ",".join(map(str, row)) for i, row in enumerate(counts[np.ix_(order, order)])]
    functional = np.tril(rng.random((40, 40)))
    with zipfile.ZipFile(folder / "field.zip", "w") as archive:
        archive.writestr("7_3_8/connectome_7_3_8.csv", "\n".join(lines))
        for name, array in (("positions", places), ("root_ids", ids)):
            archive.writestr(f"7_3_8/{name}_7_3_8.npy", _npy(array))
        archive.writestr("7_3_8/sttc_matrix.npy", _npy(functional))
    found = look(folder / "field.zip")
    np.testing.assert_array_equal(found.matrix, counts)
    np.testing.assert_allclose(found.positions_um, voxels * (0.004, 0.004, 0.04))
    np.testing.assert_array_equal(found.pairs["sttc"], functional + np.tril(functional, -1).T)
    assert found.names == tuple(map(str, ids))
    return found


def test_rows_of_a_microns_field_are_put_back_into_the_order_of_its_ids(tmp_path: Path):
    found = _field(tmp_path, ordered=False)
    assert (found.chosen, found.rows_are) == ("by id", "source")
    assert not np.array_equal(look(tmp_path / "field.zip", chosen="as stored").matrix, found.matrix)


def test_rows_that_stand_in_the_order_of_the_ids_already_are_left(tmp_path: Path):
    assert _field(tmp_path, ordered=True).chosen == "as stored"


def test_rows_of_numbers_in_an_object_array_are_read_without_pickle():
    for kind in ("i8", "i4", "u2", "f4", "f8", ">i8"):
        rows = np.empty(5, object)
        rows[:] = [np.arange(3, dtype=kind) + i for i in range(5)]
        data = _npy(rows)
        np.testing.assert_array_equal(rows_of_numbers(data, data.index(b"\n") + 1, "x"), np.stack(rows))
    ids = np.array([2**60 + 1, 7, -1], dtype=object)
    data = _npy(ids)
    assert whole_numbers(data, data.index(b"\n") + 1, "x").tolist() == ids.tolist()
    with pytest.raises(Invalid, match="other than whole numbers"):
        whole_numbers(_npy(rows), data.index(b"\n") + 1, "x")
    lists = np.empty(2, object)
    lists[:] = [[1, 2.5], (3, 4)]
    data = _npy(lists)
    np.testing.assert_array_equal(rows_of_numbers(data, data.index(b"\n") + 1, "x"), [[1, 2.5], [3, 4]])


def test_ids_of_64_bits_stay_themselves(files: dict[str, Path]):
    assert look(files["field.zip"]).names == tuple(map(str, IDS.tolist()))
    assert look(files["utilities.h5"]).names == tuple(map(str, IDS.tolist()))
