"""A visitor's own connectomes: files, folders, faults, downloads; from the drop zone to a network that learns."""

import hashlib
import json
import re
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engine.connectomes.library import Library
from tests.browser.conftest import Server
from tests.browser.test_walk import LONG, LONGEST_MS, button, wait_for_steps
from tests.engine.test_nn4n_import import masks, model, saved
from tests.fuzz.seeds import make

FIXTURES = Path(__file__).parents[1] / "fixtures" / "formats"
ADJACENCY = (FIXTURES / "adjacency.npy").read_bytes()
OFFERED = """
import json, sys
from engine.connectomes import downloads
from engine.connectomes.downloads import Offer, OfferedFile
told = json.loads(sys.argv.pop(1))
downloads.offers = lambda: tuple(Offer(**one | {"files": (OfferedFile(**one["files"]),)}) for one in told)
from panel.command import main
main(["panel", *sys.argv[1:]])
"""
FAULTS = {
    "bad_all_zero.csv": "holds no connection",
    "bad_ids_as_float.csv": "saved as decimal numbers",
    "bad_object.npy": "Python objects",
    "SOURCE.txt": "is not a number",
    "neuprint_traced-neurons.csv": "but no connections",
}
REPAIRS = {
    "bad_duplicate_labels.csv": "Two units are called",
    "bad_inf.csv": "no finite number",
    "bad_label_order.csv": "another order than the rows",
    "bad_nan.csv": "no finite number",
    "bad_not_square.csv": "rows and",
    "warn_negative.csv": "What do negative entries mean",
    "warn_upper_triangle_only.csv": "Only the upper triangle",
}


class Publisher(BaseHTTPRequestHandler):
    """Serves the matrix; /wrong other bytes, /cut only the first half."""

    def do_GET(self):
        content = ADJACENCY[:-8] + b"\1" * 8 if self.path == "/wrong" else ADJACENCY
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.path == "/cut" else content)

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture(scope="module")
def publisher() -> Iterator[str]:
    served = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    served.server_close()


def offered(id: str, url: str, **more: object) -> dict:
    file = {"name": "adjacency.npy", "url": url, "bytes": len(ADJACENCY)}
    file["sha256"] = hashlib.sha256(ADJACENCY).hexdigest()
    told = {"id": id, "title": f"Brain {id}", "species": "Mus musculus", "licence": "CC-BY-4.0"}
    return told | {"citation": "A and B (2020)", "terms": "", "files": file, **more}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, publisher: str) -> Iterator[Server]:
    """A server whose offers lie on a publisher of this machine."""
    folder = tmp_path_factory.mktemp("server")
    offers = [
        offered("right", f"{publisher}/right", answers={"source_axis": "columns"}, non_commercial=True),
        offered("wrong", f"{publisher}/wrong"),
        offered("cut", f"{publisher}/cut"),
        offered("offline", "http://127.0.0.1:9/x"),
    ]
    served = Server(folder / "store", folder / "log", program=(sys.executable, "-c", OFFERED, json.dumps(offers)))
    yield served
    served.stop()
    assert not served.faults(), served.log.read_text()[-4000:]


@pytest.fixture
def library(server: Server) -> Library:
    return Library(server.store)


def opened(visitors, server: Server):
    """A page with the dialog open."""
    page = visitors().open(f"{server.url}?x={LONG.to_link()}")
    button(page, "^Connectome Human|^Connectome\n").click()
    button(page, "^Add a connectome").click()
    expect(button(page, "^Choose files")).to_be_visible(timeout=LONGEST_MS)
    return page


def choose(page, *paths: Path) -> None:
    page.get_by_label("Choose files", exact=True).and_(page.locator("input")).set_input_files(paths)


def fault(page, sentence: str):
    return page.locator(".problem", has_text=re.compile(sentence))


def test_a_table_is_dropped_turned_the_right_way_added_used_and_learns(visitors, server, library):
    page = opened(visitors, server)
    text = (FIXTURES / "adjacency_labelled.csv").read_text()
    drop = page.evaluate_handle(
        "text => { const data = new DataTransfer(); data.items.add(new File([text], 'My worm.csv')); return data; }",
        text,
    )
    page.locator(".drop").dispatch_event("drop", {"dataTransfer": drop})
    add = button(page, "^Add and use it")
    expect(add).to_be_disabled(timeout=LONGEST_MS)
    expect(page.get_by_text("1 question still open")).to_be_visible()
    page.get_by_role("radio", name="at the unit of the column").check()
    strong = page.locator(".counts", has_text=re.compile("Strong connections:\\s*O122 → K008: 63"))
    expect(strong).to_be_visible(timeout=LONGEST_MS)
    species = page.get_by_role("textbox", name="Which species is it?")
    species.fill("Caenorhabditis")
    species.press("Tab")
    expect(add).to_be_enabled(timeout=LONGEST_MS)
    add.click()

    card = page.get_by_role("radio", name="My worm")
    expect(card).to_have_attribute("aria-checked", "true", timeout=LONGEST_MS)
    expect(card).to_contain_text("licence not stated")
    (kept,) = library.records()
    graph = library.graph(kept.id)
    assert kept.species == "Caenorhabditis"
    strongest = graph.strengths.argmax()
    assert graph.names[graph.pre[strongest]] == "O122"
    assert graph.names[graph.post[strongest]] == "K008"

    expect(button(page, "^Start")).to_be_enabled(timeout=LONGEST_MS)
    button(page, "^Start").click()
    wait_for_steps(page, 3)
    button(page, "^Stop").click()
    other = visitors().open(server.url)
    button(other, "^Connectome Human|^Connectome\n").click()
    expect(other.get_by_role("radio", name="My worm")).to_be_visible(timeout=LONGEST_MS)
    page.get_by_role("button", name="Remove My worm").click()
    for each in (page, other):
        expect(each.get_by_role("radio", name="My worm")).to_have_count(0, timeout=LONGEST_MS)
    button(page, "^Undo removal").click()
    expect(other.get_by_role("radio", name="My worm")).to_be_visible(timeout=LONGEST_MS)
    assert [each.id for each in library.records()] == [kept.id]


