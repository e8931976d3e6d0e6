"""Death at any instant, a full disk, a read-only disk, two writers: the last published release survives."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from pyoxigraph import NamedNode, Quad, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.builder import STAGES
from jwpgraph.releases.changes import PutGraph, RestoreRelease, SparqlUpdate
from jwpgraph.releases.maintenance import prune_releases, verify_release
from jwpgraph.releases.worker_threads import WorkerThreads
from jwpgraph.releases.writer_lock import hold_writer_lock

G1 = "https://example.org/g1"


def _child(builder, tmp_path: Path, update: str, stage: str = "") -> subprocess.Popen[bytes]:
    script = Path(__file__).with_name("builder_child.py")
    arguments = [str(builder.releases.data_dir), str(tmp_path / "shapes.ttl"), update, stage]
    return subprocess.Popen([sys.executable, str(script), *arguments])


@pytest.mark.parametrize("stage", [*STAGES, "done"])
def test_killed_at_a_stage_boundary(builder, turtle, tmp_path, stage):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    with _child(builder, tmp_path, "INSERT DATA { <urn:x> <urn:p> 2 }", stage) as process:
        assert process.wait(60) == -signal.SIGKILL

    survivor = builder.releases.current()
    assert survivor.number == (2 if stage == "done" else 1)
    assert verify_release(survivor) == []
    assert [release.number for release in builder.releases.list()][-1] == survivor.number

    following = builder.build(SparqlUpdate("INSERT DATA { <urn:y> <urn:p> 3 }"))
    assert following.number == survivor.number + 1
    assert verify_release(following) == []
    assert bool(Store.read_only(str(following.store_path)).query("ASK { <urn:x> <urn:p> 2 }")) is (stage == "done")
    assert list((builder.releases.data_dir / "staging").iterdir()) == []


def test_killed_between_rename_and_publication(builder, turtle, tmp_path):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    with _child(builder, tmp_path, "INSERT DATA { <urn:x> <urn:p> 2 }", "publish") as process:
        process.wait(60)
    orphan = builder.releases.data_dir / "releases" / "000002"
    assert orphan.is_dir()
    with pytest.raises(ProblemError):
        builder.releases.get(2)
    assert builder.build(SparqlUpdate("INSERT DATA { <urn:z> <urn:p> 1 }")).number == 2


def test_the_second_writer_learns_who_holds_the_lock(builder, turtle):
    with (
        hold_writer_lock(builder.releases.lock_path, wait=0, purpose="a long import"),
        pytest.raises(ProblemError) as caught,
    ):
        builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    assert caught.value.slug == "writer-busy"
    assert "a long import" in caught.value.detail
    assert str(os.getpid()) in caught.value.detail


def test_the_second_writer_waits(builder, turtle):
    patient = replace(builder, wait=30)
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with hold_writer_lock(builder.releases.lock_path, wait=0, purpose="test"):
            entered.set()
            leave.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(30)
    threading.Timer(0.3, leave.set).start()
    assert patient.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),))).number == 1
    holder.join()


def test_concurrent_writers_lose_nothing(builder, tmp_path):
    writers = [_child(builder, tmp_path, f"INSERT DATA {{ <urn:x> <urn:p> {number} }}") for number in range(6)]
    assert [writer.wait(100) for writer in writers] == [0] * 6
    current = builder.releases.current()
    assert current.number == 6
    assert current.manifest.triples == 6


def test_a_lock_dies_with_its_holder(builder, turtle):
    builder.releases.data_dir.mkdir(parents=True)
    script = (
        "import sys, time; from pathlib import Path; from jwpgraph.releases.writer_lock import hold_writer_lock\n"
        "with hold_writer_lock(Path(sys.argv[1]), wait=0, purpose='doomed'):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    path = str(builder.releases.lock_path)
    with subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait()
    assert builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),))).number == 1


def test_a_damaged_pointer_is_a_problem(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    (builder.releases.data_dir / "CURRENT").write_text("what?\n")
    with pytest.raises(ProblemError) as caught:
        builder.releases.current()
    assert caught.value.slug == "data-dir-damaged"


def test_a_pointer_to_nowhere_says_what_there_is(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 2 ."),)))
    (builder.releases.data_dir / "CURRENT").write_text("7\n")
    for attempt in (builder.releases.current, lambda: builder.build(SparqlUpdate("INSERT DATA { <urn:x> <urn:p> 1 }"))):
        with pytest.raises(ProblemError) as caught:
            attempt()
        assert caught.value.slug == "data-dir-damaged"
        assert "(1, 2)" in caught.value.detail
    (builder.releases.data_dir / "CURRENT").write_text("2\n")
    assert verify_release(builder.releases.current()) == []


def test_a_lost_pointer_costs_no_release(builder, turtle):
    for value in (1, 2):
        builder.build(PutGraph(G1, (turtle(f"ex:a ex:p {value} ."),)))
    (builder.releases.data_dir / "CURRENT").unlink()
    with pytest.raises(ProblemError) as caught:
        builder.build(PutGraph(G1, (turtle("ex:a ex:p 3 ."),)))
    assert caught.value.slug == "data-dir-damaged"
    (builder.releases.data_dir / "CURRENT").write_text("2\n")
    assert [release.number for release in builder.releases.list()] == [1, 2]
    assert verify_release(builder.releases.current()) == []


def test_a_truncated_manifest_is_a_problem(builder, turtle):
    damaged = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    path = damaged.path / "manifest.json"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ProblemError, match=r"manifest\.json") as caught:
        _ = builder.releases.current().manifest
    assert caught.value.slug == "data-dir-damaged"
    assert "manifest.json" in verify_release(builder.releases.current())[0]


def test_stray_files_do_not_matter(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    staging, releases = builder.releases.data_dir / "staging", builder.releases.data_dir / "releases"
    (staging / "half").mkdir()
    (staging / "half" / "file").write_text("left")
    (staging / "file").write_text("left")
    (staging / "link").symlink_to(releases)
    (releases / "notes.txt").write_text("an operator's")
    (releases / "000002").mkdir()
    assert builder.build(PutGraph(G1, (turtle("ex:a ex:p 2 ."),))).number == 2
    assert list(staging.iterdir()) == []
    assert (releases / "notes.txt").read_text() == "an operator's"
    assert [release.number for release in builder.releases.list()] == [1, 2]


def test_a_release_is_pruned_while_it_is_read(builder, turtle):
    first = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    reader = Store.read_only(str(first.store_path))
    for value in (2, 3):
        builder.build(PutGraph(G1, (turtle(f"ex:a ex:p {value} ."),)))
    assert prune_releases(builder.releases, keep=1, older_than=None, wait=1) == [1, 2]
    assert not first.path.exists()
    assert bool(reader.query("ASK { ?s ?p 1 }"))


def test_a_clock_that_was_set_back_loses_nothing(builder, turtle):
    later = datetime.now(UTC) + timedelta(days=400)
    with patch("jwpgraph.releases.builder.datetime") as clock:
        clock.now.return_value = later
        first = builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    second = builder.build(PutGraph(G1, (turtle("ex:a ex:p 2 ."),)))
    restored = builder.build(RestoreRelease(1))
    assert (second.number, second.manifest.parent) == (2, 1)
    assert first.manifest.created == later < second.manifest.created < restored.manifest.created
    assert first.etag != second.etag
    assert builder.releases.current().number == 3
    assert prune_releases(builder.releases, keep=1, older_than=timedelta(days=1), wait=1) == []


_ON_SMALL_DISK = """
set -e
mount -t tmpfs -o size={size} none {mount}
cp -r {data} {mount}/data
{remount}
exec {python} {script} {mount}/data
"""

_SCRIPT = """
import sys
from pathlib import Path
from jwpgraph.problems import ProblemError
from jwpgraph.releases.builder import Builder
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.rules import RuleSet
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.maintenance import verify_release
from jwpgraph.validation.severity_gate import SeverityGate

