"""Pages: no dead link, no script, no third party, every label escaped, every fact with its source."""

from __future__ import annotations

import csv
import re
from collections import Counter
from html import unescape
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pyoxigraph as ox
import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.entities.iri_mapping import path_to_iris
from jwpgraph.linked_data.documents import read_ontology_quads, read_shapes_quads
from jwpgraph.vocabulary import ID, JWP, PREFIXES, SHAPES

HOSTILE = """<script>alert(1)</script>"'&<img src=x onerror=alert(2)>"""
#: Served by the parts that the lead composes beside the pages.
ELSEWHERE = ("/sparql", "/graph-store", "/search", "/healthz", "/validation", "/feeds")


class Page(HTMLParser):
    """The links, identifiers, text and offences of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.scripts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.attributes += attrs
        if found.get("id"):
            self.ids.append(found["id"] or "")
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        if tag == "link" and found.get("rel") == "alternate":
            self.links.append(found["href"] or "")
        embeds = tag in {"img", "iframe"} or (tag == "script" and "src" in found)
        if embeds or (tag == "link" and found.get("rel") in {"stylesheet", "icon"}):
            self.loaded.append(found.get("src") or found.get("href") or "")
        if tag == "script" and not self._harmless(found):
            self.scripts.append(str(found))
        if tag not in {"meta", "link", "input", "br", "img", "hr"}:
            self.open.append(tag)

    @staticmethod
    def _harmless(attributes: dict[str, str | None]) -> bool:
        """Whether a script is a file of our own, or data."""
        ours = (attributes.get("src") or "").startswith("/static/")
        return ours or (attributes.get("type") == "application/ld+json" and "src" not in attributes)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag, tag


def local(page_url: str, link: str) -> str | None:
    url = urlsplit(urljoin("http://jwp.example" + page_url, link))
    if url.netloc != "jwp.example" or url.path.startswith(ELSEWHERE):
        return None
    return url.path + (f"?{url.query}" if url.query else "")


def family(path: str) -> str:
    """What a page is one of: those of one kind of thing, in one view; or a page in another language."""
    if "ui=" in path or "content=" in path:
        return "another language"
    return "/".join(path.partition("?")[0].split("/")[: 2 if path.startswith(("/species/", "/shapes/")) else 3])


@pytest.mark.timeout(300)
def test_no_link_of_the_shipped_site_is_dead(client, site, shipped_store) -> None:
    """Follows every link between kinds of pages, and of each kind as many as tell something new.

    Of the others, which are pages of things, it is enough that the release knows the thing: such a page is never 404.
    """
    mentioned = {term.value for quad in shipped_store for term in (quad.subject, quad.object)
                 if isinstance(term, ox.NamedNode)}  # fmt: skip
    shapes = {quad.subject.value for quad in read_shapes_quads(site) if isinstance(quad.subject, ox.NamedNode)}
    waiting, seen, pages = ["/"], {"/"}, 0
    followed: Counter[str] = Counter()
    while waiting:
        url = waiting.pop()
        answer = client.get(url, accept="text/html, */*;q=0.1")
        assert answer.status_code in {200, 303}, url
        if answer.status_code == 303 or not answer.headers["content-type"].startswith("text/html"):
            continue
        pages += 1
        page = Page(answer.text)
        for link in page.links:
            if link.startswith("#"):
                assert link[1:] in page.ids, (url, link)
            found = local(url, link)
            if found and found not in seen:
                seen.add(found)
                followed[family(found)] += 1
                if followed[family(found)] <= (12 if found.startswith("/doc/activity") else 4):
                    waiting.append(found)
                elif found.startswith("/doc/") and "?" not in found:
                    assert mentioned & set(path_to_iris(found.replace("/doc/", "/id/", 1))), (url, found)
                elif found.startswith("/shapes/"):
                    assert SHAPES + urlsplit(found).path.removeprefix("/shapes/") in shapes, (url, found)
                elif found.startswith("/species/"):
                    slug = urlsplit(found).path.removeprefix("/species/")
                    assert mentioned & {f"{ID}taxon/cms/{slug}", f"{ID}taxon/cites/{slug}"}, (url, found)
    assert pages > 100
    assert len(seen) > 1500


@pytest.mark.parametrize(
    "path",
    ["/", "/browse", "/browse/activities", "/doc/activity/jwp-2015-2020/B2", "/doc/instrument/saiga-mou",
     "/doc/body/iccwc",
     "/doc/theme/jwp-2015-2020/B", "/doc/programme/mikes", "/doc/species-group/great-apes", "/doc/country/KE",
     "/doc/source/jwp-2015-2020", "/ontology", "/shapes", "/shapes/Activity", "/quality", "/releases", "/api/docs",
     "/api/docs/instruments", "/listings", "/listings/changes", "/discrepancies", "/worklist",
     "/doc/body/nobody"],
)  # fmt: skip
def test_pages_are_sound(client, path: str) -> None:
    answer = client.get(path, accept="text/html")
    page = Page(answer.text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert page.tags.count("h1") == 1
    assert page.scripts == []
    assert "style" not in page.tags
    assert not [name for name, _ in page.attributes if name == "style" or name.startswith("on")]
    assert all(link.startswith("/static/") for link in page.loaded)
    assert all(client.get(link).status_code == 200 for link in page.loaded)
    assert ("lang", "en") in page.attributes
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(answer.content) < 200_000


def test_nothing_that_a_label_holds_is_markup(client_with) -> None:
    quoted = HOSTILE.replace('"', '\\"')
    turtle = f"""
