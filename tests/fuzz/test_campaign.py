"""Damaged files of every format: no crash, no hang, no foreign error, only a sentence or a valid content."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.component import Invalid
from engine.connectomes.formats import look
from tests.fuzz.campaign import findings, outcomes
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import make

SHORT, LONG = 500, 20_000
UNHURRIED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=UNHURRIED)


def _told(seed: int, inputs: int) -> list[dict]:
    told = list(outcomes(seed, range(inputs)))
    assert len(told) == inputs
    assert {bool(each["said"]) for each in told} == {True, False}  # some are refused, some still hold something
    return told


def test_500_damaged_files_are_refused_or_read():
    assert not findings(_told(1, SHORT))


@pytest.mark.slow
def test_20000_damaged_files_are_refused_or_read():
    assert not findings(_told(2, LONG))


def test_a_mutation_is_told_by_its_seed_alone(tmp_path):
    first, second = ([p.read_bytes() for p in make(tmp_path / name)] for name in "ab")
    assert first == second
    for job, data in enumerate(first):
        rngs = [np.random.default_rng([5, job]) for _ in range(2)]
        assert mutated(data, first, rngs[0]) == mutated(data, first, rngs[1])


SIGNATURES = (
    b"", b"\x93NUMPY\x01\x00v\x00", b"\x93NUMPY\x02\x00v\x00\x00\x00", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n",
    b"\x1f\x8b\x08", b"BZh9", b"\x80\x04", b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM", b"MATLAB 7.3 MAT-file",
    b"<graphml", b"graph [",
)  # fmt: skip
CELLS = st.one_of(
    st.floats().map(str),
    st.integers().map(str),
    st.text(max_size=5),
    st.sampled_from(["", "nan", '"', "source", "target", "weight"]),
)
VALUES = st.recursive(
    st.one_of(st.integers(), st.floats(), st.text(max_size=4)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abxyz"), inner, max_size=4),
    max_leaves=12,
)


@QUICK
@given(st.binary(max_size=300), st.sampled_from(SIGNATURES))
def test_any_bytes_behind_any_signature_are_a_sentence_or_a_content(tmp_path, body: bytes, signature: bytes):
    _looked(tmp_path / "x", signature + body)


@QUICK
@given(st.lists(st.lists(CELLS, max_size=6), max_size=6), st.sampled_from(",;\t |"))
def test_any_table_is_a_sentence_or_a_content(tmp_path, rows: list[list[str]], separator: str):
    _looked(tmp_path / "x.csv", "\n".join(map(separator.join, rows)).encode("utf-8", "replace"))


@QUICK
@given(VALUES)
def test_any_nested_gml_is_a_sentence_or_a_content(tmp_path, value: object):
    text = json.dumps(value, allow_nan=True).translate(str.maketrans("{},:", "[]\n "))
    _looked(tmp_path / "x.gml", f"graph [ node [ id 0 ] node [ id 1 v {text} ] edge [ source 0 target 1 ] ]".encode())


def _looked(path, data: bytes) -> None:
    path.write_bytes(data)
    said = _refusal(path)
    assert said.isprintable()
    assert "new to us" not in said
    assert path.read_bytes() == data


def _refusal(path) -> str:
    try:
        look(path)
    except Invalid as refused:
        return str(refused)
    return ""