releases = ReleaseDirectory(Path(sys.argv[1]))
builder = Builder(releases, SeverityGate(), ShapesGraph("", ""), RuleSet(()), wait=0)
big = "x" * 20_000
rows = " ".join(f'<urn:s{n}> <urn:p> "{n}{big}" .' for n in range(1500))
try:
    builder.build(SparqlUpdate("INSERT DATA {" + rows + "}"))
    print("published")
except ProblemError as problem:
    print(problem.slug)
print(releases.current_number(), verify_release(releases.current()))
"""


def _in_own_mount_namespace(tmp_path: Path, data: Path, size: str, remount: str, text: str = _SCRIPT) -> list[str]:
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], check=False).returncode:
        pytest.skip("this system does not let a user make a mount namespace")
    mount = tmp_path / "mount"
    mount.mkdir()
    script = tmp_path / "script.py"
    script.write_text(text)
    shell = _ON_SMALL_DISK.format(
        size=size, mount=mount, data=data, remount=remount.format(mount=mount), python=sys.executable, script=script
    )
    done = subprocess.run(["unshare", "-rm", "sh", "-c", shell], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_full_disk(builder, turtle, tmp_path):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    lines = _in_own_mount_namespace(tmp_path, builder.releases.data_dir, "6m", "")
    assert lines == ["no-space", "1 []"]


_FULL_AT_EACH_STAGE = """
import shutil
import sys
from pathlib import Path
from jwpgraph.problems import ProblemError
from jwpgraph.releases.builder import STAGES, Builder
from jwpgraph.releases.changes import SparqlUpdate
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.rules import RuleSet
from jwpgraph.releases.gate import ShapesGraph
from jwpgraph.releases.maintenance import verify_release
from jwpgraph.validation.severity_gate import SeverityGate

