"""Queries of the log of changes: changes between releases, and the last change of an entity."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from pyoxigraph import Triple

from jwpgraph.problems import ProblemError
from jwpgraph.releases.database_file import require_content
from jwpgraph.releases.entity_changes import (
    FILE,
    ChangeKind,
    format_moment,
    make_unavailable_problem,
    unpack_statements,
)

_WAIT_SECONDS: Final = 30.0
_COLUMNS: Final = "c.sequence, c.iri, c.kind, c.release, r.published, r.message, c.replaced_by"
_LATEST: Final = """NOT EXISTS (
    SELECT 1 FROM change n WHERE n.iri = c.iri AND n.release > c.release AND n.release <= :until)"""
_KIND_AT: Final = """(
    SELECT p.kind FROM change p WHERE p.iri = c.iri AND p.release <= :since ORDER BY p.release DESC LIMIT 1)"""
_DIGEST_AT: Final = _KIND_AT.replace("p.kind", "p.digest")


@dataclass(frozen=True, slots=True)
class EntityChange:
    """One change of one entity.

    Attributes:
        sequence: its place among all changes, from 1, without gaps.
        iri: the entity.
        kind: what happened to it.
        release: the release in which it happened.
        published: when that release was published.
        message: why that release was made.
        replaced_by: the IRI to use instead, where one was stated.
    """

    sequence: int
    iri: str
    kind: ChangeKind
    release: int
    published: datetime
    message: str
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class EntityVersion:
    """An entity from one change to the next.

    Attributes:
        published: when the release of the change was published.
        statements: what was stated of it; ``None`` if it is the last version, was withdrawn, or was not kept.
    """

    published: datetime
    statements: list[Triple] | None


@dataclass(frozen=True, slots=True)
class RecordedReleases:
    """The releases that the log covers."""

    first: int
    last: int
    published: datetime


class EntityChangeReader:
    """Reads the log of changes of one data directory.

    Every method raises ``changes-not-recorded`` (404) if there is no log, and ``changes-unavailable`` (500) if it
    cannot be read.

    Args:
        data_dir: ``JWPGRAPH_DATA_DIR``.
    """

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / FILE

    def releases(self, until: int) -> RecordedReleases:
        """Return the recorded releases up to *until*."""
        query = "SELECT min(number), max(number), max(published) FROM release WHERE number <= ?"
        with self._reading() as db:
            first, last, published = db.execute(query, (until,)).fetchone()
        if first is None:
            raise _make_not_recorded_problem(f"nothing is recorded up to release {until}")
        return RecordedReleases(first, last, datetime.fromisoformat(published))

    def release_at(self, moment: datetime, until: int) -> int:
        """Return the last recorded release published by *moment*; 0 before the first one."""
        query = "SELECT coalesce(max(number), 0) FROM release WHERE published <= ? AND number <= ?"
        with self._reading() as db:
            (number,) = db.execute(query, (format_moment(moment), until)).fetchone()
        return int(number)

    def list_changes(self, since: int, until: int, after: tuple[int, str], limit: int) -> list[EntityChange]:
        """Return the last change of each entity after one release and up to another, in order.

        Args:
            since: the release that the reader knows; 0 for none.
            until: the release to read up to.
            after: release and IRI of the last change that was read before.
            limit: how many are read at most.

        Returns:
            The changes by release and IRI. What *since* did not have is created, however often it changed afterwards.
        """
        query = f"""
SELECT {_COLUMNS}, {_KIND_AT} FROM change c JOIN release r ON r.number = c.release
WHERE c.release > :since AND c.release <= :until AND (c.release, c.iri) > (:release, :iri) AND {_LATEST}
ORDER BY c.release, c.iri LIMIT :limit"""  # noqa: S608 - made of constants
        values = {"since": since, "until": until, "release": after[0], "iri": after[1], "limit": limit}
        with self._reading() as db:
            rows = db.execute(query, values).fetchall()
        return [_make_change((*row[:2], _get_net_kind(row[2], row[-1]), *row[3:-1])) for row in rows]

    def count_changes(self, since: int, until: int) -> int:
        """Return the number of entities in :meth:`list_changes`."""
        query = "SELECT count(DISTINCT iri) FROM change WHERE release > ? AND release <= ?"
        with self._reading() as db:
            return int(db.execute(query, (since, until)).fetchone()[0])

    def list_events(self, first: int, last: int, until: int) -> list[EntityChange]:
        """Return the changes in a range of the sequence, up to a release; each change of an entity counts."""
        query = f"""
SELECT {_COLUMNS} FROM change c JOIN release r ON r.number = c.release
WHERE c.sequence BETWEEN ? AND ? AND c.release <= ? ORDER BY c.sequence"""  # noqa: S608 - made of constants
        with self._reading() as db:
            return [_make_change(row) for row in db.execute(query, (first, last, until))]

    def page_times(self, size: int, until: int) -> list[tuple[datetime, datetime]]:
        """Return the times of the first and the last change of each page of *size* events, up to a release."""
        query = """
