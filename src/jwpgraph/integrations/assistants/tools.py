"""The tools, which return data of the service with sources and horizon, or say that the answer is unknown."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import Field

from jwpgraph.integrations.assistants.service_client import ServiceClient, ServiceProblemError
from jwpgraph.vocabulary import ID

Json = dict[str, Any]
Day = Annotated[str | None, Field(description="A day such as 2016-05-01; default: today (UTC).")]
Limit = Annotated[int, Field(ge=1, le=100, description="How many at most.")]
Offset = Annotated[int, Field(ge=0, description="How many to skip.")]
ReadRelease = Annotated[
    str | None, Field(max_length=40, description="Read this release; taken from next_arguments, so that pages agree.")
]
_API: Final = "/api/v1"
_CLOSEST: Final = 5
#: A taxon as stored queries name it, such as cites/saiga-tatarica.
_TAXON_SLUG: Final = re.compile("(?:cites|cms)/[a-z0-9-]+")

INSTRUCTIONS: Final = (
    "The CMS-CITES Joint Work Programme as a knowledge graph: activities, and the legal status of species under CITES "
    "and CMS by day and country. Every status has a horizon, the day until which the listings of a treaty are complete "
    "in this release. 'unknown' and 'not in this graph' are no 'no': do not turn them into one. Cite the sources that "
    "an answer has. A list that goes on has next_arguments: call the same tool with them."
)


class Tools:
    """The tools of one service.

    Args:
        service: client of the service.
    """

    def __init__(self, service: ServiceClient) -> None:
        self._service = service

    def all(self) -> Sequence[Callable[..., Awaitable[Json]]]:
        """Return the tools in the order in which they are listed."""
        return (
            self.legal_status,
            self.listings_by_country,
            self.search,
            self.lookup,
            self.activities,
            self.changes,
            self.stored_queries,
            self.run_stored_query,
            self.sparql,
        )

    async def legal_status(
        self,
        taxon: Annotated[str, Field(min_length=1, max_length=200, description="Its exact name, IRI or identifier.")],
        on: Day = None,
        country: Annotated[str | None, Field(description="Only its populations in this country: an ISO code.")] = None,
    ) -> Json:
        """Tell in which Appendices of CITES and CMS a taxon is on a day, with horizon, evidence and sources.

        The state of a treaty is listed, not listed, unknown, or not in this graph. A name is matched exactly; where
        nothing has it, or several taxa, the answer is known=false with what may have been meant.
        """
        found = await self._find_taxon(taxon)
        if isinstance(found, dict):
            return found
        document: Json = await self._service.read(f"{_API}/taxa/{quote(found)}/status", {"on": on, "country": country})
        treaties: list[Json] = document["treaties"]
        known = [one["state"] in {"listed", "not-listed", "not listed"} for one in treaties]
        return {
            "known": bool(known) and all(known),
            "summary": [_summarise(one, document["on"]) for one in treaties]
            + [sentence for one in treaties for sentence in _list_reservations(one, document["on"])],
            **document,
            "read_from": f"{_API}/taxa/{found}/status",
        }

    async def listings_by_country(
        self,
        country: Annotated[str, Field(min_length=1, max_length=100, description="Its ISO code or exact English name.")],
        treaty: Annotated[Literal["CITES", "CMS"] | None, Field(description="Only this treaty.")] = None,
        appendix: Annotated[Literal["I", "II", "III"] | None, Field(description="Only this Appendix.")] = None,
        on: Day = None,
        limit: Limit = 50,
        offset: Offset = 0,
        release: ReadRelease = None,
    ) -> Json:
        """List the taxa known from a country that CITES or CMS lists on a day.

        Ranges are recorded for a part of the listed taxa only: a taxon that is missing here may still occur.
        """
        document: Json = await self._service.read(
            f"{_API}/countries/{_quote_segment(country)}", {"on": on, "release": release}
        )
        groups = []
        for group in document["species"]:
            if treaty not in {None, group["treaty"]["label"]}:
                continue
            items = [one for one in group["items"] if appendix is None or appendix in one["appendices"]]
            groups.append({**group, "matching": len(items), "items": items[offset : offset + limit]})
        ranges = "; ".join(
            f"{one['treaty']['label']}: ranges are recorded for {one['ranges']['recorded']} of "
            f"{one['ranges']['listed']} listed taxa"
            for one in groups
        )
        following: Json = {}
        if any(one["matching"] > offset + limit for one in groups):
            chosen = {"country": country, "treaty": treaty, "appendix": appendix, "on": document["on"]}
            page = {"limit": limit, "offset": offset + limit, "release": str(document["release"])}
            following = {"next_arguments": {name: one for name, one in chosen.items() if one is not None} | page}
        return {
            "country": {"id": document["id"], "label": document.get("label")},
            "on": document["on"],
            "species": groups,
            "horizons": await self._read_horizons(),
            "completeness": f"{ranges}. A taxon that is missing may still occur in the country.",
            "release": document["release"],
            **following,
        }

    async def search(
        self,
        q: Annotated[str, Field(min_length=1, max_length=200, description="Words or a question.")],
        type: Annotated[str | None, Field(description="Only things of this type, such as taxon or activity.")] = None,
        lang: Annotated[str, Field(pattern="^[A-Za-z-]{2,35}$", description="Language of the labels.")] = "en",
        limit: Limit = 20,
        offset: Offset = 0,
        release: ReadRelease = None,
    ) -> Json:
        """Find things by their names; a question such as 'Is the saiga listed?' gets an answer where it is certain.

        Where answer is null, answer_reason says why: there is no certain answer, which is not a no.
        """
        page = {"limit": limit, "offset": offset, "release": release}
        found: Json = await self._service.read(f"{_API}/search", {"q": q, "type": type, "lang": lang, **page})
        return _add_next_arguments({name: value for name, value in found.items() if name != "facets"})

    async def lookup(
        self,
        id: Annotated[str, Field(min_length=1, max_length=2000, description="Such as Q30197, iso:KEN or an IRI.")],
    ) -> Json:
        """Look a thing up by an identifier of another database, a code or an IRI; exactly, never by likeness."""
        found: Json = await self._service.read(f"{_API}/lookup", {"id": id})
        return {"known": found["total"] > 0, **found}

    async def activities(
        self,
        q: Annotated[str | None, Field(max_length=200, description="Words that its texts contain.")] = None,
        theme: Annotated[str | None, Field(description="A theme of the programme, such as B.")] = None,
        species_group: Annotated[str | None, Field(description="A species group, such as saiga-antelope.")] = None,
        limit: Limit = 50,
        offset: Offset = 0,
        release: ReadRelease = None,
    ) -> Json:
        """List the activities of the CMS-CITES Joint Work Programme 2015-2020, with their summaries and sources."""
        page = {"limit": limit, "offset": offset, "release": release}
        found: Json = await self._service.read(
            f"{_API}/activities", {"q": q, "theme": theme, "species_group": species_group, **page}
        )
        return _add_next_arguments(found)

    async def changes(
        self,
        since: Annotated[str | None, Field(description="A release number or a time (RFC 3339); default: all.")] = None,
        limit: Limit = 50,
        after: Annotated[
            str | None, Field(max_length=2000, description="Start of the next page; taken from next_arguments.")
        ] = None,
        release: ReadRelease = None,
    ) -> Json:
        """List what was created, updated or withdrawn since a release or a time."""
        page = {"limit": limit, "after": after, "release": release}
        return _add_next_arguments(await self._service.read(f"{_API}/changes", {"since": since, **page}))

    async def stored_queries(self) -> Json:
        """List the stored queries with their questions and parameters, for run_stored_query."""
        found: Json = await self._service.read(f"{_API}/queries")
        kept = ("name", "question", "description", "parameters", "columns")
        return {"total": found["total"], "items": [{name: one[name] for name in kept} for one in found["items"]]}

    async def run_stored_query(
        self,
        name: Annotated[str, Field(pattern="^[a-z0-9-]{1,80}$", description="Its name.")],
        parameters: Annotated[dict[str, str] | None, Field(description="Its parameters by name.")] = None,
    ) -> Json:
        """Run a stored query; its parameters are checked and bound as terms."""
        found: Json = await self._service.read(f"{_API}/queries/{quote(name)}", parameters or {})
        following = _add_next_arguments(found).get("next_arguments")
        return found | ({"next_arguments": {"name": name, "parameters": following}} if following else {})

    async def sparql(
        self,
        query: Annotated[
            str, Field(min_length=1, max_length=100_000, description="SELECT, ASK, CONSTRUCT or DESCRIBE.")
        ],
    ) -> Json:
        """Run a SPARQL query that reads, with the guard and the limits of the public endpoint.

        An empty result says what is in this graph, not what is the case.
        """
        accept = "application/sparql-results+json, text/turtle;q=0.9"
        found = await self._service.read("/sparql", {"query": query}, accept)
        return {"result": found} if isinstance(found, dict) else {"turtle": found}

    async def _find_taxon(self, name: str) -> str | Json:
        """Return the slug of the only taxon with exactly this name, or a document with the reason why there is none."""
        slug = _TAXON_SLUG.fullmatch(name.strip())
        identified = await self._service.read(f"{_API}/lookup", {"id": f"{ID}taxon/{slug[0]}" if slug else name})
        taxa: list[str] = [one["id"] for one in identified["items"] if "/id/taxon/" in one["id"]]
        near: list[Json] = []
        if not taxa:
            near = await self._search_taxa(name)
            wanted = name.casefold().strip()
            taxa = [one["id"] for one in near if one["matched"].casefold() == wanted]
        slugs = sorted({iri.partition("/id/taxon/")[2] for iri in taxa})
        animals = {slug.partition("/")[2] for slug in slugs}
        if len(animals) == 1:
            # If concepts of both taxonomies have the name, the status of either covers both treaties.
            return slugs[0]
        reason = "several taxa have this name" if animals else "no taxon in this graph has exactly this name"
        several = [{"id": iri} for iri in sorted(set(taxa))]
        return {
            "known": False,
            "state": "unknown" if animals else "not in this graph",
            "reason": f"{name!r}: {reason}; this says nothing about its legal status",
            "candidates": several or [{"id": one["id"], "label": one["label"]} for one in near[:_CLOSEST]],
        }

    async def _search_taxa(self, words: str) -> list[Json]:
        """Return the taxa with similar names; none for a text without a word, such as an emoji."""
        try:
            found = await self._service.read(f"{_API}/search", {"q": words, "type": "taxon", "limit": 100})
        except ServiceProblemError as error:
            if error.problem.get("type", "").endswith("/bad-search"):
                return []
            raise
        items: list[Json] = found["items"]
        return items

    async def _read_horizons(self) -> list[Json]:
        rows = (await self._service.read("/sparql", {"query": _HORIZONS}, "application/sparql-results+json"))["results"]
        found: list[Json] = []
        for row in rows["bindings"]:
            scopes = row["scopes"]["value"].split() if "scopes" in row else []
            one: Json = {name: row[name]["value"] for name in ("treaty", "complete_until")}
            if scopes:
                # An import may have hundreds.
                one |= {"taxa": len(scopes)} | ({"scopes": scopes} if len(scopes) <= _MOST_SCOPES else {})
            found.append(one)
        return found


#: Maximum number of taxa that are named for one horizon.
_MOST_SCOPES: Final = 100
_HORIZONS: Final = """PREFIX jwp: <https://w3id.org/jwpgraph/ontology#>
SELECT ?treaty ?complete_until (GROUP_CONCAT(STR(?scope)) AS ?scopes) WHERE {
  ?horizon a jwp:ListingHorizon ; jwp:designation ?treaty ; jwp:completeUntil ?complete_until .
  OPTIONAL { ?horizon jwp:taxonGroup ?scope }
} GROUP BY ?horizon ?treaty ?complete_until ORDER BY ?treaty ?complete_until"""


def _quote_segment(text: str) -> str:
    """Return *text* as one segment of a path, which clients do not take for a step in it (RFC 3986, section 5.2.4)."""
    return quote(text, safe="") if text.strip(".") else text.replace(".", "%2E")


def _add_next_arguments(found: Json) -> Json:
    """Return *found* with the arguments that read its next page, if it has one."""
    if not found.get("next"):
        return found
    return found | {"next_arguments": dict(parse_qsl(urlsplit(found["next"]).query))}


def _summarise(treaty: Mapping[str, Any], day: str) -> str:
    """Return a sentence about the status under one treaty."""
    name, state, horizon = treaty["treaty"]["label"], treaty["state"], treaty["horizon"]
    until = horizon.get("complete_until")
    known_until = f"; the listings here are complete until {until}" if until else ""
    beyond = f", and {day} lies beyond that" if horizon.get("beyond") else ""
    appendices, possible = treaty["appendices"], treaty["possible_appendices"]
    if state == "listed" and appendices:
        also = [one for one in possible if one not in appendices]
        extra = f" and possibly {', '.join(also)}" if also else ""
        listed = " and ".join(f"{one}{_tell_doubt(treaty, one)}" for one in appendices)
        return f"{name}: listed in Appendix {listed}{extra} on {day}{known_until}{beyond}."
    if state == "listed":
        return f"{name}: listed; the Appendix depends on the population ({', '.join(possible)}){known_until}{beyond}."
    if state.replace("-", " ") == "not listed":
        return f"{name}: not listed on {day}{known_until}."
    if state == "unknown":
        may = f" (possibly Appendix {', '.join(possible)})" if possible else ""
        return f"{name}: it is not known whether it is listed on {day}{may}{known_until}{beyond}."
    return f"{name}: the taxon is not in this graph under this treaty; this does not say that it is not listed."


def _tell_doubt(treaty: Mapping[str, Any], number: str) -> str:
    """Return the level of evidence of an Appendix in brackets, if no source states any of its listings."""
    levels = {
        one["evidence"]["label"]
        for concept in treaty["concepts"]
        for one in concept["listings"]
        if one["certain"] and one["evidence"] and one["appendix"]["notation"] == number
    }
    return f" ({' or '.join(sorted(levels))})" if levels and "sourced" not in levels else ""


def _list_reservations(treaty: Mapping[str, Any], day: str) -> list[str]:
    """Return a sentence about each reservation for the requested country."""
    found = []
    for concept in treaty["concepts"]:
        for one in concept["reservations"]:
            if not one["by_country"]:
                continue
            released = (one["on_behalf_of"] or one["party"] or {}).get("label")
            number = (one["appendix"] or {}).get("notation")
            sure = "was in force" if one["certain"] else "may have been in force"
            found.append(
                f"{treaty['treaty']['label']}: a reservation {sure} on {day}; the listing in Appendix {number} "
                f"{'does' if one['certain'] else 'would'} not bind {released} then."
            )
    return found


def describe_problem(error: ServiceProblemError) -> str:
    """Return the message about an error for an assistant, with alternatives."""
    near = [str(one.get("label", one.get("id"))) for one in error.problem.get("near", ()) if isinstance(one, dict)]
    return f"{error} Similar: {', '.join(near)}." if near else str(error)
