"""The release pipeline: change → clone → apply → union → entail → index → gate → seal → publish.

A candidate is built in a temporary folder. If the build fails or the process dies at any point, the last published
release stays current: publishing is one atomic rename of CURRENT, after all files of the release have been synced.
"""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from pyoxigraph import NamedNode, Store

from jwpgraph.durable_storage import report_storage_problems, write_or_link
from jwpgraph.problems import ProblemError
from jwpgraph.releases.asserted import make_asserted
from jwpgraph.releases.candidate import (
    SOFTWARE,
    Candidate,
    complete_candidate,
    count_union,
    digest_candidate,
    rebuild,
    update_incrementally,
    write_candidate,
)
from jwpgraph.releases.change_application import apply_exactly
from jwpgraph.releases.changes import (
    DeleteGraph,
    GraphChange,
    LoadGraphs,
    PostGraph,
    PutGraph,
    RestoreRelease,
    SparqlUpdate,
)
from jwpgraph.releases.contents import DatasetContents, plan_contents
from jwpgraph.releases.dataset_text import DatasetText, write_dataset_text
from jwpgraph.releases.delta import GraphDifference
from jwpgraph.releases.directory import ReleaseDirectory
from jwpgraph.releases.entity_changes import EntityChangeLog
from jwpgraph.releases.entity_descriptions import EntityState
from jwpgraph.releases.file_digests import MANIFEST, digest_files
from jwpgraph.releases.gate import Gate, GateRefusedError, GateVerdict, ParentValidation, ShapesGraph
from jwpgraph.releases.literal_notes import record_notes
from jwpgraph.releases.release import CompleteManifest, Release, ReleaseManifest
from jwpgraph.releases.requests import WriteRequest, write_request
from jwpgraph.releases.reserved import LEGACY_UNION
from jwpgraph.releases.rules import RuleSet
from jwpgraph.releases.sparql_update import read_update, run_operations
from jwpgraph.releases.store_names import ASSERTED, STORE
from jwpgraph.releases.term_length import check_terms
from jwpgraph.releases.text_index import build_text_index, update_text_index
from jwpgraph.releases.union import list_asserted_graphs
from jwpgraph.releases.worker_threads import WorkerThreads
from jwpgraph.releases.workspace import Workspace
from jwpgraph.releases.writer_lock import hold_writer_lock
from jwpgraph.releases.written_literals import WrittenLiterals, list_written_after, read_written

#: The stages in order. The progress callback is called with each as it begins, and with ``done`` at the end.
STAGES = ("clone", "apply", "union", "entail", "index", "gate", "seal", "publish")

_KINDS: dict[type, Literal["put", "post", "delete", "update", "load", "restore"]] = {
    PutGraph: "put",
    PostGraph: "post",
    DeleteGraph: "delete",
    SparqlUpdate: "update",
    LoadGraphs: "load",
    RestoreRelease: "restore",
}

