"""Damage to one file at a time: it is found, nothing is built on it, and the command that is named repairs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases import file_digests
from jwpgraph.releases.changes import PutGraph, RestoreRelease, SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.dumps import DumpDirectory
from jwpgraph.releases.entity_changes import FILE
from jwpgraph.server.startup import ensure_first_release
from jwpgraph.settings import Settings

GRAPH = "https://example.org/g1"
INSERT = SparqlUpdate('INSERT DATA { <urn:x> <urn:p> 2 , "03"^^<http://www.w3.org/2001/XMLSchema#integer> }')
#: Files of the engine without data.
WITHOUT_DATA = ("LOG", "LOCK")
#: A build is tried on damage to these: to the manifest, to what the engine opens first, and to what it reads silently.
BUILT_UPON = ("manifest.json", "store/CURRENT", ".log", "written.nq")


def truncate(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


def alter(path: Path) -> None:
    content = bytearray(path.read_bytes())
    path.unlink()
    for index in range(0, len(content), 7):
        content[index] ^= 0x55
    path.write_bytes(content)


def put_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def point_to_itself(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


DAMAGES: tuple[Callable[[Path], None], ...] = (truncate, alter, Path.unlink, put_folder, point_to_itself)


@pytest.fixture
def original(builder, turtle) -> Path:
    builder.build(PutGraph(GRAPH, (turtle("ex:a ex:p 1 ."),)))
    builder.build(INSERT)
    return builder.releases.data_dir


def damaged_copies(original: Path, names: list[str]) -> Iterator[tuple[str, Path]]:
    """Yield a copy of the data directory for each file and kind of damage."""
    copy = original.with_name("damaged")
    for name in names:
        for damage in DAMAGES:
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(original, copy, copy_function=os.link)
            damage(copy / name)
            yield f"{damage.__name__} {name}", copy


def refusal(build: Callable[[], object]) -> ProblemError:
    with pytest.raises(ProblemError) as caught:
        build()
    return caught.value


def test_each_file_of_a_release(builder, original, caplog):
    release = original / "releases/000002"
    names = [
        path.relative_to(original).as_posix()
        for path in sorted(release.rglob("*"))
        if path.is_file() and path.stat().st_size and not path.name.startswith(WITHOUT_DATA)
    ]
    # One file of each kind is enough.
    names = list({re.sub(r"\d{6}", "", name.partition("/000002/")[2]): name for name in names}.values())
    assert {"manifest.json", "written.nq", "report.ttl"} <= {Path(name).name for name in names}
    for case, folder in damaged_copies(original, names):
        caplog.clear()
        served = ensure_first_release(Settings(data_dir=folder), empty=False)
        # Both releases have some files in common, but a damage never reaches the other one's copy.
        assert served.number == 1, case
        assert caplog.text.count("\n") == 1, case
        assert "jwpgraph release" in caplog.text, case
        if not (case.startswith("alter") and case.endswith(BUILT_UPON)):
            continue
        object.__setattr__(builder, "releases", ReleaseDirectory(folder))
        assert refusal(lambda: builder.build(INSERT)).slug in {"release-damaged", "data-dir-damaged"}, case
        assert builder.build(RestoreRelease(1)).number == 3, case
        builder.build(INSERT)
        assert Store.read_only(str(builder.releases.current().store_path)).query("ASK { <urn:x> <urn:p> 2 }"), case


def test_damage_of_a_large_table_is_found_later(builder, original, monkeypatch):
    """Large tables are not read before each change: it fails where it reads damage, and others keep the digest."""
    monkeypatch.setattr(file_digests, "_LARGE_TABLE", 0)
    tables = [path.relative_to(original).as_posix() for path in original.rglob("releases/000002/store/*.sst")]
    assert tables
    found = set()
    for case, folder in damaged_copies(original, tables):
        object.__setattr__(builder, "releases", ReleaseDirectory(folder))
        # A release that was built beside the damage has the digest of the undamaged file.
        problem = refusal(lambda: builder.build(INSERT).check())
        assert problem.slug in {"release-damaged", "data-dir-damaged"}, case
        found.add(builder.releases.current_number())
    assert found <= {2, 3}


def test_the_pointer(builder, original, caplog):
    for case, folder in damaged_copies(original, ["CURRENT"]):
        caplog.clear()
        assert ensure_first_release(Settings(data_dir=folder), empty=False).number == 2, case
        if case == "truncate CURRENT":
            continue  # only its line break is missing
        assert "jwpgraph release verify" in caplog.text, case
        object.__setattr__(builder, "releases", ReleaseDirectory(folder))
        assert refusal(lambda: builder.build(INSERT)).slug == "data-dir-damaged", case
        assert len(list((folder / "releases").iterdir())) == 2, case


def test_the_log_of_changes(original, caplog):
    for case, folder in damaged_copies(original, [FILE]):
        caplog.clear()
        assert ensure_first_release(Settings(data_dir=folder), empty=False).number == 2, case
        if case.startswith(("alter", "put_folder")):
            assert f"kept as {FILE}.damaged-" in caplog.text, case
            assert len(list(folder.glob(f"{FILE}.damaged-*"))) == 1, case


def test_an_emptied_log_of_changes_is_no_new_one(builder, original, caplog):
    (original / FILE).write_bytes(b"")
    assert refusal(lambda: builder.build(INSERT)).slug == "changes-unavailable"
    assert ensure_first_release(Settings(data_dir=original), empty=False).number == 2
    assert f"kept as {FILE}.damaged-" in caplog.text
    assert builder.build(INSERT).number == 3


def test_a_truncated_number_is_not_another_release(builder, original):
    for _ in range(8):
        builder.build(INSERT)
    (original / "CURRENT").write_text("1")
    assert "ends in the middle of a line" in refusal(builder.releases.current).detail
    # A pointer that is older than several releases is not believed either: they would be removed.
    (original / "CURRENT").write_text("7\n")
    assert refusal(lambda: builder.build(INSERT)).slug == "data-dir-damaged"
    assert len(list((original / "releases").iterdir())) == 10


def test_the_only_release_survives_the_loss_of_the_pointer(builder, turtle):
    builder.build(PutGraph(GRAPH, (turtle("ex:a ex:p 1 ."),)))
    (builder.releases.data_dir / "CURRENT").unlink()
    assert ensure_first_release(Settings(data_dir=builder.releases.data_dir), empty=False).number == 1
    (builder.releases.data_dir / "CURRENT").unlink()
    assert builder.build(INSERT).manifest.parent == 1


def test_a_damaged_dump_is_made_again(builder, turtle):
    release = builder.build(PutGraph(GRAPH, (turtle("ex:a ex:p 1 ."),)))
    dumps = DumpDirectory(builder.releases)
    files = dumps.make(release)
    for damage in (truncate, Path.unlink, put_folder):
        damage(dumps.path(release, "SHA256SUMS"))
        dumps.make(release)
        assert {one.name for one in dumps.files(release)} == {one.name for one in files}


def test_a_reader_is_told_that_the_pointer_is_lost(builder, original):
    builder.releases.data_dir.joinpath("CURRENT").unlink()
    with pytest.raises(ProblemError, match=r"CURRENT is missing although releases exist; replace it by a line with"):
        ReleaseDirectory(builder.releases.data_dir).require_current()


def test_too_few_descriptors_are_no_damage(original):
    """Whoever is told of damage publishes an earlier release, and loses writes."""
    for command in ("serve", "release verify"):
        ended = subprocess.run(
            ["/bin/sh", "-c", f"ulimit -n 40; exec {sys.executable} -m jwpgraph {command}"],
            env=os.environ | {"JWPGRAPH_DATA_DIR": str(original), "JWPGRAPH_PORT": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        last = ended.stderr.splitlines()[-1]
        assert ended.returncode == 2, command
        assert last.startswith("jwpgraph: The release cannot be read: release "), last
        assert "ulimit" in last
        assert not re.search("differs|rollback|restore", ended.stdout + ended.stderr)
