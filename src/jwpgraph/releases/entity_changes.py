"""The log of changes: entities created, updated and withdrawn in each release.

The log is one SQLite file, ``<data dir>/changes.sqlite``, separate from the releases, so that pruning does not lose
withdrawn entities. The holder of the writer's lock writes it before the release is published. Entries of a release that
was never published are overwritten by the next one; readers ignore entries after the published release.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Literal

from pyoxigraph import RdfFormat, Store, Triple, parse, serialize

from jwpgraph.durable_storage import make_storage_problem
from jwpgraph.problems import ProblemError
from jwpgraph.releases.database_file import create_database, find_fault, require_content, set_aside
from jwpgraph.releases.entity_descriptions import (
    EntityState,
    Node,
    list_affected_entities,
    read_all_entity_states,
    read_entity_state,
    read_statements_of,
)
from jwpgraph.releases.release import Release, ReleaseManifest

ChangeKind = Literal["created", "updated", "withdrawn"]

FILE: Final = "changes.sqlite"
_WAIT_SECONDS: Final = 30.0
_VERSION: Final = 1
#: Maximum number of entities changed at once whose earlier statements are stored.
_MOST_VERSIONS: Final = 50_000
_SCHEMA: Final = """
CREATE TABLE release (number INTEGER PRIMARY KEY, published TEXT NOT NULL, message TEXT NOT NULL);
CREATE TABLE change (
    sequence INTEGER PRIMARY KEY, release INTEGER NOT NULL REFERENCES release, iri TEXT NOT NULL,
    kind TEXT NOT NULL, digest BLOB, replaced_by TEXT, statements BLOB
);
CREATE UNIQUE INDEX change_of_entity ON change (iri, release);
CREATE INDEX change_of_release ON change (release, iri);
"""


def format_moment(moment: datetime) -> str:
    """Return a time in RFC 3339, in UTC with microseconds, so that alphabetical order is chronological order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class _Recorded:
    kind: ChangeKind
    digest: bytes | None
    replaced_by: str | None


class EntityChangeLog:
    """The log of one data directory, for its writer.

    Args:
        data_dir: ``JWPGRAPH_DATA_DIR``.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE

    def record(
        self,
        manifest: ReleaseManifest,
        store: Store,
        parent: Release | None,
        changed: Iterable[Node] | None = None,
        states: dict[str, EntityState] | None = None,
    ) -> None:
        """Record the changes of a release that is about to be published.

        If the parent is not recorded, as in a data directory of an earlier version, all changes since the last recorded
        release count as changes of this one.

        Args:
            manifest: of the release.
            store: its store.
            parent: the release before it.
            changed: the subjects of all statements that came or went since *parent*; ``None`` if they are not known.
            states: the states of all entities of *store*; ``None`` if they have not been read.

        Raises:
            ProblemError: ``changes-unavailable`` if the log cannot be written.
        """
        with self._writing() as db:
            _forget_from(db, manifest.number)
            before = parent.open_store() if parent is not None and _is_recorded(db, parent.manifest) else None
            if before is None and parent is not None:
                # Another release with the same number belongs to another history.
                _forget_from(db, 0 if _has_number(db, parent.number) else parent.number)
            if before is not None and changed is not None:
                affected = list_affected_entities((before, store), changed)
                then = {iri: known for iri in affected if (known := _read_recorded(db, iri)) is not None}
                now = {iri: state for iri in affected if (state := read_entity_state(store, iri)) is not None}
            else:
                then = _read_all_recorded(db)
                now = read_all_entity_states(store) if states is None else states
            compared = ((iri, _compare(then.get(iri), now.get(iri))) for iri in sorted(then.keys() | now.keys()))
            changes = {iri: change for iri, change in compared if change is not None}
            if before is not None and len(changes) <= _MOST_VERSIONS:
                _keep_statements(db, before, [iri for iri in changes if iri in then and then[iri].kind != "withdrawn"])
            release = (manifest.number, format_moment(manifest.created), manifest.message)
            db.execute("INSERT INTO release VALUES (?, ?, ?)", release)
            (last,) = db.execute("SELECT coalesce(max(sequence), 0) FROM change").fetchone()
            db.executemany(
                "INSERT INTO change (sequence, release, iri, kind, digest, replaced_by) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (last + place, manifest.number, iri, change.kind, change.digest, change.replaced_by)
                    for place, (iri, change) in enumerate(changes.items(), start=1)
                ),
            )

    def catch_up(self, release: Release) -> bool:
        """Record the published release if an earlier version made it and did not record it.

        Returns:
            Whether there was anything to do.

        Raises:
            ProblemError: ``changes-unavailable`` if the log cannot be written.
        """
        with self._writing() as db:
            if _is_recorded(db, release.manifest):
                return False
        self.record(release.manifest, release.open_store(), None)
        return True

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is committed at the end of the block, unless there is an error."""
        try:
            create_database(self.path, _SCHEMA, _VERSION)
            require_content(self.path)
            with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
                (version,) = db.execute("PRAGMA user_version").fetchone()
                if version != _VERSION:
                    raise make_unavailable_problem(self.path, f"it is of version {version}, and this is for {_VERSION}")
                yield db
                db.execute("COMMIT")
        except sqlite3.Error as error:
            full = make_storage_problem(error, self.path) if isinstance(error, sqlite3.OperationalError) else None
            raise full or make_unavailable_problem(self.path, str(error)) from None

    def set_damaged_aside(self) -> Path | None:
        """Rename the file if it is damaged, so that a new log can begin; return its new path.

        Raises:
            OSError: the file cannot be renamed.
        """
        try:
            fault = find_fault(self.path)
        except sqlite3.OperationalError:
            # A file that is locked or not readable at present may be intact.
            fault = "it is a folder" if self.path.is_dir() else None
        return set_aside(self.path) if fault else None


