"""Maintenance of releases: comparison, pruning, and verification against the manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from jwpgraph.counts import format_count
from jwpgraph.problems import ProblemError
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.dumps import DumpDirectory
from jwpgraph.releases.file_digests import find_damaged_files
from jwpgraph.releases.graph_summaries import summarise_graph, summarise_store
from jwpgraph.releases.release import UNREADABLE, GraphSummary, Release
from jwpgraph.releases.store_names import ASSERTED
from jwpgraph.releases.union import count_triples, iter_graph_quads, list_asserted_graphs
from jwpgraph.releases.writer_lock import hold_writer_lock
from jwpgraph.releases.written_literals import read_written
from jwpgraph.vocabulary import ENTAILED_GRAPH


@dataclass(frozen=True, slots=True)
class ReleaseDifference:
    """The quads that the later of two releases adds and removes."""

    added: list[Quad]
    removed: list[Quad]


def diff_releases(earlier: Release, later: Release) -> ReleaseDifference:
    """Return the differences of the asserted graphs of two releases, ordered by graph."""
    old, new = earlier.open_store(), later.open_store()
    changed = _get_changed_graphs(earlier, later)
    return ReleaseDifference(
        added=[quad for quad in _read_quads(new, changed) if quad not in old],
        removed=[quad for quad in _read_quads(old, changed) if quad not in new],
    )


def _get_changed_graphs(earlier: Release, later: Release) -> set[str]:
    old, new = earlier.manifest.graphs, later.manifest.graphs
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def _read_quads(store: Store, graphs: set[str]) -> Iterator[Quad]:
    for graph in list_asserted_graphs(store):
        if graph.value in graphs:
            yield from sorted(iter_graph_quads(store, graph), key=str)


def prune_releases(releases: ReleaseDirectory, *, keep: int, older_than: timedelta | None, wait: float) -> list[int]:
    """Remove old releases, but never the published one.

    Args:
        releases: the data directory.
        keep: number of latest releases to keep regardless of age; at least 1.
        older_than: minimum age of a release to remove; ``None`` for any age.
        wait: seconds to wait for another writer.

    Returns:
        The numbers of the removed releases.

    Raises:
        ProblemError: ``release-damaged`` or ``data-dir-damaged`` if the published release is damaged; ``writer-busy``.
    """
    with hold_writer_lock(releases.lock_path, wait=wait, purpose="prune"):
        releases.prepare()
        kept = releases.list()
        limit = datetime.now(UTC) - older_than if older_than else None
        obsolete = [
            release
            for release in kept[: max(0, len(kept) - max(keep, 1))]
            if limit is None or release.manifest.created < limit
        ]
        if obsolete:
            # If the published release is damaged, one of these may be the newest that can be served.
            releases.require_current().check()
        for release in obsolete:
            releases.remove(release)
        DumpDirectory(releases).sweep()
        return [release.number for release in obsolete]


def verify_release(release: Release) -> list[str]:
    """Check the files of a release against its manifest.

    Returns:
        One sentence per defect; empty if the release is intact.

    Raises:
        ProblemError: ``release-unreadable`` (503) if this process may not read it.
    """
    try:
        # A store with damaged files is not opened: that could end the process.
        digests = release.read_digests()
        damaged = list(find_damaged_files(release.path, digests)) if digests else []
        return damaged or list(_find_damage(release, release.open_store()))
    except (OSError, RuntimeError) as error:
        problem = release.make_read_problem(error, fault := f"the store cannot be read: {error}")
        if problem.slug == UNREADABLE:
            raise problem from None
        return [fault]
    except ProblemError as problem:
        if problem.slug == UNREADABLE:
            raise
        return [problem.detail]


def _find_damage(release: Release, store: Store) -> Iterator[str]:
    manifest = release.manifest
    stored = summarise_store(store, {})
    for name in sorted(manifest.graphs.keys() | stored.keys()):
        expected, actual = manifest.graphs.get(name), stored.get(name)
        if expected is None:
            yield f"{name} is in the store but not in the manifest"
        elif actual is None:
            yield f"{name} is in the manifest but not in the store"
        elif actual != expected:
            yield f"{name} differs from the manifest: {_describe(actual)} instead of {_describe(expected)}"
    union = count_triples(store, DefaultGraph())
    if union != manifest.triples:
        yield f"the union has {format_count(union, 'triple')} instead of {manifest.triples}"
    missing = sum(
        1
        for name in stored
        for quad in iter_graph_quads(store, NamedNode(name))
        if Quad(quad.subject, quad.predicate, quad.object, DefaultGraph()) not in store
    )
    if missing:
        yield f"{format_count(missing, 'triple')} of named graphs missing from the union"
    absent = sum(quad not in store for quad in read_written(release.written_path).forms)
    if absent:
        yield f"{release.written_path.name} lists {format_count(absent, 'triple')} that the store does not have"
    if release.asserted_path.is_dir():
        yield from _find_asserted_damage(release)
    for path in (release.search_path, release.report_path, release.shapes_path):
        if not path.is_file():
            yield f"{path.name} is missing"


def _find_asserted_damage(release: Release) -> Iterator[str]:
    """Yield the defects of the store without entailments."""
    store, stated = Store.read_only(str(release.asserted_path)), dict(release.manifest.graphs)
    derived = stated.pop(ENTAILED_GRAPH).triples
    if {graph.value: summarise_graph(store, graph.value) for graph in store.named_graphs()} != stated:
        yield f"the graphs of {ASSERTED} differ from the asserted graphs in the manifest"
    union, expected = count_triples(store, DefaultGraph()), release.manifest.triples - derived
    if union != expected:
        yield f"the union of {ASSERTED} has {format_count(union, 'triple')} instead of {expected}"


def _describe(summary: GraphSummary) -> str:
    return f"{format_count(summary.triples, 'triple')}, digest {summary.digest[:12]}"


def require_release(releases: ReleaseDirectory, number: int | None) -> Release:
    """Return the release with *number*, or the published release for ``None``.

    Raises:
        ProblemError: ``no-such-release`` or ``no-release``.
    """
    if number is not None and number < 1:
        raise ProblemError("no-such-release", "There is no such release", f"release {number}", status=404)
    return releases.require_current() if number is None else releases.get(number)
