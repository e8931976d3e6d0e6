"""Work programmes for tests: a made-up one with all difficulties of a real layout, and its curated data.

The real document is not part of the project; tests that need it read it from ``JWPGRAPH_WORK_PROGRAMME``, or from a
folder ``shared/source`` beside the checkout.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

from jwpgraph.sources.text_files import SourceText, hash_text
from jwpgraph.sources.work_programme import WorkProgramme
from jwpgraph.sources.work_programme_curated import CuratedProgramme, read_curated_programme
from jwpgraph.sources.work_programme_parser import parse_work_programme
from jwpgraph.vocabulary import PREFIXES

SLUG = "lake-2031-2034"

TEXT = """
\x20
JOINT PLAN FOR THE LAKE 2031-2034\x20

Introduction:  The plan of 2031–2034 has three themes:\x20
(A) Names of fishes;\x20
(B) Shared waters; and\x20
(C) Money.\x20

(A) Names of fishes\x20

The theme is about what the fishes
are called.

Description of envisaged joint activities\x20

Lists that both offices\x20
keep\x20

A1. Keep one list of the fishes (with their local\x20
names), taking\u00a0into account what anglers say.\x20

\x20
(B) Shared waters\x20

Fishes to look after:\x20

 - Pike (Esox);\x20
 - Eels (Anguilla)\x20

The offices may do more than stands below.

Description of envisaged joint activities\x20

Pike\x20

B1 - Agree on a plan for the pike and, once agreed, carry it out along the regular exchange of angling\x20


12

\f
Description of envisaged joint activities
records, as well as the angler’s own well-
being. Both offices shall also help to
guard spawning grounds.\x20

Eels\x20

B2 Make the most of what the two offices and the EELS project can do, as appropriate\x20

\x20

Other waters\x20

B3 Share, as set out in
B1 and B2, what is known:\x20
  Maps of the shore;\x20
 - Depths, including those\x20

of the northern basin;\x20
 - Plans for the\x20

Lake Board 2031-2034 and its Harbour Office.\x20

B4 Review the pike plan in 2033, and in the case of a sudden\x20



\x20

Description of envisaged joint activities\x20
loss of reeds.\x20

(C) Money and how to find it (with help
from both banks)\x20

The offices look for money.\x20

.Description of envisaged joint activities\x20

\x20

C1: Ask the towns.\x20

\x20
"""


def _prefixes() -> str:
    return "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.items())


def _theme(letter: str, label: str, *others: str) -> str:
    more = "".join(f' ; skos:altLabel "{other}"@en' for other in others)
    return (
        f"<urn:theme:{letter}> a jwp:Theme ; dcterms:isPartOf jwpid:work-programme\\/{SLUG} ;"
        f' skos:notation "{letter}" ; skos:prefLabel "{label}"@en{more} .\n'
    )


def _heading(position: int, letter: str, label: str) -> str:
    return (
        f"<urn:heading:{position}> a jwp:Heading ; dcterms:isPartOf jwpid:work-programme\\/{SLUG} ;"
        f' skos:broader <urn:theme:{letter}> ; schema:position {position} ; skos:prefLabel "{label}"@en .\n'
    )


def _activity(position: int, code: str, heading: int | None, more: str = "") -> str:
    under = f" ; jwp:heading <urn:heading:{heading}>" if heading else ""
    return (
        f"<urn:activity:{code}> a jwp:Activity ; dcterms:isPartOf jwpid:work-programme\\/{SLUG} ;"
        f' skos:notation "{code}" ; jwp:theme <urn:theme:{code[0]}> ; schema:position {position}{under}{more} .\n'
    )


def _part(code: str, position: int, bullet: int) -> str:
    return (
        f"<urn:part:{code}:{position}> a jwp:ActivityPart ; dcterms:isPartOf <urn:activity:{code}> ;"
        f" schema:position {position} ; jwp:bullet {bullet} .\n"
    )


CURATED = (
    _prefixes()
    + f'jwpid:work-programme\\/{SLUG} a jwp:WorkProgramme ; skos:prefLabel "Plan for the lake"@en ;'
    + ' jwp:startYear "2031"^^xsd:gYear ; jwp:endYear "2034"^^xsd:gYear .\n'
    + _theme("A", "Names of fishes")
    + _theme("B", "Shared waters")
    + _theme("C", "Money", "Money and how to find it (with help from both banks)")
    + _heading(1, "A", "Lists that both offices keep")
    + _heading(2, "B", "Pike")
    + _heading(3, "B", "Eels")
    + _heading(4, "B", "Other waters")
    + _activity(1, "A1", 1, " ; jwp:numberOfItems 2")
    + _activity(2, "B1", 2)
    + _activity(3, "B2", 3)
    + _activity(4, "B3", 4, " ; jwp:numberOfItems 4")
    + _activity(5, "B4", 4, ' ; jwp:scheduledYear "2033"^^xsd:gYear')
    + _activity(6, "C1", None)
    + "".join(_part("B3", position, bullet) for position, bullet in [(1, 1), (2, 2), (3, 3), (4, 3)])
)


def source_text(text: str, name: str = "plan.txt") -> SourceText:
    return SourceText(name, text, hash_text(text))


@pytest.fixture
def text() -> str:
    return TEXT


@pytest.fixture
def parse() -> Callable[[str], WorkProgramme]:
    return lambda text: parse_work_programme(source_text(text))


@pytest.fixture
def data() -> Store:
    store = Store()
    store.load(CURATED.encode(), format=RdfFormat.TURTLE, to_graph=NamedNode("urn:curated"))
    return store


@pytest.fixture
def curated(data: Store) -> CuratedProgramme:
    return read_curated_programme(data, SLUG)


@pytest.fixture(scope="session")
def real_document() -> Path:
    beside = Path(__file__).resolve().parents[3] / "shared" / "source" / "jwp-2015-2020.txt"
    path = Path(os.environ.get("JWPGRAPH_WORK_PROGRAMME") or beside)
    if not path.is_file():
        pytest.skip("the work programme's text is not here; name it in JWPGRAPH_WORK_PROGRAMME")
    return path
