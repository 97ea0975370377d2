"""Tables as text, separated by commas, semicolons, tabs, bars or spaces: a matrix or a list of connections."""

import codecs
from pathlib import Path

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.edge_list import is_edge_list, read_edges
from engine.connectomes.formats.found import Found
from engine.connectomes.formats.matrix_text import has_index, read_matrix
from engine.connectomes.formats.table import Table, table

BINARY = (".mat", ".h5", ".hdf5", ".npy", ".npz", ".xlsx")  # text under such a name is a table, or damage
CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))


def claims(head: bytes, path: Path) -> bool:
    """Whether this is text, of whatever encoding."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    return bool(head) and head.translate(None, CONTROL) == head


def read(path: Path, chosen: str = "") -> Found:
    """The matrix or the list of connections. Raises Invalid if the table is neither."""
    try:
        return connections(table(limits.content(path), path.name), chosen)
    except Invalid as fault:
        if path.suffix.lower() in BINARY:
            raise Invalid(f"{path.name} is damaged, or is no {path.suffix} file; get it again.") from fault
        raise


def connections(found: Table, chosen: str = "") -> Found:
    """The matrix or the list of connections that a table holds. Raises Invalid if it is neither."""
    if found.columns < 2:
        raise Invalid(f"{found.name} is a list of one column, no connectome; give it together with its connections.")
    if is_edge_list(found):
        return read_edges(found, chosen)
    if _is_table_of_units(found):
        raise Invalid(
            f"{found.name} describes units ({', '.join(found.header[:4])} …) but no connections; "
            "give it together with the file of the connections."
        )
    return read_matrix(found)


def _is_table_of_units(found: Table) -> bool:
    """Some column beside the labels of the rows holds texts."""
    index = int(has_index(found))
    texts = [any(not found.is_number(cell) for cell in found.column(c)) for c in range(index, found.columns)]
    return found.header is not None and (any(texts) or (found.whole and len(found.rows) > 2 * found.columns))
