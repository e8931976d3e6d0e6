"""Reader for UTF-8 text files given to an importer, with strict decoding and clear errors.

Guessing an encoding could corrupt verbatim text. A file in another encoding is rejected; the message names the likely
encoding and the command that converts it.
"""

from __future__ import annotations

import hashlib
import re
import stat
from dataclasses import dataclass
from pathlib import Path

from jwpgraph.problems import ProblemError

MAX_BYTES = 20 * 1000 * 1000

_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_BINARY_FORMATS = (
    (b"%PDF", "a PDF", "extract its text first, for instance with: pdftotext FILE.pdf FILE.txt"),
    (b"PK\x03\x04", "a ZIP archive or an office document", "save it as plain text (UTF-8) first"),
    (b"\xd0\xcf\x11\xe0", "an old office document", "save it as plain text (UTF-8) first"),
    (b"{\\rtf", "an RTF document", "save it as plain text (UTF-8) first"),
    (b"\x1f\x8b", "gzip-compressed", "unpack it first"),
)
#: Control characters that text does not contain: all but tab, line ends, vertical tab and form feed.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class SourceText:
    """A decoded text file.

    Attributes:
        name: the file's name, without its folder.
        text: the decoded text with its original line ends, without a byte order mark.
        sha256: digest of the file's bytes (as printed by ``sha256sum``), in lower-case hexadecimal.
    """

    name: str
    text: str
    sha256: str

    @property
    def plain_sha256(self) -> str:
        """Return the digest of the text without byte order mark and with normalised line ends."""
        return hash_text(normalise_line_ends(self.text))


def hash_text(text: str) -> str:
    """Return the SHA-256 digest of *text* in UTF-8, in lower-case hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def normalise_line_ends(text: str) -> str:
    """Return *text* with every line end as a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_text(path: Path) -> SourceText:
    """Read a UTF-8 text file, with or without a byte order mark.

    Raises:
        ProblemError: ``no-such-file``, ``not-a-file``, ``unreadable-file``, ``file-too-large`` (above 20 MB),
            ``empty-file``, ``not-text`` or ``bad-encoding``.
    """
    data = _read_bytes(path)
    if not data.removeprefix(_UTF8_BOM).strip():
        raise ProblemError("empty-file", "The file is empty", f"{path} contains no text.")
    _refuse_binary(path, data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _make_bad_encoding_problem(path, data, error.start) from None
    lost = text.find("\ufffd")
    if lost >= 0:
        line = text.count("\n", 0, lost) + 1
        raise ProblemError(
            "bad-encoding",
            "The file's encoding is not supported",
            f"{path} has a replacement character (U+FFFD) in line {line}: an earlier conversion lost what stood there.",
        )
    return SourceText(path.name, text, hashlib.sha256(data).hexdigest())


def _read_bytes(path: Path) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise ProblemError("not-a-file", "Not a file", f"{path} is {what}; name a text file.")
        if status.st_size > MAX_BYTES:
            size = f"{status.st_size / 1e6:.1f} MB"
            limit = f"{MAX_BYTES // 1_000_000} MB"
            raise ProblemError("file-too-large", "The file is too large", f"{path} has {size}; the limit is {limit}.")
        return path.read_bytes()
    except FileNotFoundError:
        raise ProblemError("no-such-file", "No such file", str(path)) from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise ProblemError("unreadable-file", "The file cannot be read", f"{path}: {reason}.") from None


def _refuse_binary(path: Path, data: bytes) -> None:
    wide = detect_wide_encoding(data)
    if wide:
        raise ProblemError(
            "bad-encoding",
            "The file's encoding is not supported",
            f"{path} looks like {wide}; convert it with: iconv -f {wide} -t UTF-8",
        )
    for mark, what, advice in _BINARY_FORMATS:
        if data.startswith(mark):
            raise ProblemError("not-text", "Not a text file", f"{path} is {what}; {advice}")
    if b"\x00" in data or len(_CONTROL.findall(data)) > len(data) // 50:
        raise ProblemError("not-text", "Not a text file", f"{path} contains binary data.")
    if found := _CONTROL.search(data):
        line = normalise_line_ends(data[: found.start()].decode("utf-8", "replace")).count("\n") + 1
        what = f"a control character (U+{found[0][0]:04X}) in line {line}: the file is damaged."
        raise ProblemError("not-text", "Not a text file", f"{path} has {what}")


def detect_wide_encoding(data: bytes) -> str | None:
    """Return the name of the encoding of text in UTF-16 or UTF-32; ``None`` if *data* does not look like either."""
    return next((name for mark, name in _WIDE_BOMS if data.startswith(mark)), None) or _detect_utf16(data)


def _detect_utf16(data: bytes) -> str | None:
    """Return the UTF-16 variant of text without a byte order mark, recognised by every other byte being mostly zero."""
    head = data[:4096]
    for first, name in ((0, "UTF-16BE"), (1, "UTF-16LE")):
        zeros, others = head[first::2], head[1 - first :: 2]
        if zeros.count(0) > 0.7 * len(zeros) and others.count(0) < 0.1 * len(others):
            return name
    return None


def _make_bad_encoding_problem(path: Path, data: bytes, offset: int) -> ProblemError:
    line = data.count(b"\n", 0, offset) + 1
    likely = "Windows-1252" if re.search(rb"[\x80-\x9f]", data) else "Latin-1"
    return ProblemError(
        "bad-encoding",
        "The file's encoding is not supported",
        f"{path} is not UTF-8 (byte 0x{data[offset]:02X} in line {line}); it looks like {likely}; "
        f"convert it with: iconv -f {likely.upper()} -t UTF-8",
    )