def make_unavailable_problem(path: Path, reason: str) -> ProblemError:
    """Return the problem for a log that cannot be read or written."""
    detail = f"{path.name}: {reason}. Moved away, a new one begins with the next release."
    return ProblemError("changes-unavailable", "The log of changes cannot be used", detail, status=500)


def unpack_statements(packed: bytes) -> list[Triple]:
    """Return the stored statements of an earlier state of an entity."""
    return [quad.triple for quad in parse(zlib.decompress(packed), format=RdfFormat.N_TRIPLES)]


def _forget_from(db: sqlite3.Connection, number: int) -> None:
    """Delete the entries of a release and of later ones."""
    db.execute("DELETE FROM change WHERE release >= ?", (number,))
    db.execute("DELETE FROM release WHERE number >= ?", (number,))


def _is_recorded(db: sqlite3.Connection, manifest: ReleaseManifest) -> bool:
    """Return whether the log ends with this release, not with another one of the same number."""
    last = db.execute("SELECT number, published FROM release ORDER BY number DESC LIMIT 1").fetchone()
    return bool(last == (manifest.number, format_moment(manifest.created)))


def _has_number(db: sqlite3.Connection, number: int) -> bool:
    return db.execute("SELECT 1 FROM release WHERE number = ?", (number,)).fetchone() is not None


def _read_recorded(db: sqlite3.Connection, iri: str) -> _Recorded | None:
    query = "SELECT kind, digest, replaced_by FROM change WHERE iri = ? ORDER BY release DESC LIMIT 1"
    row = db.execute(query, (iri,)).fetchone()
    return None if row is None else _Recorded(*row)


def _read_all_recorded(db: sqlite3.Connection) -> dict[str, _Recorded]:
    # The other columns are those of the row with the greatest number (SQLite, section "Bare columns in an aggregate").
    query = "SELECT iri, kind, digest, replaced_by, max(release) FROM change GROUP BY iri"
    return {iri: _Recorded(*state) for iri, *state, _ in db.execute(query)}


def _compare(then: _Recorded | None, now: EntityState | None) -> _Recorded | None:
    """Return the change of an entity to record; ``None`` if it has not changed."""
    if now is None:
        if then is None or then.digest is None:
            return None
        return _Recorded("withdrawn", None, then.replaced_by if then.kind == "withdrawn" else None)
    if then is not None and then.digest == now.digest:
        return None
    if now.given_up:
        return _Recorded("withdrawn", now.digest, now.replaced_by)
    is_new = then is None or then.kind == "withdrawn"
    return _Recorded("created" if is_new else "updated", now.digest, None)


def _keep_statements(db: sqlite3.Connection, before: Store, iris: Iterable[str]) -> None:
    """Store the previous statements of entities, with the change that introduced them."""
    for iri in iris:
        statements = serialize(read_statements_of(before, iri), format=RdfFormat.N_TRIPLES)
        assert statements is not None  # noqa: S101 - without an output it returns the bytes
        db.execute(
            "UPDATE change SET statements = ? WHERE sequence = (SELECT max(sequence) FROM change WHERE iri = ?)",
            (zlib.compress(statements, 9), iri),
        )
