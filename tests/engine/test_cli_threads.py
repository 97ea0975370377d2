"""Two runs at once share the cores instead of waiting for each other."""

import subprocess
import sys

CODE = """
import os, sys
os.environ.pop("GOMP_SPINCOUNT", None)
from engine.__main__ import main
assert "torch" not in sys.modules
try:
    main(["doctor", "--json"])
finally:
    print(os.environ.get("GOMP_SPINCOUNT"), file=sys.stderr)
"""


def test_threads_are_told_not_to_spin_before_torch_is_imported():
    told = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert told.stderr.split()[-1] == "1000", told.stderr
