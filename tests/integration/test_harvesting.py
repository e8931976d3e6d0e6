"""Copies kept by harvesters that speak HTTP only end identical to the graph after ten releases."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pyoxigraph as ox
import pyshacl
import pytest
import rdflib
import zstandard

from jwpgraph.linked_data.description_builder import expand

from .harvesters import (
    BASE,
    CHANGES,
    ID,
    PREFIXES,
    TOKEN,
    ChangesHarvester,
    FeedHarvester,
    StreamHarvester,
    graph,
    label,
    update,
)


@pytest.fixture(scope="module")
def history(serving_at, tmp_path_factory):
    """A service with ten releases, and harvesters that kept up with every one of them, or with none."""
    with serving_at(tmp_path_factory.mktemp("data"), "--empty") as served, served.client(token=TOKEN) as client:
        steady, streaming = ChangesHarvester(client), StreamHarvester(client)
        told = []
        for text in CHANGES:
            update(client, text)
            told.append(steady.harvest())
            streaming.harvest()
        yield client, steady, streaming, told


def test_a_copy_by_changes_is_identical(history) -> None:
    client, steady, _, told = history
    assert steady.copy == graph(client)
    # skos:related is symmetric: the other tool's document gets the entailed statement.
    assert told[1] == [("tool-note/t1", "updated"), ("tool-note/t8", "created")]
    assert told[2] == [("tool-note/t1", "updated")]
    assert told[3] == [("tool-note/t2", "withdrawn")]
    assert told[5] == [("tool-note/t3", "updated")]
    assert told[6] == [("tool-note/t4", "withdrawn")]
    assert told[8] == [("tool-note/t2", "created"), ("tool-note/t7", "withdrawn")]


def test_one_who_comes_late_ends_the_same(history) -> None:
    client, steady, streaming, _ = history
    late, late_stream = ChangesHarvester(client), StreamHarvester(client)
    late.harvest()
    late_stream.harvest()
    assert late.copy == steady.copy
    assert late_stream.copy == streaming.copy


def test_a_copy_by_the_event_stream_is_identical(history) -> None:
    client, _, streaming, _ = history
    assert streaming.copy == graph(client)


def test_pages_are_pinned_to_a_release(history) -> None:
    client = history[0]
    first = client.get("/api/v1/changes?limit=2").json()
    update(client, f"INSERT DATA {{ {label('t9', 'Tool 9')} }}")
    time.sleep(1)
    ids, url = [item["id"] for item in first["items"]], first["next"]
    while url:
        page = client.get(url).json()
        assert page["release"] == first["release"]
        ids += [item["id"] for item in page["items"]]
        url = page["next"]
    assert ID + "tool-note/t9" not in ids
    assert len(ids) == len(set(ids)) == first["total"]


def test_every_interface_agrees_on_what_is_withdrawn(history) -> None:
    client = history[0]
    changes = client.get("/api/v1/changes?limit=1000").json()["items"]
    sitemap = client.get("/sitemap.xml").text
    withdrawn = {item["id"]: item for item in changes if item["change"] == "withdrawn"}
    assert {iri.rpartition("/")[2] for iri in withdrawn} == {"t4", "t6", "t7"}
    for iri, item in withdrawn.items():
        path = iri.removeprefix(ID)
        assert path not in sitemap
        for view in ("id", "data", "doc"):
            answer = client.get(f"/{view}/{path}")
            if "replaced_by" in item:
                assert (answer.status_code, answer.headers["location"].endswith("/tool-note/t5")) == (301, True)
            else:
                assert answer.status_code == 410
                gone = answer.json()
                assert (gone["release"], gone["at"]) == (item["release"], item["at"])


def test_an_unrelated_release_changes_no_tag(history) -> None:
    client = history[0]
    url = "/data/tool-note/t5.ttl"
    before = client.get(url)
    number = update(client, f"INSERT DATA {{ {label('unrelated', 'Unrelated')} }}")
    time.sleep(1)
    after = client.get(url, headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 304
    assert after.headers["last-modified"] == before.headers["last-modified"]
    assert after.headers["x-release"] == str(number)
    update(client, f'INSERT DATA {{ <{ID}tool-note/t5> skos:note "related"@en }}')
    time.sleep(1)
    changed = client.get(url, headers={"If-None-Match": before.headers["etag"]})
    assert changed.status_code == 200
    assert "dcterms:modified" in changed.text


@pytest.mark.parametrize("since", ["abc", "-1", "99999", "2026-13-01T00:00:00Z", "2026-11-29", "1.5", "", "٣"])
def test_a_wrong_since_is_refused(history, since: str) -> None:
    answer = history[0].get("/api/v1/changes", params={"since": since})
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"] == "application/problem+json"


def test_since_may_be_a_time(history) -> None:
    client = history[0]
    items = client.get("/api/v1/changes?since=3&limit=1000").json()["items"]
    moment = client.get("/api/v1/releases/3").json()["created"]
    assert client.get("/api/v1/changes", params={"since": moment, "limit": 1000}).json()["items"] == items
    everything = client.get("/api/v1/changes", params={"since": "1999-12-31T23:59:59+14:00", "limit": 1000}).json()
    assert everything["since"] == 0


@pytest.mark.parametrize(
    ("release", "status"), [("3", 200), ("999", 404), ("0", 422), ("x", 422), ("-1", 422), ("", 422)]
)
def test_a_release_can_be_named(history, release: str, status: int) -> None:
    client = history[0]
    query = {"query": f"{PREFIXES} SELECT ?o {{ <{ID}tool-note/t2> skos:prefLabel ?o }}", "release": release}
    for url, parameters in (
        ("/sparql", query),
        ("/data/tool-note/t2.nt", {"release": release}),
        ("/api/v1/bodies", {"release": release}),
    ):
        answer = client.get(url, params=parameters)
        assert answer.status_code == status, url
        if status == 200:
            assert answer.headers["x-release"] == release
    assert client.post("/sparql", data=query).status_code == status
    assert client.get("/api/v1/bodies?release=3&release=3").status_code == 422
    if status == 200:
        assert "Tool 2 again" not in client.get("/data/tool-note/t2.nt", params={"release": release}).text
        assert "Tool 2 again" in client.get("/data/tool-note/t2.nt").text


def test_the_atom_feed_is_valid(history) -> None:
    answer = history[0].get("/feeds/changes.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    atom = "{http://www.w3.org/2005/Atom}"
    feed = ET.fromstring(answer.content)
    assert feed.tag == f"{atom}feed"
    # RFC 4287, section 4.1.1: exactly one id, title and updated; an author, since the entries have none.
    for name in ("id", "title", "updated", "author"):
        assert len(feed.findall(atom + name)) == 1
    entries = feed.findall(f"{atom}entry")
    for entry in entries:
        for name in ("id", "title", "updated"):
            assert len(entry.findall(atom + name)) == 1
        assert [link for link in entry.findall(f"{atom}link") if link.get("rel") == "alternate"]
    # Entries of one id differ in when they were updated.
    told = [(entry.findtext(f"{atom}id"), entry.findtext(f"{atom}updated")) for entry in entries]
    assert len(told) == len(set(told))
    gone = [entry.get("ref") for entry in feed.findall("{http://purl.org/atompub/tombstones/1.0}deleted-entry")]
    assert ID + "tool-note/t7" in gone


def test_the_atom_feed_is_read_to_its_end(serving_at, tmp_path: Path) -> None:
    with serving_at(tmp_path, "--empty") as served, served.client(token=TOKEN) as client:
        for first, last in ((0, 130), (130, 200)):
            update(
                client, "INSERT DATA { " + " . ".join(label(f"t{n}", f"Tool {n}") for n in range(first, last)) + " }"
            )
        feed = FeedHarvester(client)
        assert len(feed.harvest()) == 200
        assert (feed.read, len(feed.archives)) == (2, 1), "the feed has the changes of the second hundred"
        update(client, f"DELETE WHERE {{ <{ID}tool-note/t5> ?p ?o }} ; INSERT DATA {{ {label('t200', 'Tool 200')} }}")
        for harvester in (feed, FeedHarvester(client)):
            told = harvester.harvest()
            listed = client.get("/api/v1/changes?limit=1000").json()["items"]
            assert told == {one["id"]: (one["at"], one["change"] == "withdrawn") for one in listed}
        assert feed.read == 4, "of the archives only the new one is read"
        kept = client.get("/feeds/changes.atom?archive=1")
        assert kept.headers.get("link") is None
        assert client.get("/feeds/changes.atom").links["prev-archive"]["url"].endswith("?archive=2")
        statuses = [client.get(f"/feeds/changes.atom?archive={number}").status_code for number in ("3", "0", "x")]
        assert statuses == [404, 422, 422]


def test_the_difference_of_two_releases(history) -> None:
    client = history[0]
    forth = client.get("/api/v1/releases/3...5").json()
    (first, second) = forth["items"]
    assert (first["id"], first["change"]) == (ID + "tool-note/t1", "updated")
    assert first["removed"] == []
    assert [line for line in first["added"] if '"First"@en' in line] == first["added"]
    assert (second["id"], second["change"], second["added"]) == (ID + "tool-note/t2", "withdrawn", [])
    assert (forth["total"], forth["created"], forth["updated"], forth["withdrawn"]) == (2, 0, 1, 1)
    back = client.get("/api/v1/releases/5...3").json()
    assert [(one["id"], one["change"]) for one in back["items"]] == [
        (ID + "tool-note/t1", "updated"),
        (ID + "tool-note/t2", "created"),
    ]
    assert back["items"][0]["removed"] == first["added"]
    assert client.get("/api/v1/releases/4...4").json()["items"] == []
    pages = client.get("/api/v1/releases/1...5?limit=3").json()
    assert len(pages["items"]) == 3
    assert client.get(pages["next"]).json()["offset"] == 3


@pytest.mark.parametrize("numbers", ["0...2", "1...999", "a...2", "1...", "1..2"])
def test_a_difference_of_what_is_not_there_is_refused(history, numbers: str) -> None:
    assert history[0].get(f"/api/v1/releases/{numbers}").status_code in {400, 404, 422}


def test_an_rdf_patch_turns_one_release_into_the_other(history) -> None:
    client = history[0]
    answer = client.get("/api/v1/releases/2...9", headers={"Accept": "application/rdf-patch"})
    assert answer.headers["content-type"] == "application/rdf-patch"
    lines = answer.text.splitlines()
    assert (lines[0], lines[-1]) == ("TX .", "TC .")
    assert {line[:2] for line in lines[1:-1]} <= {"A ", "D "}

    def dump(number: int) -> set[str]:
        packed = client.get(f"/releases/{number}/dump.nq.gz").raise_for_status().content
        return {line for line in gzip.decompress(packed).decode().splitlines() if "graph/entailed" not in line}

    patched = dump(2)
    for line in lines[1:-1]:
        operation, quad = line[:1], line[2:]
        assert (quad in patched) == (operation == "D")
        patched = patched - {quad} if operation == "D" else patched | {quad}
    assert patched == dump(9)


def test_dumps_are_whole_and_can_be_resumed(history) -> None:
    client = history[0]
    sums = dict(line.split("  ")[::-1] for line in client.get("/releases/5/SHA256SUMS").text.splitlines())
    whole_names = {f"dump.{form}.{coding}" for form in ("nq", "trig") for coding in ("gz", "zst")}
    graphs = client.get("/api/v1/releases/5").json()["graphs"]
    stems = {graph.removeprefix(f"{BASE}graph/") for graph in graphs}
    assert stems >= {"default", "entailed"}
    parts = {f"graphs/{stem}{name.removeprefix('dump')}" for stem in stems for name in whole_names}
    assert sums.keys() == whole_names | parts | {"rights.ttl"}
    contents = {}
    for name in sorted(whole_names):
        sha256 = sums[name]
        url = f"/releases/5/{name}"
        whole = client.get(url).raise_for_status()
        assert hashlib.sha256(whole.content).hexdigest() == sha256
        first = client.get(url, headers={"Range": "bytes=0-99"})
        condition = {"Range": "bytes=100-", "If-Range": whole.headers["etag"]}
        rest = client.get(url, headers=condition)
        assert (first.status_code, rest.status_code) == (206, 206)
        assert first.content + rest.content == whole.content
        assert client.get(url, headers={**condition, "If-Range": '"another"'}).status_code == 200
        for ignored in ("lines=1-2", "bytes=5-2", "bytes=" + "0-0," * 50 + "0-0", "bytes=x"):
            assert client.get(url, headers={"Range": ignored}).status_code == 200, ignored
        assert client.head(url, headers={"Range": "bytes=0-1"}).status_code == 200
        refused = client.get(url, headers={"Range": f"bytes={len(whole.content)}-"})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{len(whole.content)}")
        assert refused.json()["type"].endswith("/range-not-satisfiable")
        assert client.get(url, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
        head = client.head(url)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
        unpack = (
            gzip.decompress
            if name.endswith("gz")
            else lambda data: zstandard.ZstdDecompressor().stream_reader(data).read()
        )
        form = ox.RdfFormat.N_QUADS if ".nq." in name else ox.RdfFormat.TRIG
        contents[name] = {str(quad) for quad in ox.parse(unpack(whole.content), format=form)}
    # Blank nodes are named afresh by each parser.
    assert len({frozenset(line for line in content if "_:" not in line) for content in contents.values()}) == 1
    assert client.get("/releases/999/dump.nq.gz").status_code == 404
    assert client.get("/releases/5/dump.csv.gz").status_code == 404
    lines = gzip.decompress(client.get("/releases/5/dump.nq.gz").content).decode().splitlines()
    for stem in sorted(stems):
        one = client.get(f"/releases/5/graphs/{stem}.nq.gz").raise_for_status()
        assert hashlib.sha256(one.content).hexdigest() == sums[f"graphs/{stem}.nq.gz"]
        expected = [line for line in lines if line.endswith(f"<{BASE}graph/{stem}> .")]
        assert sorted(gzip.decompress(one.content).decode().splitlines()) == sorted(expected)
    for name in ("nothing.nq.gz", "default.ttl.gz", "..%2Fdump.nq.gz", "../../CURRENT", "default.nq.gz/", ""):
        assert client.get(f"/releases/5/graphs/{name}").status_code == 404


def test_the_catalogue_names_the_dump(history) -> None:
    client = history[0]
    catalogue = ox.Store()
    catalogue.load(client.get("/catalog", headers={"Accept": "text/turtle"}).content, format=ox.RdfFormat.TURTLE)
    rows = list(
        catalogue.query(
            "PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX spdx: <http://spdx.org/rdf/terms#> "
            "SELECT ?url ?size ?sum { ?d dcat:downloadURL ?url ; dcat:byteSize ?size ; "
            "spdx:checksum/spdx:checksumValue ?sum }"
        )
    )
    assert len(rows) == 12  # all graphs together, and each of the two, in two formats and two compressions
    for row in rows:
        content = client.get(row["url"].value).raise_for_status().content
        assert (row["size"].value, row["sum"].value) == (str(len(content)), hashlib.sha256(content).hexdigest())
    assert "Disallow: /releases" not in client.get("/robots.txt").text


def _read(client: httpx.Client, path: str) -> bytes:
    return client.get(path, headers={"Accept": "text/turtle"}).raise_for_status().content


def test_the_catalogue_conforms_to_dcat_ap(history) -> None:
    shapes = (Path(__file__).parents[1] / "linked_data" / "dcat-ap-3.ttl").read_text()
    graph = rdflib.Graph().parse(data=_read(history[0], "/catalog"), format="turtle")
    options = {"shacl_graph": rdflib.Graph().parse(data=shapes, format="turtle")}
    conforms, _, report = pyshacl.validate(graph, **options)
    assert conforms, report
    for part in ("dcterms:publisher", "dcat:accessURL", "spdx:algorithm"):
        statements = list(graph.triples((None, rdflib.URIRef(expand(part)), None)))
        assert statements
        graph.remove(statements[0])
        assert not pyshacl.validate(graph, **options)[0], part
        graph.add(statements[0])


def test_all_that_the_descriptions_name_is_there(history) -> None:
    client = history[0]
    named: set[str] = set()
    for path in ("/catalog", "/.well-known/void"):
        for quad in ox.parse(_read(client, path), format=ox.RdfFormat.TURTLE):
            named |= {
                term.value for term in (quad.subject, quad.predicate, quad.object) if isinstance(term, ox.NamedNode)
            }
    minted = {iri.partition("#")[0].removeprefix(BASE) for iri in named if iri.startswith(BASE)}
    assert {
        "service/sparql",
        "dataset/distribution/graphs/entailed.nq.gz",
        "table/countries",
        "graph/default",
    } <= minted
    for path in sorted(minted):
        answer = client.get("/" + path, headers={"Accept": "text/turtle"}, follow_redirects=True)
        assert answer.status_code == 200, path
    ours = str(client.base_url)
    for address in sorted(iri for iri in named if iri.startswith(ours)):
        assert client.head(address, follow_redirects=True).status_code == 200, address
    for path in ("service/soap", "table/nothing", "dataset/distribution/dump.nq.bz2", "dataset/nothing"):
        assert client.get("/" + path).status_code == 404


def test_the_rights_go_with_the_dump(history) -> None:
    client = history[0]
    dumped = rdflib.Graph().parse(data=_read(client, "/releases/11/rights.ttl"), format="turtle")
    catalogue = rdflib.Graph().parse(data=_read(client, "/catalog"), format="turtle")
    assert len(dumped) > 5
    assert set(dumped) <= set(catalogue)
    assert "rights.ttl" in client.get("/releases/11/SHA256SUMS").text


def test_odata_and_the_list_of_changes_agree(serve, published, tmp_path) -> None:
    shutil.copytree(published, tmp_path / "data")
    activity = ID + "activity/jwp-2015-2020/B16"
    with serve() as served, served.client(token=TOKEN) as client:

        def updated() -> dict[str, str]:
            answer = client.get("/informea.svc/Documents", params={"$format": "json", "$top": "1000"})
            body = answer.raise_for_status().json()["d"]
            return {one["id"]: one["updated"] for one in (body["results"] if isinstance(body, dict) else body)}

        before = updated()
        assert len(set(before.values())) == 1
        update(client, f"INSERT DATA {{ {label('unrelated', 'Unrelated')} }}")
        time.sleep(1)
        assert updated() == before
        update(client, f'INSERT DATA {{ <{activity}> skos:altLabel "Another name"@en }}')
        time.sleep(1)
        after = updated()
        changed = {key for key in after if after[key] != before[key]}
        listed = client.get("/api/v1/changes?since=2").json()["items"]
        assert [item["id"] for item in listed] == [activity]
        assert len(changed) == 1
        update(client, f"INSERT DATA {{ <{activity}> owl:deprecated true }}")
        time.sleep(1)
        assert before.keys() - updated().keys() == changed
        for path in ("/data/", "/api/v1/activities/"):
            name = activity.removeprefix(ID) if path == "/data/" else "jwp-2015-2020/B16"
            assert client.get(path + name).status_code == 410
        listing = client.get("/api/v1/activities?limit=500").json()["items"]
        assert activity not in {item["id"] for item in listing}
        assert client.get("/api/v1/activities/jwp-2015-2020/B15").json()["updated"] < listed[0]["at"]
