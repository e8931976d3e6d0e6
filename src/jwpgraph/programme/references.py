"""Resolution of the names in a record: codes, slugs, labels and IRIs of entities in the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

from jwpgraph.entities.iri_mapping import path_to_iris, quote_iri
from jwpgraph.programme.record_models import Record, RecordFault
from jwpgraph.query_execution.queries import SolutionRow
from jwpgraph.sources.statements import make_nearest_hint, make_slug, normalise_text
from jwpgraph.vocabulary import BASE, ID, JWP, PREFIX_LINES

Select = Callable[[str], Awaitable[Sequence[SolutionRow]]]

#: Kinds with many entities in a release: they are looked up individually.
_MANY: Final = frozenset({"taxon", "listing-event"})
_CLASSES: Final = {
    "activity": "Activity",
    "country": "Country",
    "region": "Region",
    "historic-area": "HistoricArea",
    "body": "Body",
    "programme": "Programme",
    "tool": "Tool",
    "instrument": "Instrument",
    "meeting": "Meeting",
    "meeting-kind": "MeetingKind",
    "source": "Source",
    "action": "Action",
    "proposal": "AmendmentProposal",
}
_NAMES_QUERY: Final = (
    PREFIX_LINES
    + "SELECT ?thing ?kind ?name ?label WHERE { VALUES (?class ?kind) { "
    + " ".join(f'(<{JWP}{name}> "{kind}")' for kind, name in _CLASSES.items())
    + f' (<{JWP}Convention> "instrument")'
    + """ } ?thing a ?class FILTER(isIRI(?thing))
    OPTIONAL { ?thing skos:notation|skos:prefLabel|skos:altLabel|jwp:isoAlpha3|jwp:m49Code ?name }
    OPTIONAL { ?thing skos:prefLabel ?label FILTER(LANG(?label) = "en") } }"""
)
_CONVENTIONS_QUERY: Final = f"""{PREFIX_LINES}SELECT ?meeting ?convention WHERE {{
  ?meeting a jwp:Meeting ; jwp:parentConvention ?convention }}"""


class UnknownReferenceError(Exception):
    """A name in a record that denotes no entity in the graph, or several.

    Args:
        field: the field that holds it.
        reason: why, in plain words.
        value: the name.
    """

    def __init__(self, field: str, reason: str, value: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.value = value


class InvalidReferencesError(Exception):
    """Raised when fields of a record name no entity of the graph, several, or one that does not fit.

    Args:
        faults: the fields, with the names.
    """

    def __init__(self, faults: Sequence[RecordFault]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.reason}" for one in faults))
        self.faults = faults


class ReferenceIndex:
    """Index of the entities that records can name, by all their names.

    Args:
        rows: the solutions of the query of :func:`read_reference_index`.
        conventions: the meetings and the Conventions whose meetings they are.
    """

    def __init__(self, rows: Iterable[SolutionRow], conventions: Iterable[SolutionRow] = ()) -> None:
        self._conventions: dict[str, set[str]] = defaultdict(set)
        for row in conventions:
            self._conventions[row["meeting"].value].add(row["convention"].value)
        self._iris: dict[str, set[str]] = defaultdict(set)
        self._names: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._labels: dict[str, str] = {}
        for row in rows:
            kind, iri = row["kind"].value, row["thing"].value
            self._iris[kind].add(iri)
            if "label" in row:
                self._labels[iri] = row["label"].value
            if "name" in row:
                self._names[kind][normalise_text(row["name"].value)].add(iri)

    def find(self, field: str, targets: Sequence[str], value: str) -> str:
        """Return the IRI of what *value* names, of one of the kinds *targets*.

        Raises:
            UnknownReferenceError: nothing is called that, or several things are.
        """
        found: set[str] = set()
        for kind in targets:
            candidates = [iri for iri in list_candidate_iris(kind, value) if iri in self._iris[kind]]
            if candidates:
                return candidates[0]
            found |= self._names[kind].get(normalise_text(value), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            choices = " or ".join(sorted(iri.removeprefix(ID).partition("/")[2] for iri in found))
            raise UnknownReferenceError(field, f"several things are called {value}: write {choices}", value)
        kinds = " or ".join(kind.replace("-", " ") for kind in targets)
        known = {iri.removeprefix(ID).partition("/")[2] for kind in targets for iri in self._iris[kind]}
        hint = make_nearest_hint(value, known)
        if "," in value or ";" in value:
            hint = "; several values are separated by a semicolon and a space, or by |"
        raise UnknownReferenceError(field, f"there is no {kinds} {value}{hint}", value)

    def get_label(self, kind: str, value: str) -> str:
        """Return the English name of what *value* names, an entity of that kind; *value* if it has none."""
        try:
            return self._labels.get(self.find("", (kind,), value), value)
        except UnknownReferenceError:
            return value

    def list_choices(self, kind: str) -> list[tuple[str, str]]:
        """Return the entities of a kind: the name that records use, and a name for readers."""
        titles = {iri: iri.removeprefix(f"{ID}{kind}/") for iri in self._iris[kind]}
        labels: dict[str, str] = {}
        for name, iris in self._names[kind].items():
            for iri in iris:
                labels[iri] = max(labels.get(iri, ""), name, key=len)
        return sorted((slug, labels.get(iri, slug)) for iri, slug in titles.items())

    def knows(self, kind: str, iri: str) -> bool:
        """Return whether *iri* is an entity of that kind."""
        return iri in self._iris[kind]

    def conventions_of(self, meeting: str) -> frozenset[str]:
        """Return the IRIs of the Conventions of a meeting; empty if none is recorded."""
        return frozenset(self._conventions.get(meeting, ()))

    def with_things(self, kind: str, iris: Iterable[str]) -> ReferenceIndex:
        """Return an index that also contains *iris*, which are entities of that kind."""
        index = ReferenceIndex(())
        index._conventions = self._conventions
        index._names, index._labels = self._names, self._labels
        index._iris = defaultdict(set, self._iris)
        index._iris[kind] = self._iris[kind].union(iris)
        return index


def list_candidate_iris(kind: str, value: str, treaty: str = "") -> tuple[str, ...]:
    """Return the IRIs that *value* may be for: an IRI, a path of this service, a slug, or a taxon's name."""
    if value.startswith(("http://", "https://")):
        return (value,)
    if value.startswith("/id/"):
        return path_to_iris(value)
    name = value.removeprefix(f"{kind}/")
    exact = path_to_iris(f"/id/{kind}/{name}")
    if kind == "country":
        return (*exact, f"{ID}country/{name.upper()}") if name.isascii() and name.isalpha() else exact
    if kind == "taxon" and treaty and "/" not in name:
        return (*exact, f"{ID}taxon/{treaty}/{make_slug(name)}")
    return exact


