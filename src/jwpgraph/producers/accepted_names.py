"""Accepted names of the shipped taxa, one for each, and usages of all names.

Implements what TCS 2 requires of a taxon concept, exactly one ``tcs:taxonName``, and of a name, its ``tcs:nameString``.
Exports differ in brackets and spelling of authors, and some give none; the first author given takes precedence.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from pyoxigraph import Literal, NamedNode

from jwpgraph.producers.triples import StatedTriple
from jwpgraph.sources.species_plus.identifiers import make_name_iri
from jwpgraph.sources.species_plus.sorted_statements import expand_term
from jwpgraph.vocabulary import ID, PREFIXES, make_entity_iri

_TYPE: Final = expand_term("rdf:type")
_SOURCE: Final = expand_term("dcterms:source")
_AUTHOR: Final = expand_term("dwc:scientificNameAuthorship")
_FULL: Final = expand_term("dwc:scientificName")
_CANONICAL: Final = expand_term("gbif:canonicalName")
_LITERAL: Final = expand_term("skosxl:literalForm")
_STRING: Final = expand_term("tcs:nameString")
_NAME: Final = expand_term("tcs:taxonName")
_SYNONYM: Final = expand_term("tcs:synonym")
_OF: Final = expand_term("jwp:ofTaxon")
_USED: Final = expand_term("jwp:usedName")
_NAME_STATUS: Final = expand_term("jwp:nameStatus")
_DATES_KNOWN: Final = expand_term("jwp:datesKnown")
_BOUNDS: Final = frozenset({expand_term("jwp:validFrom"), expand_term("jwp:validUntil")})
_BOOLEAN: Final = NamedNode(PREFIXES["xsd"] + "boolean")
_STATUSES: Final = {_NAME: "accepted", _SYNONYM: "synonym"}

_Merged = dict[str, set[StatedTriple]]


def settle_names(merged: _Merged, layers: Iterable[Sequence[StatedTriple]], elsewhere: Iterable[StatedTriple]) -> None:
    """Leave each taxon one accepted name, and each name one author; state names of taxa without one.

    Args:
        merged: the statements to ship, by subject; changed in place.
        layers: the statements of all exports, in order of precedence.
        elsewhere: the statements of other shipped files, which take precedence and are not repeated.
    """
    fixed = list(elsewhere)
    ordered = [*fixed, *(one for layer in layers for one in layer)]
    authors: dict[str, str] = {}
    for one in ordered:
        if one.predicate == _AUTHOR:
            authors.setdefault(one.subject, one.object.value)
    for iri in [iri for iri in merged if iri.startswith(f"{ID}taxon-name/")]:
        _complete_name(iri, merged[iri], authors.get(iri, ""))
    offered: dict[str, list[str]] = defaultdict(list)
    canonical: dict[str, str] = {}
    for one in ordered:
        if one.predicate == _NAME:
            offered[one.subject].append(one.object.value)
        elif one.predicate == _CANONICAL:
            canonical.setdefault(one.subject, one.object.value)
    stated = {(one.subject, one.predicate) for one in fixed}
    described = {subject for subject, predicate in stated if predicate == _CANONICAL}
    sources = {one.subject: one.object for one in fixed if one.predicate == _SOURCE}
    for iri, name in sorted(canonical.items()):
        if iri.startswith(f"{ID}taxon/") and (iri in merged or iri in described):
            own = merged.setdefault(iri, set())
            source = next((one.object for one in sorted(own, key=str) if one.predicate == _SOURCE), sources.get(iri))
            named = _choose(name, offered[iri], authors, authors.get(iri, ""))
            if named not in merged:
                merged[named] = {
                    StatedTriple(named, _TYPE, NamedNode(expand_term("jwp:TaxonName"))),
                    StatedTriple(named, _LITERAL, Literal(name, language="la")),
                    StatedTriple(named, _STRING, Literal(name)),
                } | ({StatedTriple(named, _SOURCE, source)} if source else set())
            author = authors.get(named, "")
            own -= {one for one in own if one.predicate in (_NAME, _FULL, _AUTHOR)}
            values: dict[str, NamedNode | Literal] = {
                _NAME: NamedNode(named),
                _FULL: Literal(f"{name} {author}".strip()),
                _AUTHOR: Literal(author),
            }
            own |= {
                StatedTriple(iri, predicate, value)
                for predicate, value in values.items()
                if value.value and (iri, predicate) not in stated
            }


def _complete_name(iri: str, triples: set[StatedTriple], author: str) -> None:
    """Give a name its string, and the first author that an export gives."""
    literal = next(one.object.value for one in triples if one.predicate == _LITERAL)
    triples -= {one for one in triples if one.predicate in (_AUTHOR, _STRING)}
    triples.add(StatedTriple(iri, _STRING, Literal(literal)))
    if author:
        triples.add(StatedTriple(iri, _AUTHOR, Literal(author)))


def _choose(name: str, offered: Sequence[str], authors: dict[str, str], author: str) -> str:
    """Return the IRI of the name to accept: one of the stated author, the first with an author, or any."""
    own = make_name_iri(name, author)
    if own in offered and author:
        return own
    return next((one for one in offered if one in authors), offered[0] if offered else own)


def add_usages(merged: _Merged, elsewhere: Iterable[StatedTriple]) -> None:
    """State a usage for each accepted name and synonym of a taxon, and whether the dates of each usage are known.

    A usage rests on the sources that name and taxon have in common, or else on those of the name.

    Args:
        merged: the statements to ship, by subject; changed in place.
        elsewhere: the statements of other shipped files.
    """
    usages = [iri for iri in merged if iri.startswith(f"{ID}name-usage/")]
    known = set()
    for iri in usages:
        values = {one.predicate: one.object.value for one in merged[iri]}
        known.add((values[_OF], values[_USED]))
    everything = [*elsewhere, *(one for triples in merged.values() for one in triples)]
    sources: dict[str, set[NamedNode]] = defaultdict(set)
    for one in everything:
        if one.predicate == _SOURCE and isinstance(one.object, NamedNode):
            sources[one.subject].add(one.object)
    for one in everything:
        if one.predicate not in _STATUSES or not one.subject.startswith(f"{ID}taxon/"):
            continue
        if (one.subject, one.object.value) in known:
            continue
        taxonomy, slug = one.subject.removeprefix(f"{ID}taxon/").split("/", 1)
        name = one.object.value
        usage = make_entity_iri("name-usage", taxonomy, slug, name.rpartition("/")[2])
        rests_on = sources[one.subject] & sources[name] or sources[name] or sources[one.subject]
        merged[usage] = {
            StatedTriple(usage, _TYPE, NamedNode(expand_term("jwp:NameUsage"))),
            StatedTriple(usage, _OF, NamedNode(one.subject)),
            StatedTriple(usage, _USED, NamedNode(name)),
            StatedTriple(usage, _NAME_STATUS, NamedNode(make_entity_iri("name-status", _STATUSES[one.predicate]))),
            *(StatedTriple(usage, _SOURCE, source) for source in rests_on),
        }
        usages.append(usage)
    for iri in usages:
        dated = any(one.predicate in _BOUNDS for one in merged[iri])
        merged[iri] = {one for one in merged[iri] if one.predicate != _DATES_KNOWN}
        merged[iri].add(StatedTriple(iri, _DATES_KNOWN, Literal(str(dated).lower(), datatype=_BOOLEAN)))
