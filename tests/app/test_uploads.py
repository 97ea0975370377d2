"""Uploads: nothing is taken that was not announced, and nothing stays."""

import pytest

from app.uploads import Uploads
from engine.component import Invalid
from engine.connectomes.formats import limits


def test_pieces_become_files_in_a_private_folder_that_goes():
    uploads = Uploads([("a.csv", 5), ("empty.txt", 0)])
    uploads.take(0, b"1,2")
    assert not uploads.is_whole
    uploads.take(0, b",3")
    uploads.take(1, b"")
    assert uploads.is_whole
    assert uploads.paths[0].read_bytes() == b"1,2,3"
    folder = uploads.paths[0].parent
    assert folder.stat().st_mode & 0o077 == 0
    uploads.close()
    assert not folder.exists()


def test_more_than_announced_is_refused():
    uploads = Uploads([("a.csv", 3)])
    with pytest.raises(Invalid, match="longer than it was"):
        uploads.take(0, b"1234")
    uploads.close()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "..\\..\\passwd"])
def test_a_name_cannot_lead_out_of_the_folder(name):
    uploads = Uploads([(name, 1), ("b", 1)])
    assert uploads.paths[0].parent == uploads.paths[1].parent
    assert uploads.paths[0].name == "passwd"
    uploads.close()


@pytest.mark.parametrize(
    ("announced", "said"),
    [
        ([], "No file"),
        ([("..", 1)], "cannot be kept"),
        ([("a\nb", 1)], "cannot be kept"),
        ([("x/a", 1), ("y/a", 1)], "Two of the files"),
        ([("a", limits.FILE_BYTES + 1)], "more than the 1024 MB"),
        ([("a", limits.FILE_BYTES), ("b", 1)], "more than the 1024 MB"),
        ([(f"f{k}", 1) for k in range(limits.MEMBERS + 1)], "at most"),
    ],
    ids=["none", "dots", "line", "twice", "large", "large together", "many"],
)
def test_what_cannot_be_borne_is_refused_before_a_byte_is_read(announced, said):
    with pytest.raises(Invalid, match=said):
        Uploads(announced)