def test_a_microns_field_of_several_files_is_recognised_as_one(visitors, server, library, tmp_path):
    (archive,) = (path for path in make(tmp_path / "seeds") if path.name == "field.zip")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "field")
    page = opened(visitors, server)
    choose(page, *sorted((tmp_path / "field").iterdir()))
    expect(page.get_by_text("MICrONS field").first).to_be_visible(timeout=LONGEST_MS)
    name = page.get_by_role("textbox", name="What shall the connectome be called?")
    name.fill("Field 1-2-3")
    name.press("Tab")
    expect(button(page, "^Add and use it")).to_be_enabled(timeout=LONGEST_MS)
    button(page, "^Add and use it").click()
    card = page.get_by_role("radio", name="Field 1-2-3")
    expect(card).to_have_attribute("aria-checked", "true", timeout=LONGEST_MS)
    kept = next(each for each in library.records() if each.title == "Field 1-2-3")
    assert {"sttc", "correlation"} <= set(kept.pairs)
    assert library.graph(kept.id).positions_um is not None


def test_a_saved_model_is_offered_kept_and_loaded_into_build(visitors, server, library, tmp_path):
    page = opened(visitors, server)
    (tmp_path / "broken.pt").write_bytes(b"\x80\x02}q\x00.")
    choose(page, tmp_path / "broken.pt")
    expect(fault(page, "not a file of torch.save")).to_be_visible(timeout=LONGEST_MS)
    sparsity, signs = masks()
    choose(page, saved(model(sparsity_masks=sparsity, ei_masks=signs), tmp_path))
    expect(page.get_by_text("A saved model of nn4n")).to_be_visible(timeout=LONGEST_MS)
    button(page, "^Use this model").click()
    card = page.get_by_role("radio", name="model")
    expect(card).to_have_attribute("aria-checked", "true", timeout=LONGEST_MS)
    expect(page.get_by_text("this experiment begins with its weights")).to_be_visible(timeout=LONGEST_MS)
    (kept,) = (each for each in library.records() if "saved model of nn4n" in each.source)
    assert library.weights(kept.id).is_file()


def test_every_bad_file_is_told_in_one_sentence_or_offered_a_repair(visitors, server):
    page = opened(visitors, server)
    for name, sentence in FAULTS.items():
        choose(page, FIXTURES / name)
        expect(fault(page, sentence)).to_be_visible(timeout=LONGEST_MS)
        assert "Traceback" not in page.content()
    for name, question in REPAIRS.items():
        choose(page, FIXTURES / name)
        expect(page.get_by_text(question).first).to_be_visible(timeout=LONGEST_MS)
        button(page, "^Other files").click()
        expect(button(page, "^Choose files")).to_be_visible(timeout=LONGEST_MS)


def test_downloads_right_wrong_cut_off_and_offline(visitors, server, library):
    page = opened(visitors, server)
    page.get_by_role("tab", name="Download").click()
    fetch = page.get_by_role("button", name="Download", exact=True)

    page.get_by_role("radio", name="Brain cut").click()
    fetch.click()
    expect(fault(page, "What came is kept")).to_be_visible(timeout=LONGEST_MS)
    page.get_by_role("radio", name="Brain offline").click()
    fetch.click()
    expect(fault(page, "try again when you are online")).to_be_visible(timeout=LONGEST_MS)

    page.get_by_role("radio", name="Brain wrong").click()
    fetch.click()
    known = hashlib.sha256(ADJACENCY).hexdigest()
    expect(fault(page, f"sha256 is [0-9a-f]{{64}} instead of {known}")).to_be_visible(timeout=LONGEST_MS)
    button(page, "^Use anyway").click()
    expect(page.get_by_text("NumPy array").first).to_be_visible(timeout=LONGEST_MS)
    page.get_by_role("tab", name="Download").click()

    page.get_by_role("radio", name="Brain right").click()
    expect(fetch).to_be_disabled()
    page.get_by_role("checkbox", name="My use is not commercial").check()
    fetch.click()
    expect(page.get_by_role("radio", name="at the unit of the column")).to_be_checked(timeout=LONGEST_MS)
    expect(page.get_by_role("textbox", name="Which publication is to be cited?")).to_have_value("A and B (2020)")
    button(page, "^Add and use it").click()
    card = page.get_by_role("radio", name="Brain right")
    expect(card).to_have_attribute("aria-checked", "true", timeout=LONGEST_MS)
    assert next(each for each in library.records() if each.title == "Brain right").licence == "CC-BY-4.0"
