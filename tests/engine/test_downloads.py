"""Downloads from a loopback server: right bytes, wrong bytes, bytes cut off, no server, and a user who cancels."""

import hashlib
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.__main__ import main
from engine.component import Invalid
from engine.connectomes import downloads
from engine.connectomes.catalogue import catalogue
from engine.connectomes.downloads import Cancelled, Offer, OfferedFile, downloaded, offer, offers
from engine.connectomes.formats import Answers

CONTENT = bytes(range(256)) * 2000


class Library(BaseHTTPRequestHandler):
    """Serves CONTENT; `cut` breaks every answer off after so many bytes, `wrong` changes them."""

    cut, wrong, asked = 0, False, []

    def do_GET(self):
        start = int(re.sub(r"\D", "", self.headers.get("Range", "0")))
        type(self).asked.append(start)
        if self.path == "/gone":
            self.send_error(404)
            return
        content = (CONTENT[::-1] if type(self).wrong else CONTENT)[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: type(self).cut or None])

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def library():
    class Own(Library):
        asked = []

    server = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Own, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def wanted(url, content=CONTENT):
    file = OfferedFile("a.bin", f"{url}/a.bin", len(content), hashlib.sha256(content).hexdigest())
    return Offer("a", "A", "", "MIT", "", "", (file,))


def test_right_bytes_are_kept_and_not_fetched_twice(library, tmp_path):
    handler, url = library
    seen = []
    path = downloaded(wanted(url), tmp_path, lambda here, of: seen.append((here, of)) or True)
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    downloaded(wanted(url), tmp_path)
    assert len(handler.asked) == 1
    assert [p.name for p in path.parent.iterdir()] == ["a.bin"]


def test_wrong_bytes_are_thrown_away_and_both_hashes_are_said(library, tmp_path):
    handler, url = library
    handler.wrong = True
    other = hashlib.sha256(CONTENT[::-1]).hexdigest()
    with pytest.raises(Invalid, match=f"{other} instead of {wanted(url).files[0].sha256}"):
        downloaded(wanted(url), tmp_path)
    assert not list((tmp_path / "a").iterdir())
    assert downloaded(wanted(url), tmp_path, accept=(other,)).read_bytes() == CONTENT[::-1]


def test_another_hash_than_the_accepted_one_is_refused_too(library, tmp_path):
    handler, url = library
    handler.wrong = True
    with pytest.raises(Invalid, match="nothing was kept"):
        downloaded(wanted(url), tmp_path, accept=("0" * 64,))
    assert not list((tmp_path / "a").iterdir())


def test_what_was_cut_off_goes_on_where_it_stopped(library, tmp_path):
    handler, url = library
    handler.cut = len(CONTENT) // 3
    with pytest.raises(Invalid, match="broke off"):
        downloaded(wanted(url), tmp_path)
    handler.cut = 0
    assert downloaded(wanted(url), tmp_path).read_bytes() == CONTENT
    assert handler.asked[0] == 0
    assert handler.asked[-1] > 0


def test_longer_bytes_than_stated_are_not_swallowed(library, tmp_path):
    _, url = library
    short = replace(wanted(url).files[0], bytes=1000)
    with pytest.raises(Invalid):
        downloaded(replace(wanted(url), files=(short,)), tmp_path)
    assert all(p.stat().st_size <= 1000 for p in (tmp_path / "a").iterdir())


def test_a_user_may_cancel_and_go_on_later(library, tmp_path):
    handler, url = library
    with pytest.raises(Cancelled):
        downloaded(wanted(url), tmp_path, lambda here, of: here < of / 2)
    downloaded(wanted(url), tmp_path)
    assert handler.asked[-1] > 0


def test_offline_is_said_in_words(tmp_path):
    with pytest.raises(Invalid, match="no connection"):
        downloaded(wanted("http://127.0.0.1:9"), tmp_path)


def test_a_file_that_moved_is_said_in_words(library, tmp_path):
    _, url = library
    moved = replace(wanted(url).files[0], url=f"{url}/gone")
    with pytest.raises(Invalid, match="answers 404"):
        downloaded(replace(wanted(url), files=(moved,)), tmp_path)


def test_every_offer_names_licence_citation_and_a_hash():
    assert len({o.id for o in offers()}) == len(offers())
    assert sum(o.id.startswith("microns_") for o in offers()) == 56
    for offered in offers():
        assert offered.licence
        assert offered.citation
        for file in offered.files:
            assert re.fullmatch("[0-9a-f]{64}", file.sha256)
            assert file.url.startswith("https://")
            assert file.bytes > 0
            assert "/" not in file.name


def test_an_unknown_offer_is_answered_with_the_nearest():
    with pytest.raises(Invalid, match="macaque_markov29"):
        offer("macaque_markov")


def test_what_the_publisher_says_answers_the_questions_of_an_import():
    told = replace(wanted("http://x"), species="Mus", terms="T.", answers={"source_axis": "rows"}).told()
    assert told == {"name": "A", "species": "Mus", "licence": "MIT", "about": "T.", "source_axis": "rows"}
    for offered in offers():
        Answers().with_values(offered.told())


def test_the_command_line_downloads_shows_the_licence_and_keeps_it(library, tmp_path, monkeypatch, capsys):
    _, url = library
    content = (Path(__file__).parents[1] / "fixtures" / "formats" / "adjacency.npy").read_bytes()
    monkeypatch.setattr(f"{__name__}.CONTENT", content)
    asked = replace(wanted(url, content), non_commercial=True, answers={"source_axis": "columns"})
    asked = replace(asked, files=(replace(asked.files[0], name="a.npy"),))
    monkeypatch.setattr(downloads, "offers", lambda: (asked,))
    monkeypatch.setenv("CONNECTARIUM_STORE", str(tmp_path))
    assert main(["connectomes", "download", "a"]) == 2
    assert "--non-commercial" in capsys.readouterr().err
    assert main(["connectomes", "download", "a", "--non-commercial"]) == 0
    assert "Licence: MIT" in capsys.readouterr().err
    kept = catalogue()[-1]
    assert (kept.title, kept.licence, kept.n) == ("A", "MIT", 20)
    assert main(["connectomes", "offers"]) == 0
    assert capsys.readouterr().out.splitlines()[1].startswith("a ")
