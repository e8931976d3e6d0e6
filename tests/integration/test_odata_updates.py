"""Whoever reads the OData records that are newer than the last one read misses no change of a value."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from .harvesters import BASE, ID, TOKEN, update

SETS = ("Treaties", "Documents", "Decisions", "Meetings", "Sites", "CountryProfiles")
NESTED = {"Documents": "title,keywords,treaties", "Decisions": "title,keywords", "Meetings": "title", "Sites": "name"}
Records = dict[tuple[str, str], dict[str, Any]]
LEO = "http://www.informea.org/terms/"


def _replace(iri: str, predicate: str, value: str, language: str = "") -> str:
    """An update of the value of a property, in whatever graph it is."""
    return f"""DELETE {{ GRAPH ?g {{ <{iri}> {predicate} ?o }} }}
        INSERT {{ GRAPH ?g {{ <{iri}> {predicate} "{value}"{"@" if language else ""}{language} }} }}
        WHERE {{ GRAPH ?g {{ <{iri}> {predicate} ?o FILTER(LANG(?o) = "{language}") }}
        FILTER(?g != <{BASE}graph/entailed>) }}"""


#: Changes of what records have of another thing, with the set of the records that change.
CHANGES = {
    "a label of LEO": (_replace(f"{LEO}synergy", "skos:prefLabel", "synergies", "en"), "Documents"),
    "the code of a convention": (
        _replace(f"{ID}instrument/cites", "jwp:informeaTreatyCode", "cites-of-1973")
        + ";"
        + _replace(f"{ID}statement/cites-informea-treaty-code", "rdf:object", "cites-of-1973"),
        "Sites",
    ),
    "the name of a type of meeting": (
        _replace(f"{ID}meeting-kind/coordination-meeting", "skos:prefLabel", "Meeting of coordinators", "en"),
        "Meetings",
    ),
    "the acronym of a programme": (_replace(f"{ID}programme/mike", "skos:altLabel", "MIKE programme", "en"), "Sites"),
}


def _read(client: httpx.Client, **options: str) -> Records:
    """All records by set and key."""
    found: Records = {}
    for name in SETS:
        asked = {"$format": "json", **options} | ({"$expand": NESTED[name]} if name in NESTED else {})
        url: str | None = f"/informea.svc/{name}?{httpx.QueryParams(asked)}"
        while url:
            page = client.get(url).raise_for_status().json()["d"]
            found |= {(name, one["id"]): one for one in page["results"]}
            url = page.get("__next")
    return found


@pytest.fixture(scope="module")
def client(published, serving_at, tmp_path_factory):
    folder = shutil.copytree(published, tmp_path_factory.mktemp("updates") / "data")
    with serving_at(folder) as served, served.client(token=TOKEN) as client:
        yield client


def _list_changed(before: Records, after: Records, *, updated: bool) -> set[tuple[str, str]]:
    def content(record: dict[str, Any] | None) -> object:
        return {name: value for name, value in (record or {}).items() if (name == "updated") == updated}

    return {key for key in before | after if content(before.get(key)) != content(after.get(key))}


@pytest.mark.parametrize(("change", "name"), CHANGES.values(), ids=list(CHANGES))
def test_a_value_of_another_thing_changes_the_record(client, change: str, name: str) -> None:
    before = _read(client)
    update(client, change)
    after = _read(client)
    changed = _list_changed(before, after, updated=False)
    assert name in {of for of, _ in changed}
    # Treaties have the code as their key: a record of another key is a new one.
    assert changed <= _list_changed(before, after, updated=True) | (changed - before.keys())


def test_what_no_record_has_changes_none_of_those_beside(client) -> None:
    before = _read(client)
    update(client, f'INSERT DATA {{ <{ID}instrument/cites> skos:editorialNote "A note"@en }}')
    update(client, f'INSERT DATA {{ <{ID}country/KE> skos:editorialNote "A note"@en }}')
    update(client, f'INSERT DATA {{ <{LEO}synergy> skos:editorialNote "A note"@en }}')
    after = _read(client)
    assert {of for of, _ in _list_changed(before, after, updated=True)} == {"Treaties"}


def test_a_label_of_leo_is_announced_of_the_activities_on_it(client) -> None:
    release = update(client, f'INSERT DATA {{ <{ID}tool-note/t> skos:prefLabel "T"@en }}')
    update(client, f'INSERT DATA {{ <{LEO}monitoring> skos:prefLabel "suivi"@fr }}')
    told = client.get(f"/api/v1/changes?since={release}").json()["items"]
    query = f"SELECT ?a WHERE {{ ?a dcterms:subject|skos:closeMatch <{LEO}monitoring> }}"
    prefixes = "PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
    rows = client.get("/sparql", params={"query": prefixes + query}).json()["results"]["bindings"]
    linked = {row["a"]["value"] for row in rows}
    assert {one["id"] for one in told} == linked
    assert {one["change"] for one in told} == {"updated"}
    assert linked


def test_a_copy_of_what_is_newer_is_whole(client) -> None:
    copy, newest = _read(client), ""
    for number, leo in enumerate(("monitoring", "trade-in-species", "synergy")):
        newest = max(one["updated"] for one in copy.values() if one["updated"])
        update(client, _replace(f"{LEO}{leo}", "skos:prefLabel", f"term {number}", "en"))
        milliseconds = int(newest.strip("/").removeprefix("Date(").rstrip(")"))
        since = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
        copy |= _read(client, **{"$filter": f"updated gt datetime'{since.partition('+')[0]}'"})
        assert copy == _read(client)
