"""Shapes are checked in every test: the annotations of the numerical floors are enforced while the tests run."""

import os
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests run in as many processes as there are cores

from jaxtyping import install_import_hook

import tests.shapes  # noqa: F401  (named below)

OWN = tempfile.TemporaryDirectory(prefix="connectarium_tests_")  # gone when the tests end
os.environ["CONNECTARIUM_STORE"] = OWN.name  # no test reads or writes what the user keeps

FLOORS = ["analysis", "connectomes", "constraints", "networks", "recording", "recordings", "tasks", "training"]
install_import_hook([f"engine.{floor}" for floor in FLOORS], "tests.shapes.checked")