folder = Path(sys.argv[1])
releases = ReleaseDirectory(folder)
filler = folder / "filler"
label = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
rows = " ".join(f'<urn:s{n}> {label} "{n} {"x" * 2000}" .' for n in range(100))
for full in (True, False):
    for doomed in STAGES:
        def fill(stage):
            if stage == doomed:
                with filler.open("wb", buffering=0) as file:
                    try:
                        while file.write(bytes(4096)):
                            pass
                    except OSError:
                        pass
        builder = Builder(releases, SeverityGate(), ShapesGraph("", ""), RuleSet(()), wait=0, progress=fill)
        try:
            builder.build(SparqlUpdate("INSERT DATA {" + rows + "}"), full=full)
            outcome = "published"
        except ProblemError as problem:
            outcome = problem.slug
        filler.unlink(missing_ok=True)
        print(outcome, releases.current_number(), verify_release(releases.current()))
"""


def test_a_disk_that_fills_up_at_any_stage(builder, turtle, tmp_path):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    lines = _in_own_mount_namespace(tmp_path, builder.releases.data_dir, "24m", "", _FULL_AT_EACH_STAGE)
    number = 1
    for line in lines:
        # What is dropped on the way may leave room enough for the rest.
        number += line.startswith("published")
        assert line == f"{line.split()[0]} {number} []"
        assert line.split()[0] in {"published", "no-space"}
    assert len(lines) == 2 * len(STAGES)
    assert lines.count("no-space 1 []") > 1


_PRUNED_ON_A_FULL_DISK = """
import sys
from pathlib import Path
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.maintenance import prune_releases, verify_release

folder = Path(sys.argv[1])
releases = ReleaseDirectory(folder)
releases.lock_path.unlink()
releases.lock_path.touch()
with (folder / "filler").open("wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        pass
print(prune_releases(releases, keep=1, older_than=None, wait=0), verify_release(releases.current()))
"""


def test_old_releases_are_pruned_on_a_full_disk(builder, turtle, tmp_path):
    for number in (1, 2):
        builder.build(PutGraph(G1, (turtle(f"ex:a ex:p {number} ."),)))
    lines = _in_own_mount_namespace(tmp_path, builder.releases.data_dir, "24m", "", _PRUNED_ON_A_FULL_DISK)
    assert lines == ["[1] []"]


def test_a_thread_that_fails_closes_its_iterators(monkeypatch):
    """Another thread could not, and would print that it could not."""
    printed = []
    monkeypatch.setattr(sys, "unraisablehook", printed.append)
    store = Store()
    store.extend(Quad(NamedNode(f"urn:{n}"), NamedNode("urn:p"), NamedNode("urn:o")) for n in range(3))

    def fail():
        quads = iter(store)
        next(quads)
        raise OSError(28, "No space left on device")

    with WorkerThreads(1) as executor:
        error = executor.submit(fail).exception()
    traceback.clear_frames(error.__traceback__)
    assert [str(one.exc_value) for one in printed] == []


def test_a_read_only_disk(builder, turtle, tmp_path):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    lines = _in_own_mount_namespace(tmp_path, builder.releases.data_dir, "64m", "mount -o remount,ro {mount}")
    assert lines == ["data-dir-not-writable", "1 []"]


def test_readers_are_not_disturbed_by_a_writer(builder, turtle):
    builder.build(PutGraph(G1, (turtle("ex:a ex:p 1 ."),)))
    reader = Store.read_only(str(builder.releases.current().store_path))
    deadline = time.monotonic() + 60
    for number in range(5):
        builder.build(SparqlUpdate(f"INSERT DATA {{ <urn:x> <urn:p> {number} }}"))
        assert [solution["n"].value for solution in reader.query("SELECT (COUNT(*) AS ?n) {?s ?p ?o}")] == ["1"]
        assert time.monotonic() < deadline
