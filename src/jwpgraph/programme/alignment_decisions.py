"""Decisions of stewards on how a taxon concept of one treaty relates to one of the other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator
from pydantic import Field as ModelField
from pyoxigraph import Literal as RdfLiteral
from pyoxigraph import NamedNode, Store, Triple

from jwpgraph.problems import ProblemError
from jwpgraph.programme.record_models import Record, Stated
from jwpgraph.programme.record_statements import get_records_graph, make_update, state_record
from jwpgraph.programme.record_writer import (
    RecordWriter,
    WriteConditions,
    WrittenRecord,
    make_faults_problem,
    make_invalid_record_problem,
)
from jwpgraph.programme.references import InvalidReferencesError, confirm_iris
from jwpgraph.programme.values import Day, Line, Name, Names, Text, as_slug
from jwpgraph.sources.statements import expand_term, make_slug, make_typed_literal
from jwpgraph.vocabulary import ENTAILED_GRAPH, ID, make_entity_iri

_KIND: Final = "alignments"
_UNTIL: Final = expand_term("jwp:validUntil")
_JUSTIFICATION: Final = expand_term("jwp:mappingJustification")
_CURATED: Final = NamedNode("https://w3id.org/semapv/vocab/ManualMappingCuration")
_ENDS: Final = (expand_term("jwp:subjectConcept"), expand_term("jwp:objectConcept"))
#: The taxa of these concepts, which are derived.
_TAXA: Final = (expand_term("jwp:subjectTaxon"), expand_term("jwp:objectTaxon"))
_RELATION: Final = expand_term("jwp:alignmentRelation")
_WORDS: Final = {
    "congruent": "is congruent with",
    "includes": "includes",
    "is-included-in": "is included in",
    "overlaps": "overlaps with",
    "disjoint": "is disjoint from",
}


class AlignmentRecord(Record):
    """A decision on how two taxon concepts relate; the relation is read from the subject."""

    segment = "alignment"
    class_name = "Alignment"

    title: Annotated[Line | None, Stated("skos:prefLabel", "english")] = ModelField(  # type: ignore[assignment]
        None, description="What it is called; made from the rest where it is left out."
    )
    subject: Annotated[Names, Stated("jwp:subjectConcept", "link", ("taxon",))] = ModelField(
        min_length=1, max_length=1, description="The taxon from which the relation is read: cms/panthera-leo."
    )
    relation: Annotated[
        Literal["congruent", "includes", "is-included-in", "overlaps", "disjoint"],
        BeforeValidator(as_slug),
        Stated("jwp:alignmentRelation", "concept", ("alignment-relation",)),
    ] = ModelField(description="How the first taxon relates to the second.")
    object: Annotated[Names, Stated("jwp:objectConcept", "link", ("taxon",))] = ModelField(
        min_length=1, max_length=1, description="The other taxon: cites/panthera-leo."
    )
    comment: Annotated[Text, Stated("rdfs:comment", "english")] = ModelField(
        description="Why the relation holds, in English."
    )
    by: Annotated[Name, Stated("dcterms:creator", "link", ("body",))] = ModelField(
        description="The body that decides: cms-secretariat, cites-secretariat."
    )
    confidence: Annotated[Decimal | None, Stated("jwp:confidence", "decimal")] = ModelField(
        None, ge=0, le=1, description="How certain it is, from 0 to 1."
    )
    created: Annotated[Day | None, Stated("dcterms:created", "when")] = ModelField(
        None, description="The day of the decision; today where it is left out."
    )

    def named(self) -> Self:
        """Return this record with a title and a date."""
        names = [make_slug(one.rpartition("/")[2]).replace("-", " ").capitalize() for one in self.subject + self.object]
        title = self.title or f"{names[0]} {_WORDS[self.relation]} {names[-1]}"
        return self.model_copy(update={"title": title, "created": self.created or _get_today().isoformat()})


@dataclass(frozen=True, slots=True)
class StandingAlignment:
    """An alignment of two concepts that holds today.

    Attributes:
        iri: the alignment.
        graph: the named graph that has it.
        relation: the slug of the relation, read from its subject.
        subject: IRI of its subject.
    """

    iri: str
    graph: str
    relation: str
    subject: str


def list_standing_alignments(store: Store, one: str, other: str) -> list[StandingAlignment]:
    """Return the alignments of two concepts, in either direction, without a last day."""
    first, second = NamedNode(one), NamedNode(other)
    found = set()
    for subject, object_ in ((first, second), (second, first)):
        for node in _list_subjects(store, 0, subject) & _list_subjects(store, 1, object_):
            for quad in store.quads_for_pattern(node, _RELATION, None, None):
                graph = quad.graph_name
                if not isinstance(graph, NamedNode) or graph.value == ENTAILED_GRAPH:
                    continue
                if not any(True for _ in store.quads_for_pattern(node, _UNTIL, None, graph)):
                    relation = str(quad.object.value).rpartition("/")[2]  # type: ignore[union-attr]
                    found.add(StandingAlignment(node.value, graph.value, relation, subject.value))
    return sorted(found, key=lambda standing: standing.iri)


def _list_subjects(store: Store, end: int, taxon: NamedNode) -> set[NamedNode]:
    """Return the alignments one end of which, 0 or 1, is *taxon* or a dated version of it."""
    quads = [quad for name in (_ENDS[end], _TAXA[end]) for quad in store.quads_for_pattern(None, name, taxon, None)]
    return {quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}


class AlignmentWriter(RecordWriter):
    """Writes decisions as releases: what held before gets its last day, and is kept."""

    async def decide(self, record: AlignmentRecord, seen: frozenset[str], conditions: WriteConditions) -> WrittenRecord:
        """State how two concepts relate from today on.

        Args:
            record: the decision.
            seen: IRIs of the alignments of both that held when the steward decided.
            conditions: author and message.

        Raises:
            ProblemError: ``invalid-record`` (422), ``record-changed`` (412) if other alignments of both hold now, and
                as :meth:`ReleaseWriter.write`.
        """

        async def change(store: Store) -> tuple[str, bool, str]:
            index, confirmed = await self._index(), await confirm_iris(self._site.queries.select, [record])
            key = _free_key(store, record)
            stated = state_record(record, make_entity_iri(AlignmentRecord.segment, key), index, confirmed)
            ends = [
                triple.object.value
                for end in _ENDS
                for triple in stated.triples
                if triple.predicate == end and isinstance(triple.object, NamedNode)
            ]
            treaties = [iri.removeprefix(f"{ID}taxon/").partition("/")[0] for iri in ends]
            if sorted(treaties) != ["cites", "cms"]:
                raise make_invalid_record_problem("object", "a taxon of CMS and one of CITES are wanted", ends[-1])
            standing = list_standing_alignments(store, *ends)
            if {one.iri for one in standing} != seen:
                raise ProblemError(
                    "record-changed",
                    "The record has changed",
                    "Another decision on these two taxa has been recorded since you opened this page.",
                    status=412,
                )
            added = [
                *stated.triples,
                *stated.sources,
                Triple(NamedNode(stated.iri), _JUSTIFICATION, _CURATED),
                Triple(NamedNode(stated.iri), expand_term("jwp:validFrom"), _get_day(_get_today())),
            ]
            parts = [make_update(get_records_graph(_KIND), [], added)]
            last = _get_day(_get_today() - timedelta(days=1))
            parts += [make_update(one.graph, [], [Triple(NamedNode(one.iri), _UNTIL, last)]) for one in standing]
            return key, True, " ;\n".join(parts)

        try:
            return await self._write(AlignmentRecord, _KIND, change, conditions, "Record")
        except InvalidReferencesError as error:
            raise make_faults_problem(error.faults) from None


def _free_key(store: Store, record: AlignmentRecord) -> str:
    ends = dict.fromkeys(make_slug(one.rpartition("/")[2]) for one in record.subject + record.object)
    base = candidate = f"{'--'.join(ends)}-{_get_today().isoformat()}"
    number = 1
    while any(
        True for _ in store.quads_for_pattern(NamedNode(make_entity_iri("alignment", candidate)), None, None, None)
    ):
        number += 1
        candidate = f"{base}-{number}"
    return candidate


def _get_today() -> date:
    return datetime.now(UTC).date()


def _get_day(day: date) -> RdfLiteral:
    return make_typed_literal(day.isoformat(), "date")
