"""Writes of single records: each is one release, and none overwrites a change that its author has not seen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pyoxigraph import Store

from jwpgraph.entities.app_context import AppContext
from jwpgraph.http.conditional_requests import parse_entity_tags
from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import KEY, KINDS, Record, RecordFault
from jwpgraph.programme.record_statements import (
    StoredRecord,
    get_records_graph,
    list_unknown_names,
    make_update,
    plan_removal,
    plan_replacement,
    read_stored_record,
    record_iri,
    state_record,
    suggest_key,
)
from jwpgraph.programme.record_validation import InvalidRecordError, R, validate_record
from jwpgraph.programme.references import (
    InvalidReferencesError,
    ReferenceIndex,
    confirm_iris,
    read_reference_index,
)
from jwpgraph.releases.changes import ReleaseWriter, SparqlUpdate
from jwpgraph.releases.release import Release
from jwpgraph.releases.requests import WriteRequest
from jwpgraph.sources.statements import expand_term
from jwpgraph.vocabulary import ID

#: How often a write is tried again because something else was written meanwhile.
_TRIES: Final = 6


@dataclass(frozen=True)
class WriteConditions:
    """Conditions and origin of a write of one record.

    Attributes:
        if_match: the If-Match header. Without it, no existing record is replaced or removed.
        author: the author for the release's manifest.
        message: the reason for the release's manifest.
        create: whether the record must not exist yet, since it is posted.
        none_match: the If-None-Match header.
        request: returns the request to store with the release, from the key of the record and whether it is new.
    """

    if_match: str | None = None
    author: str | None = None
    message: str = ""
    create: bool = False
    none_match: str | None = None
    request: Callable[[str, bool], WriteRequest | None] = lambda *_: None


@dataclass(frozen=True)
class WrittenRecord:
    """The outcome of a write."""

    key: str
    iri: str
    created: bool
    release: Release


class RecordWriter:
    """Writes records as releases.

    Args:
        site: where the served release is read.
        writer: turns changes into releases.
    """

    def __init__(self, site: AppContext, writer: ReleaseWriter) -> None:
        self._site = site
        self._writer = writer

    async def put(self, kind: str, key: str | None, record: Record, conditions: WriteConditions) -> WrittenRecord:
        """Create a record, or replace what its fields say.

        Args:
            kind: ``actions``, ``meetings``, ``proposals``, ``comments`` or ``progress``.
            key: its key; without one it gets one that is free, from its title.
            record: what it says.
            conditions: what the write depends on.

        Raises:
            ProblemError: ``invalid-record`` (422), ``record-exists`` (409 or, with If-None-Match, 412),
                ``record-changed`` (412), ``precondition-required`` (428), and as :meth:`ReleaseWriter.write`.
        """
        model = KINDS[kind]

        async def change(store: Store) -> tuple[str, bool, str]:
            chosen = key or _free_key(store, model, suggest_key(record))
            iri = record_iri(model, chosen)
            stored = read_stored_record(store, iri, model.class_iri())
            if stored is not None and conditions.create:
                raise ProblemError("record-exists", "The record exists already", chosen, status=409, id=iri)
            await self._check(conditions, iri, model, stored)
            stated = state_record(
                record, iri, await self._index(), await confirm_iris(self._site.queries.select, [record])
            )
            if stored is None and KEY.fullmatch(chosen) is None:
                raise make_invalid_record_problem("key", "lower-case letters, digits and hyphens are wanted", chosen)
            graph = stored.graph if stored else get_records_graph(kind)
            return chosen, stored is None, make_update(graph, *plan_replacement(model, stated, stored, store))

        try:
            return await self._write(model, kind, change, conditions, "Record")
        except InvalidReferencesError as error:
            raise make_faults_problem(error.faults) from None

    async def validate(self, model: type[R], given: object) -> R:
        """Return the record that *given* describes.

        Raises:
            ProblemError: ``invalid-record`` (422) with all invalid fields, and all names that are not in the graph.
        """
        try:
            return validate_record(model, given)
        except InvalidRecordError as error:
            raise make_faults_problem([*error.faults, *await self.list_unknown_names(error.valid_part)]) from None

    async def list_unknown_names(self, valid_part: Record) -> list[RecordFault]:
        """Return the faults of the names in the valid fields of a record."""
        confirmed = await confirm_iris(self._site.queries.select, [valid_part])
        return list_unknown_names(valid_part, valid_part.key or "", await self._index(), confirmed)

    async def delete(self, kind: str, key: str, conditions: WriteConditions) -> WrittenRecord:
        """Remove a record.

        Raises:
            ProblemError: ``not-found`` (404), ``record-changed`` (412), ``precondition-required`` (428),
                ``not-valid`` (422) where others name it.
        """
        model = KINDS[kind]
        iri = record_iri(model, key)

        async def change(store: Store) -> tuple[str, bool, str]:
            stored = read_stored_record(store, iri, model.class_iri())
            if stored is None:
                raise ProblemError("not-found", "Not found", f"No record {key!r}.", status=404)
            await self._check(conditions, iri, model, stored)
            return key, False, make_update(stored.graph, *plan_removal(model, iri, stored, store))

        return await self._write(model, kind, change, conditions, "Remove")

    async def _write(
        self,
        model: type[Record],
        kind: str,
        change: Callable[[Store], Awaitable[tuple[str, bool, str]]],
        conditions: WriteConditions,
        verb: str,
    ) -> WrittenRecord:
        for tried in range(1, _TRIES + 1):
            current = self._current()
            store = await asyncio.to_thread(current.open_store)
            key, created, update = await change(store)
            iri = record_iri(model, key)
            if not update:
                return WrittenRecord(key, iri, created, current)
            try:
                release = await self._writer.write(
                    SparqlUpdate(update),
                    author=conditions.author,
                    message=conditions.message or f"{verb} {kind}/{key}",
                    expected=current.number,
                    request=conditions.request(key, created),
                )
            except ProblemError as problem:
                if problem.slug == "release-moved" and tried < _TRIES:
                    continue
                if problem.slug == "not-valid":
                    name_field(problem, model, iri)
                raise
            return WrittenRecord(key, iri, created, release)
        raise AssertionError("unreachable")

    def _current(self) -> Release:
        release = self._site.served_release()
        if release is None:
            raise ProblemError("read-only", "This service is read-only", "It stores no releases.", status=403)
        return release

    async def read_stored(self, kind: str, key: str) -> tuple[StoredRecord | None, str]:
        """Return a record as the release being served has it, and the entity tag of the release."""
        current, model = self._current(), KINDS[kind]
        store = await asyncio.to_thread(current.open_store)
        return read_stored_record(store, record_iri(model, key), model.class_iri()), current.etag

    async def read_references(self) -> ReferenceIndex:
        """Return the index of what records may name."""
        return await self._index()

    async def _index(self) -> ReferenceIndex:
        return await self._site.once_per_release(
            "names in records", lambda: read_reference_index(self._site.queries.select)
        )

    async def _check(
        self, conditions: WriteConditions, iri: str, model: type[Record], stored: StoredRecord | None
    ) -> None:
        """Refuse a write that was made from another state of the record than the one that is there.

        If-Match comes before If-None-Match (RFC 9110, section 13.2.2), and an existing record needs it (RFC 6585,
        section 3).
        """
        if_match, none_match = conditions.if_match, conditions.none_match
        if if_match is not None and not await self._is_at(stored, if_match, iri, model):
            raise ProblemError(
                "record-changed",
                "The record has changed",
                "If-Match names another state of it than the one that is there; read it and try again.",
                status=412,
                headers={"ETag": self._current().etag},
                id=iri,
            )
        if stored is None:
            return
        if none_match is not None and await self._is_at(stored, none_match, iri, model, weakly=True):
            raise ProblemError("record-exists", "The record exists already", "If-None-Match", status=412, id=iri)
        if if_match is None:
            raise ProblemError(
                "precondition-required",
                "The state of the record is needed",
                "Send If-Match with the ETag of the record as you read it, so that no change of others is lost.",
                status=428,
                id=iri,
            )

    async def _is_at(
        self, stored: StoredRecord | None, condition: str, iri: str, model: type[Record], *, weakly: bool = False
    ) -> bool:
        """Return whether the entity tags of *condition* name the state of the record that is there."""
        if stored is None:
            return False
        if condition.strip() == "*":
            return True
        for weak, tag in parse_entity_tags(condition):
            seen = None if weak and not weakly else await asyncio.to_thread(self._state_at, tag.strip('"'), iri, model)
            if seen == stored.digest:
                return True
        return False

    def _state_at(self, tag: str, iri: str, model: type[Record]) -> str | None:
        """Return the digest of the record in the release with the entity tag *tag*, or one that begins with it."""
        for release in sorted(self._site.releases.list() if self._site.releases else (), key=lambda one: -one.number):
            own = release.etag.strip('"')
            if tag == own or tag.startswith(f"{own}-"):
                stored = read_stored_record(release.open_store(), iri, model.class_iri())
                return stored.digest if stored else None
        return None


def make_invalid_record_problem(field: str, reason: str, value: object = None) -> ProblemError:
    """Return the problem of a record that cannot be written, which names the field."""
    shown: dict[str, Any] = {} if value is None or isinstance(value, dict) else {"value": str(value)[:200]}
    return ProblemError(
        "invalid-record", "The record cannot be written", f"{field}: {reason}", status=422, field=field, **shown
    )


def make_faults_problem(faults: Sequence[RecordFault]) -> ProblemError:
    """Return the problem of a record with all its faults; ``field`` and ``value`` are those of the first."""
    first = faults[0]
    problem = make_invalid_record_problem(first.field, first.reason, first.value)
    problem.members["errors"] = [{"field": one.field, "reason": one.reason} for one in faults]
    return problem


def name_field(problem: ProblemError, model: type[Record], iri: str) -> None:
    """Add to the refusal of the gate the field of the record that breaks a shape, and the records that need it."""
    broken = [
        (group.get("message", ""), example)
        for group in problem.members.get("shapes", ())
        if group.get("severity") == "violation"
        for example in group.get("examples", ())
    ]
    fields = {f"<{expand_term(stated.predicate).value}>": name for name, stated in model.stated_fields().items()}
    for message, example in broken:
        field = fields.get(example.get("path", ""))
        if example.get("focus") == f"<{iri}>" and field:
            problem.members["field"] = field
            problem.detail = f"{field}: {example.get('message') or message}"
            return
    needing = sorted({example["focus"][1:-1] for _, example in broken if example.get("value") == f"<{iri}>"})
    if needing:
        problem.members["needed_by"] = needing
        problem.detail = f"{', '.join(one.removeprefix(ID) for one in needing[:5])} refers to it; nothing was published"


def _free_key(store: Store, model: type[Record], key: str) -> str:
    """Return *key*, or its first numbered variant that no record has."""
    candidate, number = key, 1
    while read_stored_record(store, record_iri(model, candidate), model.class_iri()) is not None:
        number += 1
        candidate = f"{key}-{number}"
    return candidate
