"""Files of tensors that are whole or absent, beside the plain ones of `engine.whole_file`."""

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from engine.component import Invalid
from engine.whole_file import MEGABYTE, read_bytes, read_json, write_bytes, write_json

__all__ = [
    "MEGABYTE",
    "read_about",
    "read_bytes",
    "read_json",
    "read_tensors",
    "write_bytes",
    "write_json",
    "write_tensors",
]


def write_tensors(path: Path, tensors: dict[str, Tensor], about: dict[str, Any], durable: bool = True) -> None:
    """The safetensors file at `path` holds the tensors, and `about` as JSON in its header."""
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, save(plain, metadata={"about": json.dumps(about)}), durable)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors of a safetensors file, and what was said about them. Raises Invalid if it is damaged or missing."""
    with _tensors_of(path) as file:
        about = json.loads((file.metadata() or {}).get("about", "{}"))
        return {name: file.get_tensor(name) for name in file.keys()}, about  # noqa: SIM118 (not a mapping)


def read_about(path: Path) -> dict[str, Any]:
    """What was said about the tensors of a file, which is as long as it should be. Raises Invalid otherwise."""
    with _tensors_of(path) as file:
        about = json.loads((file.metadata() or {}).get("about", "{}"))
        return about if isinstance(about, dict) else {}


@contextmanager
def _tensors_of(path: Path) -> Iterator[Any]:
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            raise Invalid(f"{path.name} is not a plain file.")
        with safe_open(path, framework="pt") as file:
            yield file
    except Invalid:
        raise
    except FileNotFoundError:
        raise Invalid(f"{path.name} is missing.") from None
    except (SafetensorError, ValueError) as error:
        raise Invalid(f"{path.name} is truncated or damaged ({error}).") from None
    except OSError as error:
        raise Invalid(f"{path.name} cannot be read: {error.strerror or error}.") from None