async def read_reference_index(select: Select) -> ReferenceIndex:
    """Return the index of what a release has, except for taxa and listing events."""
    return ReferenceIndex(await select(_NAMES_QUERY), await select(_CONVENTIONS_QUERY))


async def confirm_iris(select: Select, records: Iterable[Record]) -> set[str]:
    """Return which of the taxa and listing events that *records* may name are in the graph."""
    wanted = {
        iri
        for record in records
        for name, stated in record.stated_fields().items()
        if stated.form == "link" and stated.targets[0] in _MANY
        for value in getattr(record, name) or ()
        for iri in list_candidate_iris(stated.targets[0], value, get_treaty(record))
    }
    if not wanted:
        return set()
    values = " ".join(quote_iri(iri) for iri in sorted(wanted))
    rows = await select(
        f"{PREFIX_LINES}SELECT DISTINCT ?thing WHERE {{ VALUES ?thing {{ {values} }} "
        "VALUES ?class { jwp:TaxonConcept jwp:ListingEvent } ?thing a ?class }"
    )
    return {row["thing"].value for row in rows}


def get_treaty(record: Record) -> str:
    """Return the slug of the treaty of a proposal; empty for other records."""
    treaty = str(getattr(record, "treaty", "") or "")
    return treaty.removeprefix(BASE).removeprefix("/").removeprefix("id/").removeprefix("instrument/")


def is_many(kind: str) -> bool:
    """Return whether entities of that kind are looked up individually."""
    return kind in _MANY
