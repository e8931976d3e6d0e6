"""A record as statements of the graph, and the update that writes them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from jwpgraph.programme.record_models import CommentRecord, ProgressRecord, ProposalRecord, Record, RecordFault, Stated
from jwpgraph.programme.references import (
    InvalidReferencesError,
    ReferenceIndex,
    UnknownReferenceError,
    get_treaty,
    is_many,
    list_candidate_iris,
)
from jwpgraph.sources.statements import expand_term, make_slug, make_typed_literal
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID, make_entity_iri, make_graph_iri

_DATATYPES: Final = {4: "gYear", 7: "gYearMonth", 10: "date"}
_TYPE: Final = expand_term("rdf:type")
_REVISION: Final = expand_term("prov:wasRevisionOf")
#: The datatypes of forms; that of a date depends on its length.
_XSD_OF_FORM: Final = {"when": "", "year": "gYear", "duration": "duration", "url": "anyURI"}
_LONGEST_KEY: Final = 90


@dataclass(frozen=True)
class StatedRecord:
    """A record as triples about its IRI, and about the sources that it names by address for the first time."""

    iri: str
    triples: tuple[Triple, ...]
    sources: tuple[Triple, ...] = ()


@dataclass(frozen=True)
class StoredRecord:
    """A record in a release: its named graph, and its triples there."""

    graph: str
    triples: frozenset[Triple]

    @property
    def digest(self) -> str:
        """Return the digest that identifies this state of the record."""
        lines = sorted(str(triple) for triple in self.triples)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def get_records_graph(kind: str) -> str:
    """Return the named graph that new records of *kind* (``actions``) go into."""
    return make_graph_iri(f"records/{kind}")


def record_iri(model: type[Record], key: str) -> str:
    """Return the IRI of the record with the key *key*."""
    return make_entity_iri(model.segment, *key.split("/"))


def suggest_key(record: Record) -> str:
    """Return a key for a record that was given none."""
    return make_slug(record.named().title)[:_LONGEST_KEY].strip("-")


def state_record(record: Record, iri: str, index: ReferenceIndex, confirmed: set[str]) -> StatedRecord:
    """Return *record* as statements about *iri*.

    Args:
        record: what a steward wrote.
        iri: the record's IRI.
        index: what records may name.
        confirmed: of the taxa and listing events that may be meant, those that are in the graph.

    Raises:
        InvalidReferencesError: fields name what is not in the graph.
    """
    stated, faults = _state_fields(_make_titled(record, index), iri, index, confirmed)
    if faults:
        raise InvalidReferencesError(faults)
    return stated


def _make_titled(record: Record, index: ReferenceIndex) -> Record:
    """Return the record with a title; a title made for a comment has the names of its proposal and its body."""
    if not isinstance(record, CommentRecord) or record.title:
        return record.named()
    named = {kind: index.get_label(kind, value) for kind, value in (("body", record.by), ("proposal", record.proposal))}
    title = record.model_copy(update={"by": named["body"], "proposal": named["proposal"]}).named().title
    return record.model_copy(update={"title": title})


def list_unknown_names(valid_part: Record, key: str, index: ReferenceIndex, confirmed: set[str]) -> list[RecordFault]:
    """Return the faults of the names in a record of which other fields are invalid.

    Args:
        valid_part: the valid fields (:class:`~jwpgraph.programme.record_validation.InvalidRecordError`).
        key: its key; empty if that is invalid, too.
        index, confirmed: as in :func:`state_record`.
    """
    return _state_fields(valid_part, record_iri(type(valid_part), key or "-"), index, confirmed)[1]


def _state_fields(
    record: Record, iri: str, index: ReferenceIndex, confirmed: set[str]
) -> tuple[StatedRecord, list[RecordFault]]:
    """Return the statements of the fields, and the faults of those that name what is not in the graph."""
    subject = NamedNode(iri)
    triples = [Triple(subject, _TYPE, NamedNode(record.class_iri()))]
    sources: list[Triple] = []
    faults: list[RecordFault] = []
    term: NamedNode | Literal
    for name, stated in record.stated_fields().items():
        if isinstance(record, ProposalRecord) and not record.treaty and {"taxon", "appendix"} & set(stated.targets):
            continue  # Without a treaty it is not known where to look for them.
        given = getattr(record, name)
        values = given if isinstance(given, list) else [] if given is None else [given]
        for value in values:
            try:
                if stated.form == "source":
                    term, described = _state_source(name, value, index)
                    sources += described
                else:
                    term = _get_term(record, name, stated, value, index, confirmed)
            except UnknownReferenceError as error:
                faults.append(RecordFault(error.field, error.reason, error.value))
                continue
            if term == subject:
                faults.append(RecordFault(name, "the record cannot name itself", str(value)))
            else:
                triples.append(Triple(subject, expand_term(stated.predicate), term))
    if isinstance(record, ProposalRecord) and not {"meeting", "treaty"} & {one.field for one in faults}:
        try:
            _require_meeting_of_treaty(record, triples, index)
        except UnknownReferenceError as error:
            faults.append(RecordFault(error.field, error.reason, error.value))
    return StatedRecord(iri, tuple(dict.fromkeys(triples)), tuple(sources)), faults


def _require_meeting_of_treaty(record: ProposalRecord, triples: Iterable[Triple], index: ReferenceIndex) -> None:
    """Refuse a proposal to a meeting that is known to be one of other Conventions only."""
    said = {triple.predicate: triple.object for triple in triples}
    meeting, treaty = said.get(expand_term("jwp:proposedTo")), said.get(expand_term("jwp:designation"))
    if isinstance(meeting, NamedNode) and isinstance(treaty, NamedNode):
        conventions = index.conventions_of(meeting.value)
        if conventions and treaty.value not in conventions:
            reason = f"{record.meeting} is no meeting of {get_treaty(record).upper()}"
            raise UnknownReferenceError("meeting", reason, record.meeting)


def _get_term(
    record: Record, name: str, stated: Stated, value: str | Decimal, index: ReferenceIndex, confirmed: set[str]
) -> NamedNode | Literal:
    if isinstance(value, Decimal):
        return make_typed_literal(f"{value.normalize():f}", "decimal")
    if stated.form == "english":
        return Literal(value, language="en")
    if stated.form in _XSD_OF_FORM:
        return make_typed_literal(value, _XSD_OF_FORM[stated.form] or _DATATYPES.get(len(value), "dateTime"))
    if stated.form == "string":
        return Literal(value)
    if stated.form == "concept":
        iri = make_entity_iri(stated.targets[0], value)
    elif stated.form == "appendix":
        iri = _find_appendix(name, value, get_treaty(record))
    else:
        iri = _find(record, name, stated, value, index, confirmed)
    return NamedNode(iri)


def _find_appendix(field: str, value: str, treaty: str) -> str:
    slug = value.strip().lower()
    slug = slug if "-" in slug else f"{treaty}-{slug}"
    known = {"cites": ("cites-i", "cites-ii", "cites-iii"), "cms": ("cms-i", "cms-ii")}.get(treaty, ())
    if slug not in known:
        numbers = ", ".join(one.rpartition("-")[2].upper() for one in known)
        raise UnknownReferenceError(field, f"there is no Appendix {value} of {treaty.upper()}; it has {numbers}", value)
    return make_entity_iri("appendix", slug)


def _find(record: Record, field: str, stated: Stated, value: str, index: ReferenceIndex, confirmed: set[str]) -> str:
    if not is_many(stated.targets[0]):
        return index.find(field, stated.targets, value)
    treaty = get_treaty(record)
    for iri in list_candidate_iris(stated.targets[0], value, treaty):
        if iri not in confirmed:
            continue
        if stated.targets[0] == "taxon" and treaty and not iri.startswith(f"{ID}taxon/{treaty}/"):
            raise UnknownReferenceError(field, f"{value} is no taxon of the taxonomy of {treaty.upper()}", value)
        return iri
    kind = stated.targets[0].replace("-", " ")
    of_treaty = f" in the taxonomy of {treaty.upper()}" if kind == "taxon" and treaty else ""
    raise UnknownReferenceError(field, f"there is no {kind} {value}{of_treaty}", value)


def _state_source(field: str, value: str, index: ReferenceIndex) -> tuple[NamedNode, list[Triple]]:
    """Return the IRI of the source that *value* names, and the description of an address that is no source yet."""
    if value.startswith(("http://", "https://")) and not index.knows("source", value):
        source = NamedNode(make_entity_iri("source", f"web-{hashlib.sha256(value.encode()).hexdigest()[:12]}"))
        if index.knows("source", source.value):
            return source, []
        try:
            address = NamedNode(value)
        except ValueError:
            raise UnknownReferenceError(field, "it is no address", value) from None
        said: dict[str, NamedNode | Literal] = {
            "rdf:type": expand_term("jwp:Source"),
            "skos:prefLabel": Literal(value, language="en"),
            "dcterms:bibliographicCitation": Literal(value),
            "schema:url": make_typed_literal(address.value, "anyURI"),
            "jwp:consultedOn": make_typed_literal(datetime.now(UTC).date().isoformat(), "date"),
        }
        return source, [Triple(source, expand_term(name), term) for name, term in said.items()]
    return NamedNode(index.find(field, ("source",), value)), []


def read_stored_record(store: Store, iri: str, class_iri: str) -> StoredRecord | None:
    """Return the record as *store* has it, or None when it has none of that class by that IRI."""
    graphs = [
        quad.graph_name.value
        for quad in store.quads_for_pattern(NamedNode(iri), _TYPE, NamedNode(class_iri), None)
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name.value != ENTAILED_GRAPH
    ]
    if not graphs:
        return None
    graph = min(graphs)
    quads: Iterable[Quad] = store.quads_for_pattern(NamedNode(iri), None, None, NamedNode(graph))
    return StoredRecord(graph, frozenset(quad.triple for quad in quads))


def list_replaced_triples(model: type[Record], stored: StoredRecord) -> list[Triple]:
    """Return the triples of a stored record that its fields state; all others are kept.

    Texts in other languages than English, and properties without a field, are not stated by a field.
    """
    fields = {expand_term(stated.predicate) for stated in model.stated_fields().values()}
    return [
        triple
        for triple in stored.triples
        if triple.predicate in fields
        and not (isinstance(triple.object, Literal) and triple.object.language not in {None, "en"})
    ]


def make_update(graph: str, removed: Iterable[Triple], added: Iterable[Triple]) -> str:
    """Return the SPARQL Update that deletes *removed* from *graph* and inserts *added*; empty if nothing changes."""
    old, new = set(removed), set(added)
    parts = []
    for word, triples in (("DELETE DATA", old - new), ("INSERT DATA", new - old)):
        if triples:
            lines = "\n".join(sorted(f"{triple} ." for triple in triples))
            parts.append(f"{word} {{ GRAPH <{graph}> {{\n{lines}\n}} }}")
    return " ;\n".join(parts)


def plan_replacement(
    model: type[Record], stated: StatedRecord, stored: StoredRecord | None, store: Store
) -> tuple[list[Triple], list[Triple]]:
    """Return the triples to delete from the record's graph and those to insert, so that it has the values of *stated*.

    A replaced judgement of progress remains as a separate version.
    """
    if stored is None:
        return [], [*stated.triples, *stated.sources]
    stated = _restore_joined_texts(model, stated, stored)
    added = [*stated.triples, *stated.sources]
    removed = [stated.triples[0], *list_replaced_triples(model, stored)]  # the first states the class, and remains
    if set(removed) == set(stated.triples):
        return removed, added
    if model is ProgressRecord:
        version, kept = _keep_version(stored, stated.iri, store)
        removed += [triple for triple in stored.triples if triple.predicate == _REVISION]
        added += [*kept, Triple(NamedNode(stated.iri), _REVISION, NamedNode(version))]
    return removed, added


def _restore_joined_texts(model: type[Record], stated: StatedRecord, stored: StoredRecord) -> StatedRecord:
    """Return *stated* with the stored texts in place of one that joins them, as forms and tables show several texts."""
    triples = list(stated.triples)
    for field in model.stated_fields().values():
        predicate = expand_term(field.predicate)
        texts = {
            triple: triple.object.value.split()
            for triple in list_replaced_triples(model, stored)
            if triple.predicate == predicate and isinstance(triple.object, Literal)
        }
        if field.form not in {"english", "string"} or len(texts) < 2:
            continue
        joined = [word for words in sorted(texts.values()) for word in words]
        for one in stated.triples:
            if one.predicate == predicate and isinstance(one.object, Literal) and one.object.value.split() == joined:
                triples.remove(one)
                triples += texts
    return replace(stated, triples=tuple(triples))


def plan_removal(
    model: type[Record], iri: str, stored: StoredRecord, store: Store
) -> tuple[list[Triple], list[Triple]]:
    """Return what to take out and what to put in so that the record is gone; of a judgement its versions stay."""
    return list(stored.triples), _keep_version(stored, iri, store)[1] if model is ProgressRecord else []


def _keep_version(stored: StoredRecord, iri: str, store: Store) -> tuple[str, list[Triple]]:
    """Return the IRI and the triples of the replaced version of *stored*, which is kept."""
    prefix = f"{iri}/version/"
    judgements = store.quads_for_pattern(None, _TYPE, NamedNode(ProgressRecord.class_iri()), NamedNode(stored.graph))
    numbers = [
        int(number)
        for quad in judgements
        if isinstance(quad.subject, NamedNode)
        and quad.subject.value.startswith(prefix)
        and (number := quad.subject.value.removeprefix(prefix)).isdecimal()
    ]
    version = NamedNode(f"{prefix}{max(numbers, default=0) + 1}")
    kept = [Triple(version, triple.predicate, triple.object) for triple in stored.triples]
    moment = make_typed_literal(datetime.now(UTC).replace(microsecond=0).isoformat(), "dateTime")
    return version.value, [*kept, Triple(version, expand_term("prov:invalidatedAtTime"), moment)]
