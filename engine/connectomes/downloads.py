"""Connectomes that lie elsewhere and come on request: what each is, whose it is, and its files with their checksums."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import pooch
import requests

from engine.component import Invalid, near
from engine.connectomes.catalogue import ASSETS
from engine.whole_file import data_folder

CHUNK = 1 << 13  # a slow line fills it in a moment, so that Cancel is heard at once
SILENCE_S = 30  # a server that says nothing for so long is given up
Progress = Callable[[int, int], bool]  # bytes at hand and bytes in all; False cancels


@dataclass(frozen=True)
class OfferedFile:
    """One file at its address. `sha256` is that of the bytes that we saw."""

    name: str
    url: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Offer:
    """A set of files that make one connectome. `answers` are those to questions that the files leave open."""

    id: str
    title: str
    species: str
    licence: str
    citation: str
    terms: str
    files: tuple[OfferedFile, ...]
    about: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    folder: bool = False
    non_commercial: bool = False

    @property
    def bytes(self) -> int:
        """Size of all its files."""
        return sum(file.bytes for file in self.files)

    def told(self) -> dict[str, Any]:
        """What its publisher says, as answers to the questions of an import."""
        about = " ".join(part for part in (self.about, self.terms) if part)
        told = {"name": self.title, "species": self.species, "licence": self.licence, "citation": self.citation}
        return {name: text for name, text in (told | {"about": about}).items() if text} | dict(self.answers)


class OtherBytes(Invalid):
    """A file is not the one that we know; `found` is its sha256, which the user may accept."""

    def __init__(self, sentence: str, found: str):
        super().__init__(sentence)
        self.found = found


class Cancelled(Exception):
    """The user no longer wants it; what came is kept and goes on next time."""


@lru_cache(maxsize=1)
def offers() -> tuple[Offer, ...]:
    """Every connectome that can be downloaded, best known first."""
    content = json.loads((ASSETS / "downloads.json").read_text(encoding="utf-8"))
    return tuple(Offer(**told | {"files": tuple(OfferedFile(**file) for file in told["files"])}) for told in content)


def offer(id: str) -> Offer:
    """The offer called `id`. Raises Invalid with the nearest name if there is none."""
    found = next((o for o in offers() if o.id == id), None)
    if found is None:
        known = [o.id for o in offers()]
        raise Invalid(f"There is no connectome '{id}' to download.{near(id, known)}")
    return found


def cache() -> Path:
    """The folder in which downloads are kept."""
    return data_folder() / "downloads"


def downloaded(wanted: Offer, folder: Path, progress: Progress = lambda *_: True, accept: tuple[str, ...] = ()) -> Path:
    """The file of an offer, or the folder of its files, fetched into `folder` unless they are there already.

    Bytes that do not match their sha256 are thrown away, unless the user accepted the other hash that `accept` names.
    What was cut off goes on where it stopped. Raises Invalid with one sentence, and Cancelled if `progress` says so.
    """
    pooch.get_logger().setLevel("WARNING")  # it would tell every download on stderr
    place = folder / wanted.id
    place.mkdir(parents=True, exist_ok=True)
    before = 0
    for file in wanted.files:
        _fetched(file, place, lambda here, before=before: progress(before + here, wanted.bytes), accept)
        before += file.bytes
    progress(wanted.bytes, wanted.bytes)
    return place if wanted.folder else place / wanted.files[0].name


def _fetched(file: OfferedFile, place: Path, said: Callable[[int], bool], accept: tuple[str, ...]) -> None:
    target = place / file.name
    known = next((hash_ for hash_ in (file.sha256, *accept) if target.exists() and _sha256(target) == hash_), None)
    if known is not None:
        return
    part = place / f"{file.name}.part"
    fetch = _Resumable(part, file, said)
    for attempt in range(2):
        try:
            expected = f"sha256:{file.sha256}" if not accept else None
            pooch.retrieve(file.url, expected, fname=file.name, path=place, downloader=fetch)
            break
        except requests.exceptions.RequestException as error:
            if attempt:
                raise Invalid(_no_answer(file, error)) from None
        except ValueError:
            raise _other_bytes(file, part) from None
        except OSError as error:
            raise Invalid(f"{file.name} cannot be written to {place} ({error.strerror}).") from None
    if accept and _sha256(target) not in (file.sha256, *accept):
        target.unlink()
        raise _other_bytes(file, part)
    part.unlink(missing_ok=True)


class _Resumable:
    """A downloader for pooch that goes on where the last attempt stopped."""

    def __init__(self, part: Path, file: OfferedFile, said: Callable[[int], bool]):
        self.part, self.file, self.said = part, file, said

    def __call__(self, url: str, output_file: Any, _: Any) -> None:
        here = self.part.stat().st_size if self.part.exists() else 0
        if here != self.file.bytes:
            self._rest(url, here if here < self.file.bytes else 0)
        if self.part.stat().st_size < self.file.bytes:
            raise requests.exceptions.ConnectionError("the server stopped in the middle")
        shutil.copyfile(self.part, output_file)

    def _rest(self, url: str, here: int) -> None:
        wanted = {"Range": f"bytes={here}-"} if here else {}
        with requests.get(url, headers=wanted, stream=True, timeout=SILENCE_S) as answer:
            answer.raise_for_status()
            goes_on = here and answer.status_code == 206
            here = here if goes_on else 0
            with self.part.open("ab" if goes_on else "wb") as out:
                for chunk in answer.iter_content(CHUNK):
                    here += len(chunk)
                    if here > self.file.bytes:
                        break  # longer than it should be: its hash will tell
                    out.write(chunk)
                    if not self.said(here):
                        raise Cancelled


def _other_bytes(file: OfferedFile, part: Path) -> OtherBytes:
    found = _sha256(part) if part.exists() else "?"
    part.unlink(missing_ok=True)
    return OtherBytes(
        f"{file.name} is not the file that we know: its sha256 is {found} instead of {file.sha256}; nothing was kept. "
        "If its publisher has replaced it, accept the new hash.",
        found,
    )


def _no_answer(file: OfferedFile, error: requests.exceptions.RequestException) -> str:
    answer = getattr(error, "response", None)
    if answer is not None:
        return f"{file.url} answers {answer.status_code}: the file may have moved; download it by hand and import it."
    return (
        f"{file.name} could not be fetched from {file.url.split('/')[2]}: no connection, or it broke off. What came is "
        "kept; try again when you are online, or download it by hand and import it."
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
