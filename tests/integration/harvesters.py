"""Harvesters that keep a copy of the graph over HTTP, and what their tests share."""

from __future__ import annotations

from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox

TOKEN = "a-token-for-tests"
BASE = "https://w3id.org/jwpgraph/"
ID = BASE + "id/"
ATOM, HISTORY = "{http://www.w3.org/2005/Atom}", "{http://purl.org/syndication/history/1.0}"
TOMBSTONES = "{http://purl.org/atompub/tombstones/1.0}"
TREE, LDES, AS = "https://w3id.org/tree#", "https://w3id.org/ldes#", "https://www.w3.org/ns/activitystreams#"
PREFIXES = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX jwp: <https://w3id.org/jwpgraph/ontology#>
"""
MODIFIED = "http://purl.org/dc/terms/modified"

Copy = dict[str, set[str]]


class ChangesHarvester:
    """Keeps a copy by ``/api/v1/changes``: what changed is fetched, what was withdrawn is dropped."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.release: str | None = None
        self.copy: Copy = {}

    def harvest(self) -> list[tuple[str, str]]:
        url: str | None = "/api/v1/changes?limit=3" + (f"&since={self.release}" if self.release else "")
        seen = []
        while url:
            page = self.client.get(url).raise_for_status().json()
            for item in page["items"]:
                seen.append((item["id"].removeprefix(ID), item["change"]))
                if item["change"] == "withdrawn":
                    self.copy.pop(item["id"], None)
                else:
                    data = self.client.get(item["data"], headers={"Accept": "application/n-triples"}).raise_for_status()
                    self.copy[item["id"]] = statements(
                        ox.parse(data.content, format=ox.RdfFormat.N_TRIPLES), item["id"]
                    )
            url = page["next"]
        self.release = str(page["release"])
        return seen


class StreamHarvester:
    """Keeps a copy by the event stream: follows relations, and processes no member twice."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.copy: Copy = {}
        self.members: set[str] = set()
        self.immutable: dict[str, bytes] = {}

    def harvest(self) -> None:
        waiting, visited, versions = ["/feeds/changes"], set(), []
        while waiting:
            url = urljoin(str(self.client.base_url), waiting.pop())
            if url in visited:
                continue
            visited.add(url)
            answer = self.client.get(url, headers={"Accept": "application/n-triples"}).raise_for_status()
            if "immutable" in answer.headers["cache-control"]:
                assert self.immutable.setdefault(url, answer.content) == answer.content
            page = ox.Store()
            page.load(answer.content, format=ox.RdfFormat.N_TRIPLES)
            waiting += [
                str(quad.object.value) for quad in page.quads_for_pattern(None, ox.NamedNode(TREE + "node"), None)
            ]
            (of_path,) = objects(page, None, LDES + "versionOfPath")
            (time_path,) = objects(page, None, LDES + "timestampPath")
            (deleted,) = objects(page, None, LDES + "versionDeleteObject")
            for quad in page.quads_for_pattern(None, ox.NamedNode(TREE + "member"), None):
                member = quad.object.value
                (entity,), (moment,) = objects(page, member, of_path), objects(page, member, time_path)
                versions.append((moment, member, entity, page, {of_path, time_path}, deleted))
        for _, member, entity, page, skipped, deleted in sorted(versions, key=lambda version: version[:3]):
            if member in self.members:
                continue
            self.members.add(member)
            if deleted in objects(page, member, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"):
                self.copy.pop(entity, None)
                continue
            quads = page.quads_for_pattern(ox.NamedNode(member), None, None)
            self.copy[entity] = {
                f"{quad.predicate} {quad.object}"
                for quad in quads
                if quad.predicate.value not in skipped and not isinstance(quad.object, ox.BlankNode)
            }


class FeedHarvester:
    """Keeps a copy by the Atom feed and its archives (RFC 5005, section 4): reads back to an archive that it has."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client
        self.archives: dict[str, list[tuple[str, str, bool]]] = {}
        self.read = 0

    def harvest(self) -> dict[str, tuple[str, bool]]:
        """Return when each entity changed last, and whether it was withdrawn then."""
        url, documents = "/feeds/changes.atom", []
        while url and url not in self.archives:
            feed = ET.fromstring(self.client.get(url).raise_for_status().content)
            self.read += 1
            links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
            assert urljoin(str(self.client.base_url), url) == links["self"]
            told = [
                (one.findtext(f"{ATOM}id"), one.findtext(f"{ATOM}updated"), False) for one in feed.iter(f"{ATOM}entry")
            ]
            told += [(one.get("ref"), one.get("when"), True) for one in feed.iter(f"{TOMBSTONES}deleted-entry")]
            documents.append(told)
            if feed.find(f"{HISTORY}archive") is not None:
                assert links["current"] == urljoin(str(self.client.base_url), "/feeds/changes.atom")
                self.archives[links["self"]] = told
            url = links.get("prev-archive")
        state: dict[str, tuple[str, bool]] = {}
        for told in [*self.archives.values(), *documents]:
            for iri, moment, withdrawn in told:
                state[iri] = max(state.get(iri, ("", False)), (moment, withdrawn))
        return state


