"""The published connectomes through our converter; runs only where their files lie (they are not ours to give)."""

import os
from pathlib import Path

import numpy as np
import pytest

from engine.connectomes.expansion import ByDensity, Densities
from engine.connectomes.sharing import Dirichlet, Equal, LogNormal, StickBreaking
from engine.connectomes.synapses import IntrinsicWithin, Synapses
from engine.randomness import numpy_stream
from tests.engine.test_expansion import SECTION_3, blocks, measured_like

FOLDER = Path(os.environ.get("CONNECTARIUM_SHARED_DATA", "/work/shared/data")) / "repo_bio2art"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the files of bio2art are not on this machine")
SOURCES = {"Macaque_Normalized": "rows", "Marmoset_Normalized": "rows", "Mouse_Gamanut_Normalized": "columns"}


def published(key: str) -> tuple[np.ndarray, list[str]]:
    """Strengths [post, pre], whichever way round the file is, and the names of the regions."""
    C = np.load(FOLDER / f"C_{key}.npy", allow_pickle=False)
    names = (FOLDER / f"Names_{key}.txt").read_text().split()
    return (C.T if SOURCES[key] == "rows" else C), names


@pytest.mark.parametrize("count", SECTION_3)
@pytest.mark.parametrize("sharing", [Equal(), Dirichlet(), LogNormal(), StickBreaking()], ids=lambda s: s.kind)
def test_the_macaque_has_the_published_synapses_and_block_sums(count: int, sharing) -> None:
    C, _ = published("Macaque_Normalized")
    sizes = np.where(np.arange(29) == 4, 40, 10)  # the fifth region
    synapses = SECTION_3[count].model_copy(update={"weights": sharing})
    regions = synapses.regional(C, sizes)
    W = synapses.drawn(regions, sizes, numpy_stream(0))
    assert np.count_nonzero(W) == synapses.count(regions, sizes) == count
    sums = blocks(W, sizes)
    between = ~np.eye(29, dtype=bool)
    np.testing.assert_allclose(sums[between], C[between], rtol=0, atol=1e-12)
    if synapses.within.kind == "intrinsic":
        np.testing.assert_allclose(np.diag(sums) / C.sum(1), 4.0, rtol=1e-12)


def test_single_precision_keeps_the_density_except_as_published() -> None:
    C, _ = published("Macaque_Normalized")
    sizes = np.full(29, 20)
    kept = {}
    for sharing in (Equal(), Dirichlet(), LogNormal(), StickBreaking()):
        synapses = Synapses(density_between=0.8, within=IntrinsicWithin(), self_synapses=False, weights=sharing)
        W = synapses.drawn(synapses.regional(C, sizes), sizes, numpy_stream(0))
        kept[sharing.kind] = np.count_nonzero(W.astype(np.float32)) / W.size
    assert [kept[k] for k in ("equal", "dirichlet", "lognormal")] == pytest.approx([0.542] * 3, abs=1e-3)
    assert kept["stick_breaking"] == pytest.approx(0.166, abs=0.01)


@pytest.mark.parametrize(("key", "pre", "post", "weight"), [
    ("Macaque_Normalized", "V1", "V2", 0.763),
    ("Marmoset_Normalized", "V1", "V2", 0.605),
    ("Mouse_Gamanut_Normalized", "V1", "LM", 0.480),
])  # fmt: skip
def test_primary_visual_cortex_drives_the_next_area(key: str, pre: str, post: str, weight: float) -> None:
    # bio 9.2: the mouse lies the other way round than macaque and marmoset
    C, names = published(key)
    sizes = np.full(len(C), 4)
    sums = blocks(Synapses().drawn(C, sizes, numpy_stream(0)), sizes)
    assert sums[names.index(post), names.index(pre)] == pytest.approx(weight, abs=5e-4)
    assert sums.sum(1).max() <= 1  # all that arrives at a region is a share of the neurons labelled there


@pytest.mark.parametrize(("by", "seed_units", "total"), [
    ("ratio", 1, 68), ("ratio", 2, 149), ("ratio", 4, 295), ("ratio", 10, 747), ("rank", 1, 1540), ("rank", 2, 3080),
])  # fmt: skip
def test_the_marmoset_gets_the_published_numbers_of_units(by: str, seed_units: int, total: int) -> None:
    C, names = published("Marmoset_Normalized")
    density = np.load(FOLDER / "ND_Marmoset_Normalized.npy", allow_pickle=False).astype(float)
    measured = measured_like(C, names=tuple(names), maps={"density": density})
    expansion = ByDensity(by=by, seed_units=seed_units, densities=Densities(map="density"))
    assert expansion.sizes(measured).sum() == total


@pytest.mark.parametrize(("missing", "regions"), [("mean", 29), ("median", 29), ("value", 29), ("drop", 24)])
def test_the_five_missing_densities_of_the_macaque_do_no_harm(missing: str, regions: int) -> None:
    C, names = published("Macaque_Normalized")
    density = np.load(FOLDER / "ND_Macaque_Normalized.npy", allow_pickle=False).astype(float)
    measured = measured_like(C, names=tuple(names), maps={"density": density})
    sizes = ByDensity(seed_units=2, densities=Densities(map="density", missing=missing)).sizes(measured)
    assert (sizes > 0).sum() == regions
    assert sizes.max() == sizes[names.index("V1")] == round(161_000 / 21_400 * 2)
