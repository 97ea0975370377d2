"""Coverage-guided fuzzing of all readers, for which `atheris` must be installed.

    nice python -m tests.fuzz.guided CORPUS -max_total_time=600

CORPUS is a folder; it is filled with the seeds if it is empty. What the readers may not do is what `campaign` says.
"""

import sys
import tempfile
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["engine.connectomes.formats"]):
    from engine.connectomes.formats import look
from engine.component import Invalid
from tests.fuzz.seeds import make


def main() -> None:
    """Ends with the input that is a finding, if there is one."""
    warnings.simplefilter("ignore")
    corpus = Path(next(word for word in sys.argv[1:] if not word.startswith("-")))
    if not corpus.is_dir() or not any(corpus.iterdir()):
        make(corpus)
    path = Path(tempfile.mkdtemp()) / "input"

    def judge(data: bytes) -> None:
        path.write_bytes(data)
        try:
            look(path)
        except Invalid as refused:
            if "new to us" in str(refused) or not str(refused).isprintable():
                raise RuntimeError(str(refused)) from refused.__cause__

    atheris.Setup(sys.argv, judge)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
