"""What npm builds: found by its manifest, served for ever under its hash, compressed; and nothing where it is not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import brotli
import pytest

from jwpgraph.web import assets as assets_module
from jwpgraph.web import routes
from jwpgraph.web.assets import BuiltAssets

WORLD = {
    "file": "world-1.svg",
    "width": 4000,
    "height": 1760,
    "bounds": {"MN": [2900, 300, 3100, 400], "MV": [2800, 900, 2800, 900]},
    "points": {"MV": [2800, 900]},
    "shapes": ["MN"],
}
MANIFEST = {
    "src/map.ts": {"file": "map-1.js", "name": "map", "isEntry": True, "css": ["map-1.css"]},
    "_shared.js": {"file": "shared-1.js", "name": "shared"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    (tmp_path / "world.json").write_text(json.dumps(WORLD))
    for name in ("map-1.js", "map-1.css", "shared-1.js", "world-1.svg"):
        (tmp_path / name).write_text("plain")
    (tmp_path / "map-1.js.br").write_bytes(brotli.compress(b"as brotli"))
    (tmp_path / "map-1.js.gz").write_bytes(gzip.compress(b"as gzip"))
    return tmp_path


@pytest.fixture
def built(folder: Path, monkeypatch: pytest.MonkeyPatch) -> BuiltAssets:
    """The service has what is in the folder."""
    found = BuiltAssets(folder)
    monkeypatch.setattr(routes, "get_assets", lambda: found)
    return found


def test_entries_are_found_by_name(folder: Path) -> None:
    entry = BuiltAssets(folder).entry("map")
    assert entry is not None
    assert entry.script == "/static/built/map-1.js"
    assert entry.styles == ("/static/built/map-1.css",)
    assert BuiltAssets(folder).entry("shared") is None


def test_where_nothing_was_built_there_is_nothing(tmp_path: Path) -> None:
    nothing = BuiltAssets(tmp_path / "none")
    assert nothing.world is None
    assert nothing.entry("map") is None
    assert nothing.file("map.js") is None
    assert nothing.fingerprint == ""


def test_another_build_has_another_fingerprint(folder: Path) -> None:
    before = BuiltAssets(folder).fingerprint
    (folder / "world.json").write_text(json.dumps({**WORLD, "file": "world-2.svg"}))
    assert BuiltAssets(folder).fingerprint != before


def test_files_are_kept_for_ever_and_sent_compressed(built: BuiltAssets, client) -> None:
    answer = client.get("/static/built/map-1.js", Accept_Encoding="gzip, br")
    assert answer.status_code == 200
    assert answer.headers["Content-Encoding"] == "br"
    assert answer.text == "as brotli"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    plain = client.get("/static/built/map-1.js", Accept_Encoding="identity")
    assert plain.text == "plain"
    assert "Content-Encoding" not in plain.headers
    assert client.get("/static/built/map-1.css", Accept_Encoding="br").text == "plain"


@pytest.mark.parametrize("coding", ["zstd", "br", "gzip"])
def test_the_style_sheet_is_sent_compressed(client, coding: str) -> None:
    plain = client.get("/static/site.css", Accept_Encoding="identity")
    answer = client.get("/static/site.css", Accept_Encoding=coding)
    assert answer.headers["Content-Encoding"] == coding
    assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert answer.text == plain.text == (assets_module.BUILT.parent / "static" / "site.css").read_text("utf-8")
    assert int(answer.headers["Content-Length"]) < len(plain.content) / 3
    small = client.get("/static/icon.svg", Accept_Encoding=coding)
    assert small.content == (assets_module.BUILT.parent / "static" / "icon.svg").read_bytes()


@pytest.mark.parametrize("name", ["none.js", "manifest.json", "world.json", "..%2Frouting.js", "map-1.js.br", "%2e%2e"])
def test_nothing_else_is_served(built: BuiltAssets, client, name: str) -> None:
    assert client.get(f"/static/built/{name}").status_code == 404


def test_what_the_build_left_is_what_the_service_reads() -> None:
    found = BuiltAssets(assets_module.BUILT)
    if found.world:
        assert {"MN", "KE", "RU"} <= found.world.shapes
        assert found.world.shapes | set(found.world.points) == set(found.world.bounds)
        assert found.file(found.world.file, "br") is not None
        assert found.entry("map") is not None