BuildProgress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Builder:
    """Builds and publishes the releases of one data directory.

    Args:
        releases: the data directory.
        gate: the SHACL validation that a candidate must pass.
        shapes: the shapes graph.
        rules: the entailment rules.
        wait: seconds to wait for another writer.
        progress: called with the name of each stage as it begins (:data:`STAGES`).
    """

    releases: ReleaseDirectory
    gate: Gate
    shapes: ShapesGraph
    rules: RuleSet
    wait: float = 60.0
    progress: BuildProgress = lambda _: None

    def build(
        self,
        change: GraphChange,
        *,
        author: str | None = None,
        message: str = "",
        expected: int | None = None,
        shipped_digest: str | None = None,
        full: bool = False,
        request: WriteRequest | None = None,
    ) -> Release:
        """Build and publish the release that results from *change*.

        Args:
            change: the requested change.
            author: the author for the manifest.
            message: the reason for the manifest.
            expected: number of the release that the writer expects to be current (0: none).
            shipped_digest: digest of the shipped files, if the change loads them.
            full: whether to recompute entailments, text index and validation from scratch.
            request: the HTTP request that asked for the change.

        Raises:
            GateRefusedError: the candidate does not conform; the report is kept.
            ProblemError: ``release-damaged`` (500), ``release-moved`` (412), ``writer-busy`` (503), ``no-space`` (507),
                ``bad-rdf`` and other problems of the change.
        """
        with (
            report_storage_problems(self.releases.data_dir),
            hold_writer_lock(self.releases.lock_path, wait=self.wait, purpose=message or _KINDS[type(change)]),
        ):
            self.releases.prepare()
            parent = self._parent(change)
            _check_expected(parent, expected)
            staged = self.releases.stage()
            try:
                if request is not None:
                    write_request(staged, request)
                draft = _ReleaseDraft(_KINDS[type(change)], author, message, shipped_digest)
                release = self._build(change, parent, staged, draft, full=full)
            except BaseException as error:
                # The frames of the traceback keep the store open, and an open store continues to write files.
                traceback.clear_frames(error.__traceback__)
                shutil.rmtree(staged, ignore_errors=True)
                if parent is not None and isinstance(error, RuntimeError):
                    parent.check_files()
                raise
            self.progress("done")
            return release

    def _parent(self, change: GraphChange) -> Release | None:
        """Return the published release if it is intact; to restore an earlier one, that must be intact instead.

        The engine may read a damaged store without an error, and what it does not find would be lost. It does report
        damage of tables, the large ones of which would take seconds to read for each new process.

        Raises:
            ProblemError: ``release-damaged``, ``data-dir-damaged`` (500), ``no-such-release`` (404).
        """
        if not isinstance(change, RestoreRelease):
            parent = self.releases.current()
            if parent is not None:
                parent.check(large_tables=False)
            return parent
        self.releases.get(change.number).check()
        try:
            parent = self.releases.current()
            if parent is not None:
                parent.check()
        except ProblemError:
            # Restoring an earlier release is the remedy for a damaged one.
            return None
        return parent

    @contextmanager
    def dry_run(self, change: GraphChange) -> Iterator[tuple[Store, WrittenLiterals]]:
        """Build the candidate for *change* without publishing it.

        Yields:
            The store of the candidate, with entailments, and its literals as written.

        Raises:
            ProblemError: as :meth:`build`, without the gate's refusal.
        """
        with (
            report_storage_problems(self.releases.data_dir),
            hold_writer_lock(self.releases.lock_path, wait=self.wait, purpose="dry run"),
        ):
            self.releases.prepare()
            staged = self.releases.stage()
            try:
                candidate, _, written = self._candidate_with_literals(
                    change, self.releases.current(), staged, full=False
                )
                yield candidate.store, written
            finally:
                shutil.rmtree(staged, ignore_errors=True)

    def _build(
        self, change: GraphChange, parent: Release | None, staged: Path, draft: _ReleaseDraft, *, full: bool
    ) -> Release:
        number = self.releases.next_number()
        changes = EntityChangeLog(self.releases.data_dir)
        if isinstance(change, RestoreRelease):
            manifest = self._restore(self.releases.get(change.number), parent, staged, number, draft)
            changes.record(manifest, Store.read_only(str(staged / STORE)), parent)
        else:
            manifest, candidate, states = self._derive(change, parent, staged, number, draft, full=full)
            changes.record(manifest, candidate.store, parent, candidate.changed, states)
            del candidate
        self.progress("seal")
        # The store writes its last files when it is closed.
        known = (parent.path, parent.read_digests()) if parent else None
        complete = CompleteManifest(**dict(manifest), files=digest_files(staged, known))
        (staged / MANIFEST).write_text(complete.model_dump_json(indent=2) + "\n", "utf-8")
        release = self.releases.seal(staged, number)
        self.progress("publish")
        self.releases.publish(release)
        return release

    def _derive(
        self,
        change: GraphChange,
        parent: Release | None,
        staged: Path,
        number: int,
        draft: _ReleaseDraft,
        *,
        full: bool,
    ) -> tuple[ReleaseManifest, Candidate, dict[str, EntityState] | None]:
        """Make the candidate; return also the states of all entities, if they had to be read."""
        candidate, before, written = self._candidate_with_literals(change, parent, staged, full=full)
        for triple in candidate.difference.added if candidate.difference is not None else ():
            check_terms(triple, "the change")
        self.progress("index")
        with TemporaryDirectory(prefix="text-", dir=staged) as folder, WorkerThreads(3) as executor:
            # The engines of SHACL and of the store work without Python's lock.
            writing = executor.submit(write_candidate, candidate, staged / STORE)
            reading = executor.submit(_read_text, candidate, Path(folder), written)
            validation = executor.submit(self._validate, candidate, parent, before, written, reading, Path(folder))
            self._index(candidate, parent, staged / "search.sqlite")
            digests = digest_candidate(candidate, reading.result())
            self.progress("gate")
            verdict = validation.result()
            writing.result()
        self._keep_verdict(verdict, staged, parent, written)
        normalised = WrittenLiterals({q: w for q, w in written.forms.items() if before.forms.get(q) != w}).kinds()
        manifest = ReleaseManifest(
            number=number,
            parent=parent.number if parent else None,
            created=_get_next_time(parent),
            author=draft.author,
            message=draft.message,
            change=draft.kind,
            graphs=digests.summaries,
            triples=count_union(candidate, parent),
            shared_triples=candidate.shared,
            shapes_digest=self.shapes.digest,
            rules_digest=self.rules.digest,
            shipped_digest=draft.shipped_digest or (parent.manifest.shipped_digest if parent else None),
            normalised=normalised,
            software=SOFTWARE,
            conformance=verdict.conformance,
        )
        return manifest, candidate, digests.states

    def _can_update_from(self, parent: Release, store: Store | None) -> bool:
        """Return whether *parent* has the same software and rules, so that its entailments can be updated."""
        manifest = parent.manifest
        alike = manifest.software == SOFTWARE and manifest.rules_digest == self.rules.digest
        return alike and store is not None and not store.contains_named_graph(NamedNode(LEGACY_UNION))

    def _index(self, candidate: Candidate, parent: Release | None, path: Path) -> None:
        changed = candidate.difference
        updated = parent and changed and update_text_index(candidate.store, parent.search_path, path, changed.triples)
        if not updated:
            build_text_index(candidate.store, path)

    def _candidate(self, change: GraphChange, parent: Release | None, staged: Path, *, full: bool) -> Candidate:
        operations = read_update(change.text, change.base_iri) if isinstance(change, SparqlUpdate) else []
        self.progress("clone")
        path, asserted = staged / STORE, staged / ASSERTED
        before = _clone_store(parent, path)
        store = Store(str(path))
        self.progress("apply")
        carried = before if parent and not full and self._can_update_from(parent, before) else None
        if isinstance(change, SparqlUpdate):
            workspace = Workspace(store, self.rules, derived=carried is not None)
            run_operations(workspace, operations, change.base_iri)
            if workspace.delta is not None and parent and carried:
                self.progress("union")
                self.progress("entail")
                workspace.settle()
                return complete_candidate(store, carried, parent, workspace.delta, workspace.moved, asserted)
            store.flush()
            del store, workspace
            source: Store | None = Store.read_only(str(path.rename(staged / "changed")))
            contents, manifest = DatasetContents(_get_asserted_graph_names(source)), None
        else:
            if parent and carried:
                delta = apply_exactly(change, store, parent.manifest.graphs)
                if delta is not None:
                    return update_incrementally(store, carried, parent, delta, self.rules, asserted, self.progress)
            del store
            shutil.rmtree(path)
            source, manifest = before, parent.manifest if parent else None
            contents = plan_contents(change, _get_asserted_graph_names(source))
        candidate = rebuild(path, contents, source, manifest, self.rules, asserted, self.progress)
        shutil.rmtree(staged / "changed", ignore_errors=True)
        return candidate

    def _candidate_with_literals(
        self, change: GraphChange, parent: Release | None, staged: Path, *, full: bool
    ) -> tuple[Candidate, WrittenLiterals, WrittenLiterals]:
        """Return the candidate, the literals as written in the parent, and those as written in the candidate."""
        before = read_written(parent.written_path) if parent else WrittenLiterals()
        with record_notes(before.forms.keys()) as notes:
            candidate = self._candidate(change, parent, staged, full=full)
        return candidate, before, list_written_after(change, before, notes, candidate.store)

    def _validate(
        self,
        candidate: Candidate,
        parent: Release | None,
        before: WrittenLiterals,
        written: WrittenLiterals,
        reading: Future[DatasetText | None],
        folder: Path,
    ) -> GateVerdict:
        since = None
        if parent is not None and candidate.difference is not None:
            manifest = parent.manifest
            # For SHACL a triple has also changed if only the lexical form of its literal differs.
            changed = candidate.difference
            if before.forms or written.forms:
                then, now = before.objects(parent.open_store()), written.objects(candidate.store)
                rewritten = {triple for triple in then.keys() | now.keys() if then.get(triple) != now.get(triple)}
                changed = GraphDifference(changed.added | rewritten, changed.removed)
            since = ParentValidation(parent.report_path, manifest.conformance, manifest.shapes_digest, changed)

        def write_union() -> Path:
            return (reading.result() or write_dataset_text(candidate.store, folder, written)).path

        return self.gate(candidate.store, self.shapes, since, written, write_union)

    def _keep_verdict(
        self, verdict: GateVerdict, staged: Path, parent: Release | None, written: WrittenLiterals
    ) -> None:
        """Write what was validated, and with what result.

        Raises:
            GateRefusedError: the candidate does not conform.
        """
        if written.forms:
            earlier = parent.written_path if parent and parent.written_path.is_file() else None
            write_or_link(staged / "written.nq", written.text(), earlier)
        report = staged / "report.ttl"
        write_or_link(report, verdict.report, parent.report_path if parent else None)
        write_or_link(staged / "shapes.ttl", self.shapes.text, parent.shapes_path if parent else None)
        if not verdict.conformance.conforms:
            raise GateRefusedError.of(verdict, self.releases.keep_report(report))

    def _restore(
        self, earlier: Release, parent: Release | None, staged: Path, number: int, draft: _ReleaseDraft
    ) -> ReleaseManifest:
        """Copy an earlier release to a candidate with a new number, so that the history is kept (rollback)."""
        self.progress("clone")
        restored = _clone_store(earlier, staged / STORE)
        if earlier.asserted_path.is_dir():
            Store.read_only(str(earlier.asserted_path)).backup(str(staged / ASSERTED))
        if restored is not None and restored.contains_named_graph(NamedNode(LEGACY_UNION)):
            store = Store(str(staged / STORE))
            store.remove_graph(NamedNode(LEGACY_UNION))
            make_asserted(store, staged / ASSERTED)
            store.flush()
        for path in (earlier.search_path, earlier.report_path, earlier.shapes_path):
            shutil.copy2(path, staged / path.name)
        if earlier.written_path.is_file():
            shutil.copy2(earlier.written_path, staged / earlier.written_path.name)
        return earlier.manifest.model_copy(
            update={
                "number": number,
                "parent": parent.number if parent else None,
                "created": _get_next_time(parent),
                "author": draft.author,
                "message": draft.message,
                "change": "restore",
                "restores": earlier.number,
                "normalised": {},
            }
        )