def objects(store: ox.Store, subject: str | None, predicate: str) -> list[str]:
    node = ox.NamedNode(subject) if subject else None
    return [quad.object.value for quad in store.quads_for_pattern(node, ox.NamedNode(predicate), None)]


def statements(quads, iri: str) -> set[str]:
    """The statements about one thing but for blank nodes, which have no names, and the time of its change."""
    return {
        f"{quad.predicate} {quad.object}"
        for quad in quads
        if quad.subject.value == iri and quad.predicate.value != MODIFIED and not isinstance(quad.object, ox.BlankNode)
    }


def graph(client: httpx.Client) -> Copy:
    """What the endpoint says of every thing that is not given up."""
    query = (
        PREFIXES
        + f"""CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{ID}"))
        FILTER NOT EXISTS {{ ?s dcterms:isReplacedBy ?new }} FILTER NOT EXISTS {{ ?s owl:deprecated true }} }}"""
    )
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "application/n-triples"})
    about: dict[str, list[ox.Triple]] = {}
    for quad in ox.parse(answer.raise_for_status().content, format=ox.RdfFormat.N_TRIPLES):
        about.setdefault(quad.subject.value, []).append(quad)
    return {iri: statements(quads, iri) for iri, quads in about.items()}


def update(client: httpx.Client, text: str) -> int:
    headers = {"Content-Type": "application/sparql-update"}
    answer = client.post("/sparql", content=PREFIXES + text, headers=headers)
    assert answer.is_success, answer.text
    return int(answer.headers["x-release"])


def label(name: str, text: str) -> str:
    return f'<{ID}tool-note/{name}> skos:prefLabel "{text}"@en'


CHANGES = [
    "INSERT DATA { " + " . ".join(label(f"t{number}", f"Tool {number}") for number in range(8)) + " }",
    f"INSERT DATA {{ {label('t8', 'Tool 8')} ; skos:related <{ID}tool-note/t1> }}",
    f'INSERT DATA {{ <{ID}tool-note/t1> skos:altLabel "First"@en }}',
    f"DELETE WHERE {{ <{ID}tool-note/t2> ?p ?o }}",
    f'INSERT DATA {{ <{ID}tool-note/t3> skos:note [ skos:prefLabel "inside"@en ] }}',
    'DELETE { ?n skos:prefLabel "inside"@en } INSERT { ?n skos:prefLabel "changed"@en } '
    'WHERE { ?n skos:prefLabel "inside"@en }',
    f"INSERT DATA {{ <{ID}tool-note/t4> dcterms:isReplacedBy <{ID}tool-note/t5> }}",
    f"INSERT DATA {{ <{ID}tool-note/t6> owl:deprecated true }}",
    f"INSERT DATA {{ {label('t2', 'Tool 2 again')} }} ; DELETE WHERE {{ <{ID}tool-note/t7> ?p ?o }}",
    f'DELETE WHERE {{ <{ID}tool-note/t1> skos:altLabel ?o }} ; INSERT DATA {{ <{ID}tool-note/t1> skos:note "n"@en }}',
]
