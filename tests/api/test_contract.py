"""One contract for every route: undeclared parameters and wrong values are refused before work is done."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi.routing import iter_route_contexts

from jwpgraph.entities.list_filters import RESOURCES

# Values of path parameters; what they name matters to no test here.
PLACES = {
    "number": "1",
    "earlier": "1",
    "later": "1",
    "name": "body/iccwc",
    "plural": "activities",
    "slug": "not-found",
}
PLACES |= {"segment": "body", "section": "taxa", "extension": "csv", "rest": "nq.gz", "term": "x", "key": "1"}
#: Wrong values by the name of a parameter, whatever route has it.
WRONG = {
    "limit": ("abc", "-1", "0", "1e3", "999999999", "١"),
    "offset": ("abc", "-1", "1.5"),
    "on": ("yesterday", "2016-13-01", "2016-5-1", "20160501"),
    "then": ("yesterday", "2016-13-01", "20160501"),
    "country": ("Atlantis",),
    "in": ("Atlantis",),
    "sort": ("colour",),
    "lang": ("not a language!",),
    "letter": ("AB",),
    "severity": ("Catastrophe",),
    "state": ("nowhere",),
    "basis": ("hearsay",),
    "relation": ("cousin",),
    "cause": ("chance",),
    "taxonomy": ("mine",),
    "field": ("colour",),
    "taxon": ("unicorn",),
    "group": ("unicorns",),
    "treaty": ("berne",),
    "appendix": ("cites-IX",),
    "cms": ("IX",),
    "cites": ("IX",),
    "format": ("docm",),
    "from": ("never",),
    "to": ("never",),
    "kind": ("party",),
    "convention": ("berne",),
    "activity": ("Z99",),
    "topic": ("Z99",),
    "recurring": ("perhaps",),
    "year": ("15",),
    "type": ("unicorn",),
    "incoming": ("nothing:here",),
    "incoming_offset": ("-1",),
    "page": ("0", "abc"),
    "items_per_page": ("0", "abc", "1001"),
    "ui": ("xx",),
    "content": ("xx",),
    "since": ("tomorrow",),
    "cursor": ("abc",),
    "callback": ("alert(1)",),
}
#: What else a route needs before it looks at a value.
BESIDE = {"/tables/{name}": "of=instrument/cites", "/api/v1/search": "q=saiga", "/search": "q=saiga"}
LISTS = ("activities?", "taxa?", "meetings?", "sites?", "leo?")
NAMED = {
    "/tables/{name}": "/tables/parties.csv",
    "/species/{slug}": "/species/loxodonta-africana",
    "/api/v1/species/{name}": "/api/v1/species/loxodonta-africana",
    "/doc/{name:path}": "/doc/taxon/cites/loxodonta-africana",
    "/api/v1/countries/{name:path}": "/api/v1/countries/KE",
    "/static/{name}": "/static/site.css",
    "/trees/{name}": "/trees/themes",
    "/informea.svc/{path:path}": "/informea.svc/Decisions",
    "/informea/v2/{name}/{key:path}": "/informea/v2/decisions/x",
    "/informea/v2/{name}": "/informea/v2/decisions",
    "/informea/portal/node/{key}/json": "/informea/portal/node/x/json",
    "/reconcile/suggest/{what}": "/reconcile/suggest/type",
}


def make_path(template: str) -> str:
    path = NAMED.get(template, template)
    path = re.sub(r"\{name\}", "x", path)
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: PLACES.get(match[1], "x"), path)
    return path.replace("/api/v1/taxa/body/iccwc/", "/api/v1/taxa/cites/loxodonta-africana/")


@pytest.fixture(scope="module")
def routes(client) -> dict[str, object]:
    """The routes that are read, by path."""
    found = {one.path: one for one in iter_route_contexts(client.app.routes) if one.methods and "GET" in one.methods}
    assert len(found) > 120
    return dict(sorted(found.items()))


def find_fault(answer, parameter: str) -> str | None:
    """What is wrong with the refusal of a parameter: 422, but 400 where OData and the toolkits of InforMEA say so."""
    expected = 400 if answer.request.url.path.startswith("/informea") else 422
    if answer.status_code != expected:
        return f"status {answer.status_code}"
    if answer.headers["content-type"] not in {"application/problem+json", "application/json"}:
        return answer.headers["content-type"]
    return None if parameter in answer.text else answer.text


def test_what_can_be_read_with_get_can_be_read_with_head(client, routes) -> None:
    """RFC 9110, section 9.1: all general-purpose servers must support both."""
    heads = {one.path for one in iter_route_contexts(client.app.routes) if one.methods and "HEAD" in one.methods}
    assert sorted(routes.keys() - heads) == []


def test_an_undeclared_parameter_is_refused_on_every_route(client, routes) -> None:
    urls = [make_path(template) for template in routes]
    faults = {url: fault for url in urls if (fault := find_fault(client.get(f"{url}?nonsense=1"), "nonsense"))}
    assert faults == {}
    page = client.get("/?nonsense=1", accept="text/html")
    assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/api/v1/changes?since=1&since=2", "since"),
        ("/api/v1/search?q=lion&q=saiga", "q"),
        ("/api/v1/species?class=Aves&class=Mammalia", "class"),
        ("/api/v1/listings?treaty=cms&treaty=cites", "treaty"),
        ("/api/v1/meetings?limit=1&limit=2", "limit"),
    ],
)
def test_a_parameter_with_one_value_is_not_read_from_several(client, path: str, name: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["parameter"]) == (422, name)
    assert f"{name}: send one, not 2" in answer.json()["detail"]
    assert client.get("/api/v1/activities?theme=A&theme=B").json()["total"] > 2


def test_writes_refuse_undeclared_parameters_before_they_ask_for_a_token(client) -> None:
    written = [
        one for one in iter_route_contexts(client.app.routes) if (one.methods or set()) & {"POST", "PUT", "DELETE"}
    ]
    assert len(written) > 15
    faults = {}
    for one in written:
        method = sorted((one.methods or set()) & {"POST", "PUT", "DELETE"})[0]
        url = make_path(one.path)
        if fault := find_fault(client.request(method, f"{url}?nonsense=1"), "nonsense"):
            faults[url] = fault
    assert faults == {}


def declared_names(route) -> set[str]:
    endpoint = route.endpoint
    names = {*getattr(endpoint, "query_parameters_once", ()), *getattr(endpoint, "query_parameters_many", ())}
    for field in route.dependant.query_params:
        model = field.field_info.annotation
        names |= set(getattr(model, "model_fields", {field.alias: None}))
    return names


def test_wrong_values_are_refused_wherever_a_parameter_is(client, routes) -> None:
    asked, faults = 0, {}
    for template, route in routes.items():
        names = declared_names(route) | ({"ui", "content"} if template in {"/", "/browse/{plural}"} else set())
        for name in sorted(names & WRONG.keys()):
            if template == "/api/v1/taxa/{name:path}/status" and name == "taxon":
                continue
            for value in WRONG[name]:
                beside = BESIDE.get(template, "")
                url = f"{make_path(template)}?{beside}&{name}={value}".replace("?&", "?")
                if fault := find_fault(client.get(url), name):
                    faults[url] = fault
                asked += 1
    assert faults == {}
    assert asked > 150


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/browse/activities.csv?limit=0", 422),
        ("/browse/activities?sort=colour", 422),
        ("/browse/activities.csv?theme=Z", 422),
        ("/browse/activities?q=a&q=b", 422),
        ("/doc/body/iccwc?incoming=nothing:here", 422),
        ("/search?q=a&q=b", 422),
        ("/search?q=" + "a" * 2000, 422),
        ("/compare?a=x&a=y", 422),
        ("/api/v1/queries/legal-status?taxon=cites/loxodonta-africana&limit=0", 422),
        ("/informea/v2/decisions?items_per_page=0", 400),
        ("/informea.svc/Decisions?$top=-1", 400),
        ("/informea.svc/Decisions?nonsense=1", 400),
        ("/calendar.ics?kind=../../x", 422),
        ("/listings?on=2020-02-22&on=2020-02-23", 422),
        ("/listings?cms=IX", 422),
        ("/shared-species?cites=IV", 422),
        ("/programme/report?format=pdf", 422),
        ("/programme/report?from=2020&to=2019", 422),
        ("/id/body/iccwc?%ff=1", 400),
    ],
)
def test_a_wrong_value_is_a_problem(client, url: str, status: int) -> None:
    answer = client.get(url)
    assert answer.status_code == status, url
    assert answer.headers["content-type"].startswith(("application/problem+json", "application/json")), url


def test_pages_of_every_list_lead_to_one_another(client) -> None:
    for path in (*LISTS, "alignments?basis=all&", "discrepancies?", "coverage?"):
        url, seen = f"/api/v1/{path}limit=2", []
        for _ in range(2):
            answer = client.get(url)
            page = answer.json()
            assert page["total"] > 4, path
            assert len(page["items"]) == 2, path
            assert f'<{page["next"]}>; rel="next"' in answer.headers["link"], path
            seen.append(page["items"])
            url = page["next"].removeprefix("http://jwp.example")
        assert seen[0] != seen[1], path
        assert client.get(url).json()["previous"]


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/browse/activities.csv", "*/*"),
        ("/api/v1/coverage", "text/csv"),
        ("/api/v1/discrepancies", "text/csv"),
        ("/api/v1/queries/range-of-taxon?taxon=cites/loxodonta-africana", "text/csv"),
    ],
)
def test_a_limit_holds_in_tables(client, path: str, accept: str) -> None:
    mark = "&" if "?" in path else "?"
    answer = client.get(f"{path}{mark}limit=3", accept=accept)
    assert len(answer.text.splitlines()) == 4
    assert 'rel="next"' in answer.headers["link"]


def test_a_limit_holds_in_sssom(client) -> None:
    answer = client.get("/api/v1/alignments?basis=all&limit=3", accept="text/tab-separated-values")
    rows = [line for line in answer.text.splitlines() if not line.startswith("#")]
    assert len(rows) == 4


@pytest.mark.parametrize("path", ["/ontology", "/shapes", "/catalog", "/.well-known/void", "/data/body/iccwc"])
@pytest.mark.parametrize(
    ("accept", "sent"),
    [
        ("application/x-turtle", "text/turtle"),
        # Turtle is N3, and sent under the name that was asked for (RFC 9110, section 15.5.7).
        ("text/n3", "text/n3"),
        ("text/rdf+n3", "text/n3"),
        ("text/n3, text/turtle;q=0.5", "text/turtle"),
        ("text/n3;q=0.8, */*;q=0.1", "text/turtle"),
        ("text/turtle; colour=green", "text/turtle"),
        ('application/ld+json; profile="http://www.w3.org/ns/json-ld#compacted"', "application/ld+json"),
        ("application/xml", "application/rdf+xml"),
    ],
)
def test_old_names_and_parameters_of_formats_are_understood_alike(client, path: str, accept: str, sent: str) -> None:
    answer = client.get(path, accept=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(sent)


def test_json_is_json_ld_where_that_is_offered(client) -> None:
    assert client.get("/catalog", accept="application/json").headers["content-type"] == "application/ld+json"


def test_json_ld_is_expanded_on_request(client) -> None:
    profile = "http://www.w3.org/ns/json-ld#expanded"
    answer = client.get("/data/body/iccwc", accept=f'application/ld+json;profile="{profile}"')
    assert answer.headers["content-type"] == f'application/ld+json; profile="{profile}"'
    assert "https://w3id.org/jwpgraph/id/body/iccwc" in [node["@id"] for node in answer.json()]


def _list_prefixed(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, below in value.items():
            if key != "@context":
                yield from [key] if ":" in key else []
                yield from _list_prefixed(below)
    elif isinstance(value, list):
        for one in value:
            yield from _list_prefixed(one)


def test_every_property_in_a_list_has_a_name_of_its_own(client) -> None:
    found = {name: set(_list_prefixed(client.get(f"/api/v1/{name}?limit=3").json())) for name in RESOURCES}
    assert {name: keys for name, keys in found.items() if keys} == {}
