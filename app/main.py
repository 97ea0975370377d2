"""The page that `panel serve app` shows."""

import sys
from pathlib import Path

if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)  # the `panel` command puts app/ on the path, not its parent

from app.visit import serve

serve()
