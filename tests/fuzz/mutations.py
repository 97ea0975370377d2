"""Ways to damage a file, all by a seeded generator: flips, cuts, splices, lying numbers, doubled members."""

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np

WORDS = (
    b"nan", b"inf", b"-inf", b"1e999", b"-1", b"0", b"9" * 20, b"9" * 400, b"7.2e17", b"\xff\xfe", b"\x00", b"\n" * 3,
    b",", b";", b"\t", b'"', b"'", b"[", b"]" * 9, b"[" * 60, b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"&b;", b"<a>" * 60,
    b"../../x",
    b"(99999, 99999)", b"(-1, 20)", b"|O", b"<U99999999", b"<f16", b"<c16", b"cos\nsystem\n(S'x'\ntR.", b"\x80\x04",
    b"graph [", b"<graphml>", b"weights", b"source,target,weight\n", b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh9",
    b"\xe2\x80\xa8",
)  # fmt: skip
NUMBERS = (0, 1, 3, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """`data` damaged one to four times: as it lies, or below its packing so that the checksums still hold."""
    if data[:2] == b"PK" and rng.random() < 0.6:
        return _rezipped(data, others, rng)
    if data[:2] == b"\x1f\x8b" and rng.random() < 0.6:
        return gzip.compress(_damaged(gzip.decompress(data), others, rng))
    if data[:10] == b"MATLAB 5.0" and data[128] == 15 and rng.random() < 0.6:
        return _repacked(data, others, rng)
    return _damaged(data, others, rng)


def _damaged(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    acts = (_flip, _flip, _number, _number, _word, _word, _cut, _splice, _repeat, _remove, _digits)
    for _ in range(rng.integers(1, 5)):
        if data:
            data = acts[rng.integers(len(acts))](data, others, rng)
    return data


def _at(data: bytes, rng: np.random.Generator) -> int:
    """A place, headers more often than what follows."""
    return int(rng.integers(min(len(data), 300) if rng.random() < 0.4 else len(data)))


def _flip(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.integers(1, 9)):
        changed[_at(data, rng)] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _number(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    form = ("<I", ">I", "<H", "<B", "<Q")[rng.integers(5)]
    value = int(NUMBERS[rng.integers(len(NUMBERS))])
    raw = struct.pack(form, value & (256 ** struct.calcsize(form) - 1))
    at = _at(data, rng)
    return data[:at] + raw + data[at + len(raw) :]


def _word(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    at, word = _at(data, rng), WORDS[rng.integers(len(WORDS))]
    return data[:at] + word + data[at + (len(word) if rng.random() < 0.5 else 0) :]


def _cut(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    return data[: _at(data, rng)] if rng.random() < 0.7 else data[_at(data, rng) :]


def _splice(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    other = others[rng.integers(len(others))]
    return data[: _at(data, rng)] + other[_at(other, rng) :]


def _repeat(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    start, length = _at(data, rng), int(rng.integers(1, 200))
    return data[:start] + data[start : start + length] * int(rng.integers(2, 50)) + data[start + length :]


def _remove(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    start = _at(data, rng)
    return data[:start] + data[start + int(rng.integers(1, 40)) :]


def _digits(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """One number in the text becomes another."""
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return _flip(data, others, rng)
    match = found[rng.integers(len(found))]
    value = str(10 ** int(rng.integers(0, 19)) - int(rng.integers(2))).encode()
    return data[: match.start()] + value + data[match.end() :]


def _rezipped(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    which = int(rng.integers(len(members)))
    name, content = members[which]
    act = rng.integers(8)
    if act < 4:
        members[which] = (name, _damaged(content, others, rng))
    elif act == 4:
        members.append((name, content))
    elif act == 5:
        members[which] = (
            ("../" * 3 + name, "/" + name, "C:\\" + name, "a" * 300, "x/" * 60 + name)[rng.integers(5)],
            content,
        )
    elif act == 6:
        del members[which]
    else:
        members[which] = (name, members[rng.integers(len(members))][1])
    return _zipped(members, rng)


def _zipped(members: list[tuple[str, bytes]], rng: np.random.Generator) -> bytes:
    stream = io.BytesIO()
    form = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)[rng.integers(4)]
    with zipfile.ZipFile(stream, "w", form) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def _repacked(data: bytes, others: Sequence[bytes], rng: np.random.Generator) -> bytes:
    """One variable of a packed MATLAB file is damaged below its compression."""
    elements, at = [], 128
    while at + 8 <= len(data):
        length = struct.unpack_from("<I", data, at + 4)[0]
        elements.append(zlib.decompress(data[at + 8 : at + 8 + length]))
        at += 8 + length
    which = int(rng.integers(len(elements)))
    elements[which] = _damaged(elements[which], others, rng)
    packed = [zlib.compress(element) for element in elements]
    return data[:128] + b"".join(struct.pack("<II", 15, len(element)) + element for element in packed)
