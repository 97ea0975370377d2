"""The one command of the README tells what it takes, or refuses a machine, before it installs anything."""

import argparse
import platform
import sys

import pytest

from app import start
from engine.commands import serve


@pytest.mark.parametrize(
    ("system", "machine", "macos", "is_built"),
    [
        ("Linux", "x86_64", "", True),
        ("Linux", "aarch64", "", True),
        ("Windows", "AMD64", "", True),
        ("Windows", "ARM64", "", False),
        ("Darwin", "arm64", "14.0", True),
        ("Darwin", "arm64", "13.6.1", False),
        ("Darwin", "x86_64", "15.1", False),
        ("Darwin", "arm64", "", False),
    ],
)
def test_torch_has_wheels_for_these_machines(system: str, machine: str, macos: str, is_built: bool):
    assert start.torch_is_built_for(system, machine, macos) == is_built


def test_a_machine_without_a_wheel_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(platform, "system", lambda: "Darwin")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(platform, "mac_ver", lambda: ("15.1", ("", "", ""), "x86_64"))
    monkeypatch.setattr(start, "install", lambda _: pytest.fail("It was installed."))
    assert start.main() == 2
    assert "macOS 14 or later on Apple silicon; this Python is for Darwin 15.1 on x86_64." in capsys.readouterr().err


def test_help_names_every_option_and_installs_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(start, "install", lambda _: pytest.fail("It was installed."))
    monkeypatch.setattr(sys, "argv", ["start.py", "--help"])
    assert start.main() == 0
    said = " ".join(capsys.readouterr().out.split())
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    for action in parser._actions[1:]:
        assert f"{action.option_strings[0]} " in said
        assert action.help in said