SELECT min(r.published), max(r.published) FROM change c JOIN release r ON r.number = c.release
WHERE c.release <= ? GROUP BY (c.sequence - 1) / ? ORDER BY min(c.sequence)"""
        with self._reading() as db:
            rows = db.execute(query, (until, size)).fetchall()
        return [(datetime.fromisoformat(first), datetime.fromisoformat(last)) for first, last in rows]

    def count_events(self, until: int) -> int:
        """Return the number of changes up to a release."""
        query = "SELECT coalesce(max(sequence), 0) FROM change WHERE release <= ?"
        with self._reading() as db:
            return int(db.execute(query, (until,)).fetchone()[0])

    def last_change(self, iris: Sequence[str], until: int) -> EntityChange | None:
        """Return the last change of the first recorded one of *iris*; ``None`` if none is recorded."""
        query = f"""
SELECT {_COLUMNS} FROM change c JOIN release r ON r.number = c.release
WHERE c.iri = ? AND c.release <= ? ORDER BY c.release DESC LIMIT 1"""  # noqa: S608 - made of constants
        with self._reading() as db:
            for iri in iris:
                row = db.execute(query, (iri, until)).fetchone()
                if row is not None:
                    return _make_change(row)
        return None

    def list_lives(self, iris: Sequence[str], until: int) -> list[tuple[int, bool]]:
        """Return the releases in which the first recorded one of *iris* changed, and whether it exists since.

        The list is in order, and empty if none of them is recorded.
        """
        query = "SELECT release, kind FROM change WHERE iri = ? AND release <= ? ORDER BY release"
        with self._reading() as db:
            for iri in iris:
                rows = db.execute(query, (iri, until)).fetchall()
                if rows:
                    return [(number, kind != "withdrawn") for number, kind in rows]
        return []

    def last_changes(self, until: int, iris: Iterable[str] | None = None) -> Mapping[str, datetime]:
        """Return the time of the last change of each entity in a release.

        Args:
            until: number of the release.
            iris: the entities; None for all.
        """
        query = """
SELECT iri, published FROM (SELECT iri, kind, max(release) AS number FROM change WHERE %s release <= ? GROUP BY iri)
JOIN release USING (number) WHERE kind != 'withdrawn'"""
        with self._reading() as db:
            if iris is None:
                rows = db.execute(query % "", (until,)).fetchall()
            else:
                rows = [row for iri in iris for row in db.execute(query % "iri = ? AND", (iri, until))]
        moments = {text: datetime.fromisoformat(text) for text in {published for _, published in rows}}
        return {iri: moments[published] for iri, published in rows}

    def list_versions(self, iris: Sequence[str], until: int) -> Mapping[str, list[EntityVersion]]:
        """Return the versions of those *iris* that have several up to a release, the last one first."""
        query = """
SELECT iri, published, statements FROM change JOIN release ON number = release
WHERE iri = ? AND release <= ? ORDER BY release DESC"""
        several = "SELECT iri FROM change WHERE release <= ? GROUP BY iri HAVING count(*) > 1"
        found: dict[str, list[EntityVersion]] = {}
        with self._reading() as db:
            for iri in sorted({iri for (iri,) in db.execute(several, (until,))}.intersection(iris)):
                found[iri] = [
                    EntityVersion(datetime.fromisoformat(published), unpack_statements(packed) if packed else None)
                    for _, published, packed in db.execute(query, (iri, until))
                ]
        return found

    def list_differences(self, earlier: int, later: int) -> list[tuple[str, ChangeKind]]:
        """Return the entities in which two releases differ, with their net changes; reverted changes do not count."""
        query = f"""
SELECT c.iri, c.kind, c.digest, {_KIND_AT}, {_DIGEST_AT} FROM change c
WHERE c.release > :since AND c.release <= :until AND {_LATEST} ORDER BY c.iri"""  # noqa: S608 - made of constants
        with self._reading() as db:
            rows = db.execute(query, {"since": earlier, "until": later}).fetchall()
        return [
            (iri, _get_net_kind(kind, kind_before))
            for iri, kind, digest, kind_before, digest_before in rows
            if digest != digest_before and not (kind == "withdrawn" and kind_before in {None, "withdrawn"})
        ]

    def kept_statements(self, change: EntityChange) -> list[Triple] | None:
        """Return the statements of an entity after a change, if it has changed again since.

        Returns:
            ``None`` if it has not, or the statements were not kept.
        """
        query = "SELECT statements FROM change WHERE sequence = ?"
        with self._reading() as db:
            row = db.execute(query, (change.sequence,)).fetchone()
        return unpack_statements(row[0]) if row and row[0] is not None else None

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        if not os.path.lexists(self.path):
            raise _make_not_recorded_problem("this data directory has no log of changes yet")
        try:
            require_content(self.path)
            with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=_WAIT_SECONDS)) as db:
                yield db
        except sqlite3.Error as error:
            raise make_unavailable_problem(self.path, str(error)) from None


def _make_change(row: Sequence[object]) -> EntityChange:
    sequence, iri, kind, release, published, message, replaced_by = row
    moment = datetime.fromisoformat(str(published))
    return EntityChange(sequence, iri, kind, release, moment, message, replaced_by)  # type: ignore[arg-type]


def _get_net_kind(kind: ChangeKind, before: ChangeKind | None) -> ChangeKind:
    """Return the net change of an entity, given its last change and its previous state."""
    if kind == "withdrawn":
        return kind
    return "created" if before in {None, "withdrawn"} else "updated"


def _make_not_recorded_problem(detail: str) -> ProblemError:
    return ProblemError("changes-not-recorded", "Changes are not recorded here", detail, status=404)