@prefix jwp: <{JWP}> . @prefix skos: <{PREFIXES["skos"]}> . @prefix dcterms: <{PREFIXES["dcterms"]}> .
<{ID}body/hostile> a jwp:Body ; skos:prefLabel "{quoted}"@en ;
  skos:altLabel "{quoted}"@fr ; skos:notation "{quoted}" ;
  dcterms:description "{quoted}"@en ; jwp:resolution "{quoted}" ; jwp:involves <javascript:alert(1)> ;
  <https://schema.org/url> "javascript:alert(1)" ;
  dcterms:source <{ID}source/hostile> ;
  jwp:parts [ jwp:locator "{quoted}" ] .
<{ID}source/hostile> a jwp:Source ; skos:prefLabel "{quoted}"@en ; dcterms:bibliographicCitation "{quoted}" ;
  <https://schema.org/url> "javascript:alert(3)" .
<{ID}activity/x/Z1> a jwp:Activity ; skos:prefLabel "{quoted}"@en ; jwp:involvesBody <{ID}body/hostile> ;
  jwp:officialText "{quoted}"@en ; dcterms:hasPart <{ID}activity/x/Z1/part/1> .
<{ID}activity/x/Z1/part/1> a jwp:ActivityPart ; skos:prefLabel "{quoted}"@en .
"""
    client = client_with(turtle)
    paths = [
        "/",
        "/doc/body/hostile",
        "/doc/source/hostile",
        "/doc/activity/x/Z1",
        "/doc/body/hostil",
        "/browse/bodies",
        "/tables/activities?of=body/hostile",
        "/tables/activities.csv?of=body/hostile",
        "/a-z/bodies?letter=S",
        "/a-z/bodies?lang=fr&letter=S",
        "/a-z/bodies?lang=%3Cscript%3E",
        "/trees/themes?at=%3Cscript%3E",
        "/search?q=%3Cscript%3E&type=%3Cscript%3E&country=%22%3E%3Cscript%3E",
    ]
    paths += ["/browse/activities?q=%3Cscript%3E", "/browse/activities?theme=%3Cscript%3E", "/%3Cscript%3E"]
    for path in paths:
        answer = client.get(path, accept="text/html, */*;q=0.1")
        if answer.headers["content-type"].startswith("text/csv"):
            continue
        page = Page(answer.text)
        assert page.scripts == [], path
        assert "img" not in page.tags, path
        assert not [link for link in page.links if link.lower().startswith("javascript")], path
    assert "&lt;script&gt;alert(1)" in client.get("/doc/body/hostile").text


def test_marks_of_direction_stay_within_their_name(client_with) -> None:
    name = "\u202eabc\u2066 \u0627\u0644\u0635\u0642\u0631"
    turtle = f'<{ID}body/x> a <{JWP}Body> ; <{PREFIXES["skos"]}prefLabel> "X"@en, "{name}"@ar .'
    text = client_with(turtle).get("/doc/body/x").text
    assert f'<span lang="ar" dir="auto">{name}</span>' in text


def test_names_carry_their_language(client_with) -> None:
    names = f'<{PREFIXES["skos"]}prefLabel> "A body"@en, "هيئة"@ar ; <{JWP}nameAsWritten> "Falco"@la'
    turtle = f"<{ID}body/x> a <{JWP}Body> ; {names} ."
    text = client_with(turtle).get("/doc/body/x").text
    assert '<span lang="ar" dir="auto">هيئة</span>' in text
    assert '<span lang="la" dir="auto">Falco</span>' in text


def test_the_lines_for_machines_work_as_they_stand(client, queries) -> None:
    lines = re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", client.get("/").text, re.DOTALL)
    sparql, api, linked = [unescape(line) for line in lines]
    (count,) = queries.store.query(sparql.partition("'query=")[2].rstrip("'"))
    assert count["n"].value == "33"
    assert client.get(api.split("'")[1]).json()["total"] == 4
    assert client.get(linked.rpartition(" ")[2], accept="text/turtle").status_code == 303


def test_an_activity_page_says_who_what_with_whom(client) -> None:
    text = client.get("/doc/activity/jwp-2015-2020/D2").text
    for word in ("With whom", "What is to be done", "Parts", "Download and cite", "Sources", "Download"):
        assert word in text
    assert text.count('id="part-') == 6
    assert 'href="/doc/activity/jwp-2015-2020/D1"' in text
    assert 'href="/doc/activity/jwp-2015-2020/D3"' in text
    assert "every year" in client.get("/doc/activity/jwp-2015-2020/C1").text


def test_facts_show_their_source(client) -> None:
    text = client.get("/doc/instrument/saiga-mou").text
    assert '<data value="2006-09-24">24 September 2006</data>' in text
    after = text.partition("24 September 2006")[2][:600]
    assert "<summary>source</summary>" in after
    assert "About this source" in after
    assert "https://w3id.org/jwpgraph/id/instrument/saiga-mou" in text
    assert "/sparql?edit=" in text


def test_links_here_are_counted_and_turned(client_with) -> None:
    about, label = f"<{PREFIXES['dcterms']}relation> <{ID}body/fao>", f"<{PREFIXES['skos']}prefLabel>"
    turtle = "".join(f'<{ID}tool/z{n}> a <{JWP}Tool> ; {about} ; {label} "{99 - n} tool"@en .\n' for n in range(71))
    client = client_with(turtle)
    text = client.get("/doc/body/fao").text
    assert "1–50 of 71" in text
    assert text.index("29 tool") < text.index("30 tool") < text.index("78 tool")
    assert "79 tool" not in text
    following = re.search(r'href="([^"]+)" rel="next"', text)
    assert following
    rest = client.get(following[1].replace("&amp;", "&")).text
    assert "51–71 of 71" in rest
    assert "79 tool" in rest


def test_what_a_list_shows_is_not_shown_again_as_links(client) -> None:
    text = client.get("/doc/instrument/saiga-mou").text
    signatories = text.partition('<section aria-labelledby="signatories">')[2].partition("</section>")[0]
    assert signatories.count("<tr>") == 6
    assert "24 September 2006" in signatories
    assert signatories.count("<summary>source</summary>") == 5
    assert "/doc/signature/saiga-mou-KZ" in signatories
    assert 'title="https://w3id.org/jwpgraph/ontology#signedInstrument"' not in text


def test_a_list_is_whole_sorted_and_taken_along_on_its_own(client) -> None:
    path = "/tables/parties?of=instrument/cms"
    text = client.get(path).text
    names = re.findall(r'<th scope="row">.*?<a href="/doc/country/(\w+)"', text)
    assert len(names) > 95
    assert 'rel="next"' in text
    turned = client.get(path + "&sort=-since").text
    assert 'aria-sort="descending"' in turned
    assert re.findall(r'<th scope="row">.*?<a href="/doc/country/(\w+)"', turned) != names
    rows = client.get("/tables/parties.csv?of=instrument/cms").text.splitlines()
    assert rows[0] == "id,country,since,until,how,sources"
    assert len(rows) > 120
    assert any(row.startswith(f"{ID}country/MN,Mongolia,1999-11-01") for row in rows)
    for wrong in ("/tables/parties", "/tables/parties?of=body/iccwc", "/tables/nothing?of=instrument/cms"):
        assert client.get(wrong).status_code == 404, wrong
    assert client.get(path + "&offset=-1").status_code == 422
    assert client.get("/tables/parties?of=instrument/nobody").status_code == 404


def test_each_kind_of_page_has_its_lists(client) -> None:
    for path, lists in {
        "/doc/instrument/saiga-mou": ["signatories", "range-states", "species", "activities"],
        "/doc/body/blg": ["members", "activities"],
        "/doc/body/cms-secretariat": ["memberships"],
        "/doc/programme/mike": ["activities", "sites"],
        "/doc/tool/informea": ["activities"],
        "/doc/theme/jwp-2015-2020/B": ["headings", "activities"],
        "/doc/species-group/great-apes": ["taxa", "activities", "instruments"],
        "/doc/country/AT": ["joined", "signed", "reservations"],
        "/doc/activity/jwp-2015-2020/B15": ["done"],
    }.items():
        text = client.get(path).text
        assert [one for one in lists if f'<section aria-labelledby="{one}">' not in text] == [], path
    assert text.partition("<dt>When</dt>")[2].partition("</dd>")[0].count("2017") >= 1


def test_lists_can_be_filtered_turned_and_taken_along(client) -> None:
    text = client.get("/browse/activities?theme=B&q=elephant").text
    assert 'value="elephant"' in text
    assert "B11" in text
    assert ">A1<" not in text
    rows = client.get("/browse/activities.csv?theme=B").text.splitlines()
    columns = rows[0].split(",")
    assert columns[:3] == ["id", "notation", "label"]
    assert {"species_groups", "species_groups_id", "action_types", "theme_id"} <= set(columns)
    assert len(rows) == 22
    assert client.get("/browse/activities?limit=10").text.count('rel="next"') == 1
    assert "No results." in client.get("/browse/activities?q=zzzz").text


def test_a_cell_of_a_table_is_never_a_formula(client_with) -> None:
    client = client_with(f'<{ID}body/x> a <{JWP}Body> ; <{PREFIXES["skos"]}prefLabel> "=HYPERLINK(1)"@en .')
    assert "'=HYPERLINK(1)" in client.get("/browse/bodies.csv").text


def test_the_table_of_sites_has_coordinates_as_numbers(client) -> None:
    rows = {row["notation"]: row for row in csv.DictReader(client.get("/browse/sites.csv").text.splitlines())}
    assert float(rows["AKG"]["latitude"]) == -1.63669, "Akagera lies south of the equator"


def test_every_term_of_the_ontology_and_the_shapes_has_an_anchor(client, site: AppContext) -> None:
    for path, base, quads in (("/ontology", JWP, read_ontology_quads()), ("/shapes", SHAPES, read_shapes_quads(site))):
        ids = set(Page(client.get(path, accept="text/html").text).ids)
        typed = {quad.subject.value for quad in quads if quad.predicate.value == PREFIXES["rdf"] + "type" and
                 isinstance(quad.subject, ox.NamedNode) and quad.subject.value.startswith(base)}  # fmt: skip
        assert len(typed) > 50
        assert {iri.removeprefix(base) for iri in typed} <= ids


@pytest.mark.parametrize("name", ["ontology", "shapes"])
def test_vocabularies_by_negotiation_and_extension(client, name: str) -> None:
    assert client.get(f"/{name}").headers["content-type"] == "text/turtle; charset=utf-8"
    assert client.get(f"/{name}", accept="text/html").headers["content-type"] == "text/html; charset=utf-8"
    counts = set()
    for extension in ("ttl", "nt", "rdf", "jsonld"):
        rdf_format = ox.RdfFormat.from_extension(extension)
        answer = client.get(f"/{name}.{extension}", accept="text/html")
        counts.add(len(list(ox.parse(answer.content, format=rdf_format))))
    assert len(counts) == 1
    assert counts.pop() > 200


def test_a_release_without_data_says_what_would_fill_it(empty_client) -> None:
    assert "holds no data yet" in empty_client.get("/").text
    assert "holds no data yet" in empty_client.get("/browse").text
    assert "has none yet" in empty_client.get("/browse/bodies").text
    assert empty_client.get("/api/v1/activities").json()["total"] == 0
    assert empty_client.get("/api/openapi.json").status_code == 200
    assert empty_client.get("/.well-known/void").status_code == 200


def test_addresses_of_kinds_lead_to_their_lists(client) -> None:
    assert client.get("/doc/body").headers["location"] == "http://jwp.example/browse/bodies"
    assert client.get("/doc/body/iccwc.html").status_code == 200


def test_the_service_can_be_mounted_below_a_path(own_client) -> None:
    own_client.app.root_path = "/graph"
    for path in ("/browse/activities?theme=B&limit=5", "/doc/activity/jwp-2015-2020/D2", "/"):
        page = Page(own_client.get("/graph" + path, accept="text/html").text)
        ours = [link for link in page.links if link.startswith("/")]
        assert ours
        assert all(link.startswith("/graph/") and not link.startswith("/graph/graph/browse") for link in ours)
    listed = own_client.get("/graph/api/v1/activities?limit=1").json()
    assert listed["next"] == "http://jwp.example/graph/api/v1/activities?limit=1&offset=1"
    assert own_client.get("/graph/id/body/iccwc").headers["location"] == "http://jwp.example/graph/data/body/iccwc"


def test_examples_of_the_api_reference_work(shipped) -> None:
    with shipped.client() as client:
        html = {"Accept": "text/html"}
        sections = re.findall(r'href="(/api/docs/[^"#]+)"', client.get("/api/docs", headers=html).text)
        hrefs = [
            href.replace("&amp;", "&")
            for section in sorted(set(sections))
            for href in re.findall(r'Try <a href="([^"]+)"', client.get(section, headers=html).text)
        ]
        assert "/api/v1/search?q=saker+falcon+in+Mongolia" in hrefs
        failed = [href for href in hrefs if client.get(href).status_code != 200]
    assert failed == []


def test_the_type_of_a_problem_leads_to_its_page(client) -> None:
    problem = client.get("/api/v1/activities?theme=ZZ").json()
    path = problem["type"].removeprefix("https://w3id.org/jwpgraph")
    page = client.get(path, accept="text/html").text
    assert "unknown-value" in page
    assert "<code>examples</code> lists valid ones" in page
    assert client.get("/problem/no-such-problem").status_code == 404
    assert client.get("/problem", accept="text/html").text.count("/problem/") > 60


def test_clients_that_ask_for_an_icon_get_it(client) -> None:
    assert client.get("/favicon.ico").headers["content-type"] == "image/svg+xml"
