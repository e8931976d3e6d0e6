"""Tests of text files: read unchanged, or rejected with one plain line."""

from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.sources import text_files
from jwpgraph.sources.text_files import read_text

TEXT = "(A) Fishes’ names\n\nA1 Naïve – keep.\n"


def write(folder: Path, data: bytes) -> Path:
    path = folder / "plan.txt"
    path.write_bytes(data)
    return path


def test_text_and_digests(tmp_path):
    source = read_text(write(tmp_path, TEXT.encode()))
    assert (source.name, source.text) == ("plan.txt", TEXT)
    assert source.sha256 == source.plain_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize("copy", [TEXT.encode("utf-8-sig"), TEXT.replace("\n", "\r\n").encode("utf-8-sig")])
def test_a_copy_with_a_mark_or_other_line_ends_is_the_same_document(tmp_path, copy):
    source = read_text(write(tmp_path, copy))
    assert source.text.replace("\r\n", "\n") == TEXT
    assert source.sha256 == hashlib.sha256(copy).hexdigest()
    assert source.plain_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


@pytest.mark.parametrize(
    ("data", "slug", "reason"),
    [
        (b"", "empty-file", "contains no text"),
        (b"\xef\xbb\xbf \r\n\x0c", "empty-file", "contains no text"),
        (TEXT.encode("utf-16"), "bad-encoding", "looks like UTF-16; .*iconv -f UTF-16 "),
        (TEXT.encode("utf-16-be"), "bad-encoding", "looks like UTF-16BE"),
        (TEXT.encode("utf-16-le"), "bad-encoding", "looks like UTF-16LE"),
        (TEXT.encode("utf-32"), "bad-encoding", "looks like UTF-32"),
        (TEXT.encode("windows-1252"), "bad-encoding", r"byte 0x92 in line 1\); it looks like Windows-1252"),
        ("(A) Names\n\nA1 Naïve.\n".encode("latin-1"), "bad-encoding", r"byte 0xEF in line 3\); it looks like Latin-1"),
        ("A1 Na\ufffdve".encode(), "bad-encoding", "replacement character"),
        (b"%PDF-1.7\n%\xe2\xe3", "not-text", "pdftotext"),
        (b"PK\x03\x04\x14\x00", "not-text", "office document"),
        (gzip.compress(TEXT.encode(), mtime=0), "not-text", "unpack"),
        (b"(A) x\x00\x01\x02" + bytes(range(256)), "not-text", "binary"),
        (b"(A) Names\r\n\r\nA1 " + b"x" * 200 + b"\x07\x1b[31m.", "not-text", r"U\+0007\) in line 3"),
    ],
)
def test_what_cannot_be_read_is_named_for_what_it_looks_like(tmp_path, data, slug, reason):
    with pytest.raises(ProblemError, match=reason) as caught:
        read_text(write(tmp_path, data))
    assert (caught.value.slug, caught.value.exit_code) == (slug, 2)
    assert "\n" not in caught.value.line()


def test_missing_files_folders_and_pipes(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, slug in [
        (tmp_path / "none", "no-such-file"),
        (tmp_path, "not-a-file"),
        (tmp_path / "pipe", "not-a-file"),
    ]:
        with pytest.raises(ProblemError) as caught:
            read_text(path)
        assert caught.value.slug == slug


def test_a_path_through_a_file_is_unreadable(tmp_path):
    with pytest.raises(ProblemError) as caught:
        read_text(write(tmp_path, b"x") / "below")
    assert caught.value.slug == "unreadable-file"


def test_the_limit_is_checked_before_reading(tmp_path):
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(text_files.MAX_BYTES + 1)
    with pytest.raises(ProblemError, match="the limit is 20 MB") as caught:
        read_text(path)
    assert caught.value.slug == "file-too-large"
