"""Data of the project's own shape in any amount: taxa in two taxonomies, their listings and ranges, and activities.

Nothing in it is true of any animal. It passes the shipped shapes on top of the shipped data, from which it takes
countries, Appendices, conventions and schemes. The same amount and seed give the same bytes on any machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from jwpgraph.vocabulary import ID, JWP, PREFIXES


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_COUNTRIES: Final = _words(
    "AF AO AR AU AZ BD BF BI BJ BO BR BT BW CA CD CF CG CI CL CM CN CO CR CU DE DZ EC EG ER ES ET FR GA GH GN GQ GR GT"
    " GW GY HN ID IN IQ IR IT JO JP KE KG KH KZ LA LK LR LS LY MA MG ML MM MN MR MW MX MY MZ NA NE NG NI NP NZ OM PA"
    " PE PG PH PK PL PT PY RU RW SA SD SL SN SO SV TD TG TH TJ TM TN TR TZ UA UG US UY UZ VE VN YE ZA ZM ZW"
)
_ORDERS: Final = 24
_SYLLABLES: Final = _words("ba ce di fo gu ha lo mi ne pa qui ra so te ur va xo ye zan tri phe lor mac nis cal dor")
_ENDINGS: Final = ("us", "a", "um", "is", "ensis", "oides", "ata", "icus", "ella", "ax")
_ADJECTIVES: Final = _words("Northern Southern Spotted Crowned Lesser Greater Dusky Golden Striped Red Snow River")
_NOUNS: Final = _words("antelope falcon turtle ray shark leopard crane bustard gazelle vulture dolphin sheep")
_STATUSES: Final = ("native", "native", "native", "native", "extinct", "reintroduced", "introduced", "uncertain")
_CATEGORIES: Final = ("lc", "nt", "vu", "en", "cr", "dd")
_RELATIONS: Final = ("congruent", "congruent", "congruent", "congruent", "includes", "is-included-in", "overlaps")
#: The first whole years of the conventions.
_FIRST_YEARS: Final = {"cites": 1976, "cms": 1984}
_APPENDICES: Final = {"cites": ("cites-ii", "cites-ii", "cites-i", "cites-iii"), "cms": ("cms-ii", "cms-i")}
_ACTIVITIES: Final = {"A": 2, "B": 20, "C": 6, "D": 5}
_FAMILIES_PER_PROGRAMME: Final = 12

_TYPE: Final = f"<{PREFIXES['rdf']}type>"
_XSD: Final = PREFIXES["xsd"]


@dataclass
class Population:
    """What was generated, for queries to ask about.

    Attributes:
        species: slugs of species; each is a concept of CITES.
        shared: those that CMS has, too.
        families: slugs of families; each is a concept of both taxonomies.
        countries: ISO codes.
        programmes: slugs of work programmes.
        names: scientific names of the species, in the order of *species*.
        triples: how many triples were written.
    """

    species: list[str] = field(default_factory=list)
    shared: list[str] = field(default_factory=list)
    families: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=lambda: list(_COUNTRIES))
    programmes: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    triples: int = 0


def write(path: Path, target: int, *, seed: int = 1) -> Population:
    """Write at least *target* triples to *path* as N-Triples.

    Args:
        path: the file to write.
        target: how many triples; the last family is completed, so that a few hundred more may come out.
        seed: another seed gives other data.

    Returns:
        What can be asked about.
    """
    population = Population()
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for lines in _batches(population, random.Random(seed)):
            population.triples += len(lines)
            out.write("".join(lines))
            if population.triples >= target:
                break
    return population


def _batches(population: Population, rng: random.Random) -> Iterator[list[str]]:
    """One family after another, without end; now and then a work programme."""
    orders = [_name(rng).capitalize() + "iformes" for _ in range(_ORDERS)]
    lines: list[str] = []
    for number, order in enumerate(orders):
        for taxonomy in ("cites", "cms"):
            lines += _concept(taxonomy, f"{order.lower()}-{number}", order, "order", None)
    yield lines
    while True:
        if len(population.families) % _FAMILIES_PER_PROGRAMME == 0:
            yield _programme(population, rng)
        number = rng.randrange(_ORDERS)
        yield _family(population, rng, f"{orders[number].lower()}-{number}")


def _family(population: Population, rng: random.Random, order: str) -> list[str]:
    lines: list[str] = []
    name = _name(rng).capitalize() + "idae"
    slug = f"{name.lower()}-{len(population.families)}"
    population.families.append(slug)
    for taxonomy in ("cites", "cms"):
        lines += _concept(taxonomy, slug, name, "family", order)
    for _ in range(rng.randint(1, 5)):
        genus = _name(rng).capitalize()
        genus_slug = f"{genus.lower()}-{len(population.species)}"
        for taxonomy in ("cites", "cms"):
            lines += _concept(taxonomy, genus_slug, genus, "genus", slug)
        for _ in range(rng.randint(1, 9)):
            lines += _species(population, rng, genus, genus_slug)
    return lines


def _species(population: Population, rng: random.Random, genus: str, parent: str) -> list[str]:
    name = f"{genus} {_name(rng)}{rng.choice(_ENDINGS)}"
    slug = f"{name.lower().replace(' ', '-')}-{len(population.species)}"
    author = f"({_name(rng).capitalize()}, {rng.randint(1758, 1990)})"
    common = f"{rng.choice(_ADJECTIVES)} {_name(rng)} {rng.choice(_NOUNS)}"
    population.species.append(slug)
    population.names.append(name)
    lines = _concept("cites", slug, name, "species", parent, common=common, author=author)
    cites = _thing("taxon", "cites", slug)
    lines += _synonym(rng, slug, name, author, cites)
    lines += _listings(rng, "cites", slug)
    for place in rng.sample(_COUNTRIES, min(len(_COUNTRIES), 1 + int(rng.expovariate(1 / 7)))):
        record = _thing("distribution", f"{slug}-{place}")
        lines += [
            _link(record, _TYPE, f"<{JWP}Distribution>"),
            _link(record, _own("ofTaxon"), cites),
            _link(record, _own("inPlace"), _thing("country", place)),
            _link(record, _own("distributionStatus"), _thing("distribution-status", rng.choice(_STATUSES))),
            *_sourced(record),
        ]
    assessment = _thing("red-list-assessment", slug)
    lines += [
        _link(assessment, _TYPE, f"<{JWP}RedListAssessment>"),
        _link(assessment, _own("ofTaxon"), cites),
        _link(assessment, _own("redListCategory"), _thing("red-list-category", rng.choice(_CATEGORIES))),
        _link(assessment, _own("assessedIn"), f'"{rng.randint(1996, 2024)}"^^<{_XSD}gYear>'),
        *_sourced(assessment),
    ]
    if rng.random() < 0.4:
        population.shared.append(slug)
        lines += _concept("cms", slug, name, "species", parent, common=common, author=author)
        lines += _listings(rng, "cms", slug)
        lines += _alignment(rng, slug)
    return lines


def _concept(
    taxonomy: str, slug: str, name: str, rank: str, parent: str | None, *, common: str = "", author: str = ""
) -> list[str]:
    concept = _thing("taxon", taxonomy, slug)
    lines = [
        _link(concept, _TYPE, f"<{JWP}TaxonConcept>"),
        _link(concept, _term("skos", "prefLabel"), f'"{name}"@la'),
        _link(concept, _term("gbif", "canonicalName"), f'"{name}"'),
        _link(concept, _term("dwc", "scientificName"), f'"{f"{name} {author}".strip()}"'),
        _link(concept, _own("rank"), _thing("taxon-rank", rank)),
        _link(concept, _term("tcs", "accordingTo"), _thing("taxonomy", taxonomy)),
    ]
    if parent:
        lines.append(_link(concept, _term("tcs", "parentTaxonConcept"), _thing("taxon", taxonomy, parent)))
    if common:
        lines.append(_link(concept, _term("skos", "prefLabel"), f'"{common}"@en'))
    if author:
        lines.append(_link(concept, _term("dwc", "scientificNameAuthorship"), f'"{author}"'))
    lines.append(_link(concept, _term("tcs", "taxonName"), _thing("taxon-name", slug)))
    lines += _sourced(concept)
    # Both taxonomies use the same name.
    return lines + _scientific_name(slug, name, author) if taxonomy == "cites" else lines


def _scientific_name(slug: str, name: str, author: str) -> list[str]:
    subject = _thing("taxon-name", slug)
    lines = [
        _link(subject, _TYPE, f"<{JWP}TaxonName>"),
        _link(subject, _term("skosxl", "literalForm"), f'"{name}"@la'),
        _link(subject, _term("tcs", "nameString"), f'"{name}"'),
        *_sourced(subject),
    ]
    if author:
        lines.append(_link(subject, _term("dwc", "scientificNameAuthorship"), f'"{author}"'))
    return lines


def _synonym(rng: random.Random, slug: str, name: str, author: str, concept: str) -> list[str]:
    if rng.random() >= 0.4:
        return []
    synonym = f"{_name(rng).capitalize()} {name.split()[1]}"
    lines = _scientific_name(f"{slug}-synonym", synonym, author)
    return [*lines, _link(concept, _term("tcs", "synonym"), _thing("taxon-name", f"{slug}-synonym"))]


def _listings(rng: random.Random, convention: str, slug: str) -> list[str]:
    lines: list[str] = []
    # No listing is older than its convention.
    year = max(rng.randint(1975, 1995), _FIRST_YEARS[convention])
    for number in range(rng.choice((1, 1, 2, 2, 3, 5))):
        event = _thing("listing-event", f"{convention}-{slug}-{number}")
        appendix = rng.choice(_APPENDICES[convention])
        day = f"{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
        lines += [
            _link(event, _TYPE, f"<{JWP}ListingEvent>"),
            _link(event, _own("listedTaxon"), _thing("taxon", convention, slug)),
            _link(event, _own("designation"), _thing("instrument", convention)),
            _link(event, _own("appendix"), _thing("appendix", appendix)),
            _link(
                event, _own("changeType"), _thing("listing-change-type", "deletion" if number % 3 == 1 else "addition")
            ),
            _link(event, _own("effectiveOn"), f'"{day}"^^<{_XSD}date>'),
            *_sourced(event),
        ]
        if appendix == "cites-iii":
            lines.append(_link(event, _own("party"), _thing("country", rng.choice(_COUNTRIES))))
        elif rng.random() < 0.3:
            places = rng.sample(_COUNTRIES, rng.randint(1, 4))
            lines += [_link(event, _own("populationIn"), _thing("country", place)) for place in places]
        year += rng.randint(2, 9)
    return lines


def _alignment(rng: random.Random, slug: str) -> list[str]:
    alignment = _thing("alignment", slug)
    return [
        _link(alignment, _TYPE, f"<{JWP}Alignment>"),
        _link(alignment, _own("subjectConcept"), _thing("taxon", "cites", slug)),
        _link(alignment, _own("alignmentRelation"), _thing("alignment-relation", rng.choice(_RELATIONS))),
        _link(alignment, _own("objectConcept"), _thing("taxon", "cms", slug)),
        _link(alignment, _term("dcterms", "creator"), _thing("body", "cites-secretariat")),
        _link(alignment, _term("dcterms", "created"), f'"{rng.randint(2010, 2024)}"^^<{_XSD}gYear>'),
        _link(alignment, _own("mappingJustification"), "<https://w3id.org/semapv/vocab/LexicalMatching>"),
        *_sourced(alignment),
    ]


def _programme(population: Population, rng: random.Random) -> list[str]:
    """Return the triples of a work programme as long as the real one, about species generated so far."""
    slug = f"benchmark-{len(population.programmes)}"
    population.programmes.append(slug)
    programme = _thing("work-programme", slug)
    lines = [
        _link(programme, _TYPE, f"<{JWP}WorkProgramme>"),
        _link(programme, _term("skos", "prefLabel"), f'"Work programme {slug}"@en'),
        _link(programme, _own("startYear"), f'"2015"^^<{_XSD}gYear>'),
        _link(programme, _own("endYear"), f'"2020"^^<{_XSD}gYear>'),
        _link(programme, _own("parentConvention"), _thing("instrument", "cites")),
        _link(programme, _term("jwp", "numberOfItems"), f'"{sum(_ACTIVITIES.values())}"^^<{_XSD}integer>'),
    ]
    position = 0
    for letter, count in _ACTIVITIES.items():
        theme = _thing("theme", slug, letter)
        lines += [
            _link(theme, _TYPE, f"<{JWP}Theme>"),
            _link(theme, _term("skos", "notation"), f'"{letter}"'),
            _link(theme, _term("skos", "prefLabel"), f'"Theme {letter} of {slug}"@en'),
            _link(theme, _term("skos", "inScheme"), _thing("scheme", "themes")),
            _link(theme, _term("skos", "topConceptOf"), _thing("scheme", "themes")),
        ]
        for number in range(1, count + 1):
            position += 1
            lines += _activity(population, rng, slug, f"{letter}{number}", theme, position)
    return lines


def _activity(
    population: Population, rng: random.Random, programme: str, code: str, theme: str, position: int
) -> list[str]:
    activity = _thing("activity", programme, code)
    taxa = rng.sample(population.species, min(3, len(population.species)))
    return [
        _link(activity, _TYPE, f"<{JWP}Activity>"),
        _link(activity, _term("skos", "notation"), f'"{code}"'),
        _link(activity, _term("skos", "prefLabel"), f'"Conserve the {_name(rng)} {rng.choice(_NOUNS)} together"@en'),
        _link(activity, _term("dcterms", "description"), f'"Activity {code} of {programme}, in words of our own."@en'),
        _link(activity, _term("dcterms", "isPartOf"), _thing("work-programme", programme)),
        _link(activity, _own("theme"), theme),
        _link(activity, _own("actionType"), _thing("action-type", "harmonize")),
        _link(activity, _own("involvesInstrument"), _thing("instrument", rng.choice(("cites", "cms")))),
        _link(activity, _term("schema", "position"), f'"{position}"^^<{_XSD}integer>'),
        *(_link(activity, _own("concernsTaxon"), _thing("taxon", "cites", taxon)) for taxon in taxa),
    ]


def _name(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4)))


def _sourced(subject: str) -> list[str]:
    return [
        _link(subject, _term("dcterms", "source"), _thing("source", "species-plus-2013")),
        _link(subject, _own("evidence"), _thing("evidence-level", "sourced")),
    ]


def _thing(*segments: str) -> str:
    return f"<{ID}{'/'.join(segments)}>"


def _own(name: str) -> str:
    return f"<{JWP}{name}>"


def _term(prefix: str, name: str) -> str:
    return f"<{PREFIXES[prefix]}{name}>"


def _link(subject: str, predicate: str, value: str) -> str:
    return f"{subject} {predicate} {value} .\n"
