"""How fast a large matrix opens, pans and zooms on the server: `python -m tests.benchmarks.pan [units] [density]`."""

import sys
import time

import numpy as np

from app.views.raster import symmetric_log
from engine.analysis.matrix_raster import AGGREGATORS, matrix_raster
from engine.connectomes.sparse_wiring import rows_of

PIXELS = 372


def main(units: int = 10_000, density: float = 0.1) -> None:
    """Print the time to open, from a list and from a matrix, and the frames per second in windows of several sizes."""
    rng = np.random.default_rng(0)
    keys = np.flatnonzero(rng.random(units * units, dtype=np.float32) < density)
    post, pre = np.divmod(keys, units)
    weights, order = rng.normal(size=len(keys)), rng.permutation(units)
    print(f"{units:,} units, {len(keys):,} connections")
    listed = rows_of(post, pre, weights, units)
    dense = np.zeros((units, units), np.float32)
    dense[post, pre] = weights
    del keys, post, pre
    for what, given in (("a list", listed), ("a matrix", dense)):
        start = time.perf_counter()
        raster = matrix_raster(given, order)
        raster.picture((0, units, 0, units), PIXELS, "strongest")
        print(f"open from {what}: {time.perf_counter() - start:.2f} s")
    for span in (units, units // 2, units // 5, units // 10, units // 20, units // 100):
        rates = {by: frames_per_second(raster, span, by, rng) for by in AGGREGATORS}
        print(f"window of {span:,}: " + ", ".join(f"{by} {rate:.0f}/s" for by, rate in rates.items()))


def frames_per_second(raster, span: int, by: str, rng: np.random.Generator, frames: int = 15) -> float:
    """As the page does it: the picture, its scale, and single precision for the wire; the slowest of three rounds."""
    rounds = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(frames):
            left, top = rng.uniform(0, raster.n - span + 1e-9, 2)
            found = raster.picture((left, left + span, top, top + span), PIXELS, by)
            symmetric_log(found.pixels, 1.0).astype(np.float32)
        rounds.append(frames / (time.perf_counter() - start))
    return min(rounds)


if __name__ == "__main__":
    main(*(kind(given) for kind, given in zip((int, float), sys.argv[1:], strict=False)))
