"""Files of saved nn4n models, read without running anything that they hold."""

import io
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.component import Invalid
from engine.connectomes.formats.limits import MB, SIDE, reading, require_bytes, require_file, shown

MOST_BYTES = 512 * MB
MOST_PICKLE = 16 * MB  # beside the tensors a model holds a few words
MOST_MEMBERS = 2000
HARMLESS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(f"torch {name}Storage" for name in ("Float", "Double", "Half", "Long", "Int", "Short", "Char", "Byte", "Bool")),
}


def is_saved(path: Path) -> bool:
    """Whether the name is that of a model saved by torch, which is looked at before it is read."""
    return path.suffix.lower() in (".pth", ".pt")


def read_saved(path: Path) -> tuple[dict[str, Tensor], Mapping[str, Any]]:
    """The tensors of a saved model by key, and the keywords that it was built with, empty if they were not saved.

    Raises Invalid for what is not such a file, is too large, or names anything but tensors in its pickle.
    """
    require_file(path, MOST_BYTES)
    _require_harmless(path)
    with reading(path.name, "saved nn4n model"):
        saved = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(saved, dict):
        raise Invalid(f"{shown(path.name)} holds no state dict of a model.")
    state, kwargs = saved.get("model_state_dict", saved), saved.get("kwargs", {})
    if not isinstance(state, dict) or not isinstance(kwargs, dict):
        raise Invalid(f"{shown(path.name)} holds no state dict of a model.")
    for name, tensor in state.items():
        _require_plain(shown(name), tensor)
    return dict(state), kwargs


def _require_harmless(path: Path) -> None:
    """What torch would unpickle names tensors only; looked at without unpickling."""
    with reading(path.name, "saved nn4n model"):
        zipped = zipfile.is_zipfile(path)
    if not zipped:
        raise Invalid(f"{shown(path.name)} is not a file of torch.save (1.6 or newer); save the model again with it.")
    with reading(path.name, "saved nn4n model"), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        require_bytes(sum(member.file_size for member in members), path.name, MOST_BYTES)
        pickles = [member for member in members if member.filename.endswith("/data.pkl")]
        packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
        if len(members) > MOST_MEMBERS or packed or len(pickles) != 1:
            raise Invalid(f"{shown(path.name)} is not a file as torch.save writes it.")
        require_bytes(pickles[0].file_size, path.name, MOST_PICKLE)
        named = _globals(archive.read(pickles[0]))
    _require_known(path.name, named)


def _globals(pickled: bytes) -> set[str]:
    """Every function or class that a pickle names; "?" for one whose name is made while unpickling."""
    called = {"GLOBAL": lambda name: name, "STACK_GLOBAL": lambda _: "?", "INST": lambda name: name}
    return {called[op.name](arg) for op, arg, _ in pickletools.genops(io.BytesIO(pickled)) if op.name in called}


def _require_known(name: str, named: set[str]) -> None:
    foreign = sorted(named - HARMLESS)
    if any(each.startswith("numpy") for each in foreign):
        raise Invalid(
            f"{shown(name)} holds NumPy arrays or numbers among its keywords, which cannot be read safely; in Python, "
            "turn them into tensors (model.kwargs_checkpoint['plasticity_masks'] = [torch.as_tensor(m) for m in …]) "
            "or plain numbers and call model.save again."
        )
    if foreign:
        raise Invalid(f"{shown(name)} names {shown(foreign[0])}, which is no tensor; it was not opened.")


def _require_plain(name: str, tensor: Any) -> None:
    if not isinstance(tensor, Tensor) or tensor.dim() > 2 or any(side > SIDE for side in tensor.shape):
        raise Invalid(f"'{name}' of the saved model is not a matrix or a vector of at most {SIDE:,} entries a side.")
    if tensor.untyped_storage().nbytes() < tensor.numel() * tensor.element_size():
        raise Invalid(f"'{name}' of the saved model has {tensor.numel():,} entries but stores fewer.")
    if not torch.isfinite(tensor).all():
        raise Invalid(f"'{name}' of the saved model is not finite everywhere.")
