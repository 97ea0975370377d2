"""Matrices of a run as sparse files: the wiring, unit by unit, and the recurrent weights of every network."""

from collections.abc import Iterator

from engine.connectomes.sparse_files import Form, sparse_file, units_csv
from engine.experiments.bundle import file_name
from engine.experiments.run import Run


def matrices(run: Run, form: Form) -> Iterator[tuple[str, bytes]]:
    """Names and contents: who the units are, the wiring with its own weights, and the newest weights."""
    name, connectome = file_name(run), run.experiment().connectome()
    yield f"{name}-units.csv", units_csv(connectome)
    wiring = sparse_file(connectome.weights.astype(float), form, "The wiring, before training.", connectome.mask)
    yield f"{name}-wiring.{form}", wiring
    for number, weights in enumerate(run.weights("last")["W_rec"].numpy(), start=1):
        about = f"Recurrent weights of network {number} of the run {run.id}."
        yield f"{name}-weights-{number}.{form}", sparse_file(weights, form, about)
