"""A graph as the bytes of one .npz file without objects, and back: the form in which the library keeps it."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.component import Invalid
from engine.connectomes.graph import Graph
from engine.whole_file import MEGABYTE

ARRAYS_BYTES = 1024 * MEGABYTE
UNITS, EDGES = 1_000_000, 20_000_000
LABEL = 200  # characters of a name or a label
PARTS = 200  # arrays in a file


def packed(graph: Graph) -> bytes:
    """The same graph gives the same bytes. Raises Invalid if it is larger than the library takes."""
    if graph.n > UNITS or len(graph.strengths) > EDGES:
        raise Invalid(
            f"{graph.n:,} units with {len(graph.strengths):,} connections are more than the {UNITS:,} with {EDGES:,} "
            "that a library keeps; leave out weak connections or cut it."
        )
    if (long := next((name for name in graph.names if len(name) > LABEL), None)) is not None:
        raise Invalid(f"The name of unit '{long[:40]}…' has more than {LABEL} characters.")
    order = np.lexsort((graph.pre, graph.post))
    units = {"names": graph.names, "labels": dict(graph.labels)}
    arrays: dict[str, np.ndarray] = {
        "units": np.frombuffer(json.dumps(units, ensure_ascii=False).encode(), np.uint8),
        "weights.post": graph.post[order].astype(np.int32),
        "weights.pre": graph.pre[order].astype(np.int32),
        "weights.weight": _narrow(graph.strengths[order]),
    }
    if graph.edge_signs is not None:
        arrays["weights.sign"] = graph.edge_signs[order]
    if graph.positions_um is not None:
        arrays["positions_um.units"] = graph.positions_um
    if graph.unknown is not None:
        arrays["unknown.post"], arrays["unknown.pre"] = (end.astype(np.int32) for end in np.nonzero(graph.unknown))
    arrays |= {f"pair.{name}": matrix for name, matrix in graph.pairs.items()}
    arrays |= {f"map.{name}": values for name, values in graph.maps.items()}
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def graph_in(content: bytes, name: str) -> Graph:
    """The graph in such bytes; whatever else they hold is refused in one sentence, and nothing of it is run."""
    try:
        return _graph(_arrays(content))
    except Invalid as fault:
        raise Invalid(f"{name} is damaged: {fault}") from None
    except (KeyError, ValueError, TypeError, AttributeError, OSError, EOFError, MemoryError, zipfile.BadZipFile,
            NotImplementedError, RuntimeError, RecursionError, SyntaxError):  # fmt: skip
        raise Invalid(f"{name} is damaged, or is no connectome of this library; import it again.") from None


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    from engine.connectomes.formats.npy import plain_array  # the readers take a second to import: only where needed

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
        if len(members) > PARTS or sum(member.file_size for member in members) > ARRAYS_BYTES:
            raise Invalid("it unpacks to more than the library keeps.")
        return {m.filename.removesuffix(".npy"): plain_array(archive.read(m), m.filename[:60]) for m in members}


def _graph(arrays: Mapping[str, np.ndarray]) -> Graph:
    units: Mapping[str, Any] = json.loads(arrays["units"].astype(np.uint8).tobytes())
    names = _texts(units["names"])
    n = len(names)
    labels = {str(label)[:LABEL]: _texts(values) for label, values in units["labels"].items()}
    if n > UNITS or len(set(names)) != n or any(len(values) != n for values in labels.values()):
        raise Invalid("its names or labels do not fit its units.")
    post, pre = (arrays[f"weights.{end}"].astype(np.int64) for end in ("post", "pre"))
    signs = arrays["weights.sign"].astype(np.int8) if "weights.sign" in arrays else None
    places = arrays["positions_um.units"].astype(float) if "positions_um.units" in arrays else None
    pairs = {key.removeprefix("pair."): a.astype(float) for key, a in arrays.items() if key.startswith("pair.")}
    maps = {key.removeprefix("map."): a.astype(float) for key, a in arrays.items() if key.startswith("map.")}
    _require_shapes(n, len(post), signs, places, pairs, maps)
    unknown = _unknown(arrays, n)
    made = Graph(names, pre, post, arrays["weights.weight"].astype(float), signs, labels, places, pairs, maps, unknown)
    for array in (pre, post, made.strengths, signs, places, unknown, *pairs.values(), *maps.values()):
        if array is not None:
            array.setflags(write=False)  # it is shared
    return made


def _require_shapes(
    n: int, edges: int, signs: np.ndarray | None, places: np.ndarray | None, pairs: Mapping[str, np.ndarray],
    maps: Mapping[str, np.ndarray],
) -> None:  # fmt: skip
    fits = signs is None or (signs.shape == (edges,) and np.isin(signs, (-1, 0, 1)).all())
    fits &= places is None or (places.shape == (n, 3) and bool(np.isfinite(places).all()))
    fits &= all(pair.shape == (n, n) for pair in pairs.values())
    if not (fits and all(values.shape == (n,) for values in maps.values())):
        raise Invalid("its arrays do not fit its units.")


def _unknown(arrays: Mapping[str, np.ndarray], n: int) -> np.ndarray | None:
    if "unknown.post" not in arrays:
        return None
    if n > 10_000:
        raise Invalid("it marks unknown pairs among too many units.")
    unknown = np.zeros((n, n), bool)
    unknown[arrays["unknown.post"], arrays["unknown.pre"]] = True
    return unknown


def _texts(values: Any) -> tuple[str, ...]:
    if not (isinstance(values, list) and all(isinstance(text, str) and len(text) <= LABEL for text in values)):
        raise Invalid("its names or labels are no short texts.")
    return tuple(values)


def _narrow(values: np.ndarray) -> np.ndarray:
    """Whole numbers take less room."""
    whole = (values == np.floor(values)).all() and len(values) and values.max() < 2**31
    return values.astype(np.int32) if whole else values
