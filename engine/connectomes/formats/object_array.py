"""Arrays of small arrays, as np.save writes them, read without pickle: nothing that they name is ever looked up.

np.save stores such an array as a pickle, which is a program. This reads the few instructions that lists, numbers and
arrays need, and knows four names of NumPy, each of which stands for a fixed act of our own on plain values. Any other
instruction or name ends the reading. Safe by construction: no import, no call of what the file names.
"""

import io
import math
import pickletools
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.component import Invalid
from engine.connectomes.formats import limits
from engine.connectomes.formats.limits import shown

MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
SAVE_AGAIN = "open it where you trust it and save np.array(x.tolist())"
KNOWN = {
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): "dtype",
    **{(module, name): name for module in MULTIARRAY for name in ("_reconstruct", "scalar")},
}
NUMBERS = (*(f"{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)), "f4", "f8")
VALUES = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT", "SHORT_BINUNICODE", "BINUNICODE")
BYTES = ("SHORT_BINBYTES", "BINBYTES")
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class _Foreign(ValueError):
    """An instruction or a name that plain numbers do not need."""


@dataclass(frozen=True)
class _Name:
    known: str


@dataclass
class _Type:
    code: str
    order: str = "<"


@dataclass
class _Array:
    values: Any = None


class _Mark:
    """Where on the stack a tuple or the items of a list begin."""


def rows_of_numbers(data: bytes, start: int, name: str) -> np.ndarray:
    """The rows of an object array whose pickle begins at byte `start`. Raises Invalid for all but rows of numbers."""
    with limits.reading(name, "NumPy array of rows"):
        return np.array(unequal_rows(data, start, name), dtype=np.float64)


def unequal_rows(data: bytes, start: int, name: str, most: int = limits.EDGES) -> list[np.ndarray]:
    """The same for rows of any lengths, as spike times are; `most` numbers in all."""
    with limits.reading(name, "NumPy array of rows"):
        rows, count = [], 0
        for item in _items(data[start:], name):
            rows.append(_row(item))
            count += len(rows[-1])
            if count > most:
                raise Invalid(f"{shown(name)} holds more than the {most:,} numbers that are read at once.")
        return rows


def whole_numbers(data: bytes, start: int, name: str) -> np.ndarray:
    """The whole numbers in an object array, e.g. ids. Raises Invalid for anything else."""
    with limits.reading(name, "NumPy array of ids"):
        items = _items(data[start:], name)
        if not all(type(item) is int for item in items):
            raise Invalid(f"{shown(name)} holds Python objects other than whole numbers; {SAVE_AGAIN}.")
        return np.array(items, dtype=np.int64)


def _items(data: bytes, name: str) -> list[Any]:
    try:
        found = _value(data)
        if not isinstance(found, _Array) or not isinstance(found.values, list):
            raise _Foreign("no list")
        if not all(isinstance(item, int | list | tuple | _Array) for item in found.values):
            raise _Foreign("neither a number nor a row")
        return found.values
    except _Foreign as error:
        said = "holds Python objects other than rows of numbers, which could run code"
        raise Invalid(f"{shown(name)} {said}; {SAVE_AGAIN}.") from error


def _row(row: Any) -> np.ndarray:
    values = row.values if isinstance(row, _Array) else row
    if isinstance(values, np.ndarray) and values.ndim == 1:
        return values.astype(np.float64)
    if not isinstance(values, list | tuple) or not all(type(v) in (int, float) for v in values):
        raise _Foreign("not a row of numbers")
    return np.array([float(value) for value in values])


def _value(data: bytes) -> Any:
    """What the instructions leave on the stack."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for instruction, argument, _ in pickletools.genops(io.BytesIO(data)):
        if instruction.name == "STOP":
            return stack.pop()
        _do(instruction.name, argument, stack, memo)
    raise _Foreign("no end")


def _do(act: str, argument: Any, stack: list[Any], memo: dict[int, Any]) -> None:
    if act in VALUES or act in BYTES:
        stack.append(argument)
    elif act in CONSTANTS:
        stack.append(CONSTANTS[act])
    elif act == "MARK":
        stack.append(_Mark())
    elif act in TUPLES:
        stack.append(tuple(_popped(stack, TUPLES[act])))
    elif act == "TUPLE":
        stack.append(tuple(_since_mark(stack)))
    elif act == "EMPTY_LIST":
        stack.append([])
    elif act in ("APPEND", "APPENDS"):
        _list(stack, _since_mark(stack) if act == "APPENDS" else [stack.pop()])
    elif act in ("MEMOIZE", "BINPUT", "LONG_BINPUT"):
        memo[len(memo) if act == "MEMOIZE" else argument] = stack[-1]
    elif act in ("BINGET", "LONG_BINGET"):
        stack.append(memo[argument])
    elif act in ("GLOBAL", "STACK_GLOBAL"):
        stack.append(_name(argument.split(" ") if act == "GLOBAL" else _popped(stack, 2)))
    elif act == "REDUCE":
        stack.append(_made(*_popped(stack, 2)))
    elif act == "BUILD":
        _fill(*_popped(stack, 2), stack)
    elif act not in ("PROTO", "FRAME"):
        raise _Foreign(act)


def _popped(stack: list[Any], count: int) -> list[Any]:
    if len(stack) < count:
        raise _Foreign("nothing on the stack")
    taken = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    return taken


def _since_mark(stack: list[Any]) -> list[Any]:
    at = next(i for i in range(len(stack) - 1, -1, -1) if isinstance(stack[i], _Mark))
    return _popped(stack, len(stack) - at)[1:]


def _list(stack: list[Any], items: list[Any]) -> None:
    if not isinstance(stack[-1], list):
        raise _Foreign("no list to append to")
    stack[-1].extend(items)


def _name(parts: list[Any]) -> _Name:
    if len(parts) != 2 or not all(isinstance(part, str) for part in parts) or tuple(parts) not in KNOWN:
        raise _Foreign("an unknown name")
    return _Name(KNOWN[tuple(parts)])


def _made(what: Any, arguments: Any) -> Any:
    if not isinstance(what, _Name) or not isinstance(arguments, tuple) or not arguments:
        raise _Foreign("a call")
    if what.known == "_reconstruct":
        return _Array()
    if what.known == "dtype" and arguments[0] in (*NUMBERS, "O8"):
        return _Type(arguments[0])
    if what.known == "scalar" and len(arguments) == 2:
        return _numbers(*arguments, (1,), False)[0].item()
    raise _Foreign("a call")


def _fill(thing: Any, state: Any, stack: list[Any]) -> None:
    if isinstance(thing, _Type) and isinstance(state, tuple) and len(state) > 1 and state[1] in ("<", ">", "|", "="):
        thing.order = state[1]
    elif isinstance(thing, _Array) and isinstance(state, tuple) and len(state) == 5:
        _, shape, kind, in_columns, raw = state
        is_list = isinstance(kind, _Type) and kind.code == "O8" and isinstance(raw, list) and shape == (len(raw),)
        thing.values = raw if is_list else _numbers(kind, raw, shape, in_columns)
    else:
        raise _Foreign("a state")
    stack.append(thing)


def _numbers(kind: Any, raw: Any, shape: Any, in_columns: Any) -> np.ndarray:
    if not (isinstance(kind, _Type) and kind.code in NUMBERS and isinstance(raw, bytes) and isinstance(shape, tuple)):
        raise _Foreign("no plain numbers")
    dtype = np.dtype(kind.order + kind.code)
    if not all(type(side) is int and side >= 0 for side in shape) or math.prod(shape) * dtype.itemsize != len(raw):
        raise _Foreign("a size that lies")
    return np.frombuffer(raw, dtype).reshape(shape, order="F" if in_columns else "C")