@dataclass(frozen=True, slots=True)
class _ReleaseDraft:
    kind: Literal["put", "post", "delete", "update", "load", "restore"]
    author: str | None
    message: str
    shipped_digest: str | None


def _read_text(candidate: Candidate, folder: Path, written: WrittenLiterals) -> DatasetText | None:
    """Write the statements of the candidate to *folder* if all of them are to be validated and digested."""
    return write_dataset_text(candidate.store, folder, written) if candidate.difference is None else None


def _check_expected(parent: Release | None, expected: int | None) -> None:
    current = parent.number if parent else 0
    if expected is not None and expected != current:
        raise ProblemError(
            "release-moved",
            "Another release has been published",
            f"the change expects release {expected}, but release {current} is current; read it and try again",
            status=412,
            current=current,
        )


def _get_next_time(parent: Release | None) -> datetime:
    """Return the time of the next release, which is later than its parent's even if the clock was set back.

    Memento, feeds and the log of changes find releases by time.
    """
    now = datetime.now(UTC)
    return max(now, parent.manifest.created + timedelta(milliseconds=1)) if parent else now


def _get_asserted_graph_names(store: Store | None) -> set[str]:
    """Return the names of the asserted graphs; releases have no graphs named by blank nodes."""
    graphs = [] if store is None else list_asserted_graphs(store)
    return {graph.value for graph in graphs if isinstance(graph, NamedNode)}


def _clone_store(parent: Release | None, target: Path) -> Store | None:
    """Clone the parent's store by hard links and return the parent's store, opened read-only."""
    if parent is None:
        return None
    store = parent.open_store()
    store.backup(str(target))
    return store
