"""The commands in docs/operations.md work as they are written there, one after the other."""

from __future__ import annotations

import io
import re
import shlex
import tarfile
from pathlib import Path

import pytest
import zstandard
from typer.testing import CliRunner

from jwpgraph.cli import app

ROOT = Path(__file__).resolve().parents[2]
RELEASES = ROOT / "tests/operations/data/version-0.1.tar.zst"


def test_the_commands_of_the_guide_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = re.findall(r"^(?: {4})?(jwpgraph .+)$", (ROOT / "docs/operations.md").read_text("utf-8"), re.MULTILINE)
    assert len(commands) >= 6
    data = tmp_path / "data"
    with tarfile.open(fileobj=io.BytesIO(zstandard.ZstdDecompressor().decompress(RELEASES.read_bytes(), 2**26))) as old:
        old.extractall(data, filter="data")
    (tmp_path / "backups").mkdir()
    for command in commands:
        # --data-dir sets the variable for the rest of the process.
        monkeypatch.setenv("JWPGRAPH_DATA_DIR", str(data))
        arguments = [re.sub(r"^/(backups|data)/", rf"{tmp_path}/\1/", word) for word in shlex.split(command)[1:]]
        ended = CliRunner().invoke(app, arguments)
        assert ended.exit_code == 0, (command, ended.output, ended.exception)
    assert (tmp_path / "data/new/CURRENT").read_text().strip() == "3"
