"""connectomes write: the wiring of an experiment, expanded to units, as a sparse file beside a list of its units."""

import argparse

from engine.commands.asked import assignment
from engine.commands.given import file_to_write
from engine.commands.said import tell
from engine.component import Invalid
from engine.connectomes.sparse_files import form_of, sparse_file, units_csv
from engine.experiments.experiment import Experiment
from engine.experiments.typed import with_nothings
from engine.experiments.whole_file import write_bytes


def command(asked: argparse.Namespace) -> int:
    """0; units, connections and files are one line of JSON."""
    if len(asked.names) != 1:
        raise Invalid("Which file? Write connectarium connectomes write FILE.mtx --set wiring.connectome=ID.")
    path = file_to_write(asked.names[0])
    form, usual = form_of(path), Experiment()
    chosen = with_nothings(usual, dict(map(assignment, asked.values)))
    connectome = usual.with_values(chosen).connectome()
    units = path.with_name(f"{path.stem}-units.csv")
    try:
        write_bytes(path, sparse_file(connectome.weights.astype(float), form, "A wiring.", connectome.mask))
        write_bytes(units, units_csv(connectome))
    except OSError as error:
        raise Invalid(f"{path} cannot be written: {error.strerror or error}.") from None
    tell({"units": connectome.n, "connections": int(connectome.mask.sum()), "files": [str(path), str(units)]})
    return 0
