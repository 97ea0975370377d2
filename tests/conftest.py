"""Shapes are checked in every test: the annotations of the numerical floors are enforced while the tests run."""

from jaxtyping import install_import_hook

import tests.shapes  # noqa: F401  (named below)

FLOORS = ["analysis", "connectomes", "constraints", "networks", "recording", "tasks", "training"]
install_import_hook([f"engine.{floor}" for floor in FLOORS], "tests.shapes.checked")
