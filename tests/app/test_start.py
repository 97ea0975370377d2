"""The one command of the README refuses a machine that PyTorch is not built for, before it installs anything."""

import platform

import pytest

from app import start


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
