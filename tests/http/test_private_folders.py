"""Paths of the machine in responses."""

from __future__ import annotations

import os
from pathlib import Path

import orjson
import pytest

from jwpgraph.http import private_folders
from jwpgraph.http.problem_response import make_problem_response
from jwpgraph.problems import ProblemError


@pytest.fixture(autouse=True)
def _separate(monkeypatch) -> None:
    monkeypatch.setattr(private_folders, "_hidden", {})


def test_a_private_folder_is_named_by_what_is_in_it(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "Daten – 1"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    monkeypatch.chdir(tmp_path)
    private_folders.hide_folder(Path("link"), "the data directory")
    for place in (folder, tmp_path / "link"):
        problem = ProblemError("x", "X", f"{place}/a.sqlite: full; free space below {place}", where=[os.fspath(place)])
        document = orjson.loads(make_problem_response(problem, {"type": "http"}).body)
        assert document["detail"] == "a.sqlite: full; free space below the data directory"
        assert document["where"] == ["the data directory"]


def test_the_root_folder_hides_nothing() -> None:
    private_folders.hide_folder(Path("/"), "the data directory")
    assert private_folders.without_private_folders("/sparql/running") == "/sparql/running"
