"""The mix of queries: what portals ask of such an endpoint, each with parameters that vary.

*Hot* means that a few questions come again and again; *unique* that no question comes twice, so that no cache helps.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from benchmarks.data import Population
from jwpgraph.vocabulary import PREFIXES

Form = Literal["solutions", "graph"]

SOLUTIONS: Final = "application/sparql-results+json"
GRAPH: Final = "application/n-triples"

_USED: Final = ("jwp", "jwpid", "dcterms", "gbif", "skos", "tcs", "xsd")
_PROLOGUE: Final = "".join(f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in _USED)
#: Ranges are told of concepts of CITES.
_APPENDICES: Final = ("cites-i", "cites-ii", "cites-iii")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of query.

    Args:
        name: what tables call it.
        about: what a portal asks it for.
        template: the query, with names of parameters in double angle brackets.
        form: what it gives.
        ordered: whether the order of the answer is determined.
        lookup: whether it reads one thing by its IRI.
    """

    name: str
    about: str
    template: str
    form: Form = "solutions"
    ordered: bool = False
    lookup: bool = False

    @property
    def media_type(self) -> str:
        """What answers are asked for."""
        return SOLUTIONS if self.form == "solutions" else GRAPH


KINDS: Final = (
    Kind(
        "label",
        "what one thing is called (the cheapest query)",
        "SELECT ?label { <<taxon>> skos:prefLabel ?label }",
        lookup=True,
    ),
    Kind(
        "lookup", "all that is said of one taxon", "SELECT ?property ?value { <<taxon>> ?property ?value }", lookup=True
    ),
    Kind(
        "listing",
        "taxa of an Appendix that occur in a country, as listed by a day",
        """SELECT DISTINCT ?taxon ?name {
  ?range jwp:inPlace <<country>> ; jwp:ofTaxon ?taxon .
  ?event jwp:listedTaxon ?taxon ; jwp:appendix <<appendix>> ; jwp:effectiveOn ?day .
  ?taxon gbif:canonicalName ?name .
  FILTER (?day <= "<<day>>"^^xsd:date)
} ORDER BY ?name ?taxon""",
        ordered=True,
    ),
    Kind(
        "two treaties",
        "taxa of a country that both treaties list, with both Appendices",
        """SELECT DISTINCT ?name ?ours ?theirs {
  ?range jwp:inPlace <<country>> ; jwp:ofTaxon ?cites .
  ?alignment jwp:subjectTaxon ?cites ; jwp:objectTaxon ?cms .
  ?cites gbif:canonicalName ?name .
  ?listed jwp:listedTaxon ?cites ; jwp:appendix ?ours ; jwp:effectiveOn ?day .
  ?other jwp:listedTaxon ?cms ; jwp:appendix ?theirs .
  FILTER (?day <= "<<day>>"^^xsd:date)
}""",
    ),
    Kind(
        "aggregation",
        "listed taxa by Appendix and year up to a day",
        """SELECT ?appendix (COUNT(DISTINCT ?taxon) AS ?taxa) (MAX(?day) AS ?latest) {
  ?event jwp:appendix ?appendix ; jwp:listedTaxon ?taxon ; jwp:effectiveOn ?day .
  FILTER (?day <= "<<day>>"^^xsd:date)
} GROUP BY ?appendix""",
    ),
    Kind(
        "path",
        "all species below a family, and what they are called",
        """SELECT ?taxon ?name {
  ?taxon tcs:parentTaxonConcept+ <<family>> ; gbif:canonicalName ?name ; jwp:rank <<rank>> .
}""",
    ),
    Kind(
        "text",
        "taxa whose name holds some letters",
        """SELECT ?taxon ?name {
  ?taxon gbif:canonicalName ?name ; tcs:accordingTo <<taxonomy>> .
  FILTER (CONTAINS(LCASE(STR(?name)), "<<letters>>"))
}""",
    ),
    Kind(
        "latest",
        "the latest listings of a treaty before a day",
        """SELECT ?event ?day {
  ?event jwp:effectiveOn ?day ; jwp:designation <<treaty>> .
  FILTER (?day <= "<<day>>"^^xsd:date)
} ORDER BY DESC(?day) ?event LIMIT 20""",
        ordered=True,
    ),
    Kind(
        "construct",
        "the listing history of a taxon as a graph",
        """CONSTRUCT {
  ?event jwp:listedTaxon <<taxon>> ; jwp:appendix ?appendix ; jwp:effectiveOn ?day ; jwp:party ?party
} WHERE {
  ?event jwp:listedTaxon <<taxon>> ; jwp:appendix ?appendix ; jwp:effectiveOn ?day .
  OPTIONAL { ?event jwp:party ?party }
}""",
        form="graph",
        lookup=True,
    ),
    Kind("describe", "a description of a taxon", "DESCRIBE <<taxon>>", form="graph", lookup=True),
)


class Parameters:
    """Values for the parameters of the templates, drawn from what was generated.

    Args:
        population: what can be asked about.
        seed: another seed asks in another order.
    """

    def __init__(self, population: Population, seed: int) -> None:
        self._population = population
        self._rng = random.Random(seed)
        self._draw: dict[str, Callable[[], str]] = {
            "taxon": lambda: f"jwpid:taxon/cites/{self._rng.choice(population.species)}",
            "country": lambda: f"jwpid:country/{self._rng.choice(population.countries)}",
            "appendix": lambda: f"jwpid:appendix/{self._rng.choice(_APPENDICES)}",
            "family": lambda: f"jwpid:taxon/cites/{self._rng.choice(population.families)}",
            "rank": lambda: "jwpid:taxon-rank/species",
            "taxonomy": lambda: f"jwpid:taxonomy/{self._rng.choice(('cites', 'cms'))}",
            "treaty": lambda: f"jwpid:instrument/{self._rng.choice(('cites', 'cms'))}",
            "day": self._day,
            "letters": self._letters,
        }

    def fill(self, template: str) -> str:
        """Return *template* with a value for each of its parameters."""
        for name, draw in self._draw.items():
            mark = f"<<{name}>>"
            if mark in template:
                template = template.replace(mark, _absolute(draw()))
        return template

    def _day(self) -> str:
        return f"{self._rng.randint(1985, 2010)}-{self._rng.randint(1, 12):02}-{self._rng.randint(1, 28):02}"

    def _letters(self) -> str:
        name = self._rng.choice(self._population.names).lower().replace(" ", "")
        start = self._rng.randrange(max(1, len(name) - 5))
        return name[start : start + 5]


def hot(kind: Kind, population: Population, *, count: int = 8) -> list[str]:
    """Return the few queries of *kind* that are repeated."""
    parameters = Parameters(population, seed=7)
    return [_PROLOGUE + parameters.fill(kind.template) for _ in range(count)]


def unique(kind: Kind, population: Population, *, seed: int) -> Iterator[str]:
    """Questions of *kind* without end, no two of them alike.

    Parameters vary; a comment makes sure where they happen to come again.
    """
    parameters = Parameters(population, seed)
    for number in itertools.count():
        yield f"{_PROLOGUE}{parameters.fill(kind.template)} #{seed}.{number}"


def _absolute(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return f"<{PREFIXES[prefix]}{local}>" if colon else name
