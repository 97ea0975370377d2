"""Shapes are checked in every test: the annotations of the numerical floors are enforced while the tests run.

Hypothesis draws the same examples in every run and heeds no clock, on any machine; to draw others, give pytest
`--hypothesis-profile=anew`.
"""

import os
import tempfile

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the tests run in as many processes as there are cores

import pytest
import torch
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

import tests.shapes  # noqa: F401  (named below)

OWN = tempfile.TemporaryDirectory(prefix="connectarium_tests_", ignore_cleanup_errors=True)  # gone when the tests end
os.environ["CONNECTARIUM_STORE"] = OWN.name  # no test reads or writes what the user keeps

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("anew", patient)
settings.register_profile("same", patient, derandomize=True, database=None)
settings.load_profile("same")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """What a test draws does not depend on which others ran before in its process."""
    torch.manual_seed(0)


FLOORS = ["analysis", "connectomes", "constraints", "networks", "recording", "recordings", "tasks", "training"]
install_import_hook([f"engine.{floor}" for floor in FLOORS], "tests.shapes.checked")
