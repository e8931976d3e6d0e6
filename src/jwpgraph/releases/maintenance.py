"""Looking after releases: compare two, drop old ones, and check that one still is what its manifest says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.dumps import DumpDirectory
from jwpgraph.releases.graph_summaries import summarise_graph, summarise_store
from jwpgraph.releases.release import ASSERTED, GraphSummary, Release
from jwpgraph.releases.union import count_triples, graph_triples, list_asserted_graphs
from jwpgraph.releases.writer_lock import hold_writer_lock
from jwpgraph.releases.written_literals import read_written
from jwpgraph.vocabulary import ENTAILED_GRAPH


@dataclass(frozen=True, slots=True)
class ReleaseDifference:
    """What the later of two releases states and no longer states."""

    added: list[Quad]
    removed: list[Quad]


def diff_releases(earlier: Release, later: Release) -> ReleaseDifference:
    """The quads, graph by graph, in which two releases differ; entailments are left out."""
    old, new = earlier.open_store(), later.open_store()
    changed = _changed_graphs(earlier, later)
    return ReleaseDifference(
        added=[quad for quad in _read_quads(new, changed) if quad not in old],
        removed=[quad for quad in _read_quads(old, changed) if quad not in new],
    )


def _changed_graphs(earlier: Release, later: Release) -> set[str]:
    old, new = earlier.manifest.graphs, later.manifest.graphs
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _read_quads(store: Store, graphs: set[str]) -> Iterator[Quad]:
    for graph in list_asserted_graphs(store):
        if graph.value in graphs:
            yield from sorted(graph_triples(store, graph), key=str)


def prune_releases(releases: ReleaseDirectory, *, keep: int, older_than: timedelta | None, wait: float) -> list[int]:
    """Remove old releases, never the published one.

    Args:
        releases: the data directory.
        keep: how many of the latest stay whatever their age.
        older_than: only releases older than this go.
        wait: seconds to wait for a writer.

    Returns:
        The numbers that were removed.
    """
    with hold_writer_lock(releases.lock_path, wait=wait, purpose="prune"):
        releases.prepare()
        kept = releases.list()
        limit = datetime.now(UTC) - older_than if older_than else None
        doomed = [
            release
            for release in kept[: max(0, len(kept) - max(keep, 1))]
            if limit is None or release.manifest.created < limit
        ]
        for release in doomed:
            releases.remove(release)
        DumpDirectory(releases).sweep()
        return [release.number for release in doomed]


def verify_release(release: Release) -> list[str]:
    """Check a release against its manifest.

    Returns:
        What is wrong, one sentence each; nothing when all is well.
    """
    try:
        return list(_find_damage(release, release.open_store()))
    except (OSError, RuntimeError) as error:
        return [f"the store cannot be read: {error}"]
    except ProblemError as problem:
        return [problem.detail]


def _find_damage(release: Release, store: Store) -> Iterator[str]:
    manifest = release.manifest
    found = summarise_store(store, {})
    for name in sorted(manifest.graphs.keys() | found.keys()):
        expected, actual = manifest.graphs.get(name), found.get(name)
        if expected is None:
            yield f"{name} is in the store but not in the manifest"
        elif actual is None:
            yield f"{name} is in the manifest but not in the store"
        elif actual != expected:
            yield f"{name} is not what the manifest says: {_describe(actual)} instead of {_describe(expected)}"
    union = count_triples(store, DefaultGraph())
    if union != manifest.triples:
        yield f"the union holds {union} triples; the manifest says {manifest.triples}"
    missing = sum(
        1
        for name in found
        for quad in graph_triples(store, NamedNode(name))
        if Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) not in store
    )
    if missing:
        yield f"{missing} triples of named graphs are absent from the union"
    absent = sum(quad not in store for quad in read_written(release.written_path).forms)
    if absent:
        yield f"{release.written_path.name} tells of {absent} triples that are not in the store"
    if release.asserted_path.is_dir():
        yield from _asserted_findings(release)
    for path in (release.search_path, release.report_path, release.shapes_path):
        if not path.is_file():
            yield f"{path.name} is missing"


def _asserted_findings(release: Release) -> Iterator[str]:
    """What is wrong with the store without entailments."""
    store, stated = Store.read_only(str(release.asserted_path)), dict(release.manifest.graphs)
    derived = stated.pop(ENTAILED_GRAPH).triples
    if {graph.value: summarise_graph(store, graph.value) for graph in store.named_graphs()} != stated:
        yield f"the graphs of {ASSERTED} are not those that the manifest says are stated"
    union, expected = count_triples(store, DefaultGraph()), release.manifest.triples - derived
    if union != expected:
        yield f"the union of {ASSERTED} holds {union} triples instead of {expected}"


def _describe(summary: GraphSummary) -> str:
    return f"{summary.triples} triples, digest {summary.digest[:12]}"


def require_release(releases: ReleaseDirectory, number: int | None) -> Release:
    """The release with *number*, or the published one.

    Raises:
        ProblemError: ``no-such-release`` or ``no-release``.
    """
    if number is not None and number < 1:
        raise ProblemError("no-such-release", "There is no such release", f"release {number}", status=404)
    return releases.require_current() if number is None else releases.get(number)
