"""The OData service over a socket: documents, paths, options, formats, errors."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

ROOT = "/informea.svc"
SETS = [
    *("Treaties", "Documents", "Decisions", "Meetings", "Sites"),
    *("Contacts", "CountryReports", "NationalPlans", "CountryProfiles"),
]
ATOM = "{http://www.w3.org/2005/Atom}"
DATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices}"
METADATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
EDM_4 = "{http://docs.oasis-open.org/odata/ns/edm}"


def results(web, path: str, **options: str) -> list[dict]:
    answer = web.get(f"{ROOT}/{path}", params=options)
    assert answer.status_code == 200, answer.text
    return answer.json()["d"]["results"]


def keys(web, path: str, **options: str) -> list[str]:
    return [one["id"] for one in results(web, path, **options, **{"$select": "id"})]


# ------------------------------------------------------------------------------------------------ documents


def test_the_service_document_names_the_sets(web):
    answer = web.get(ROOT)
    assert answer.json() == {"d": {"EntitySets": SETS}}
    assert answer.headers["DataServiceVersion"] == "2.0"
    assert web.get(f"{ROOT}/").json() == answer.json()


def test_the_service_document_of_version_4(web):
    document = web.get(ROOT, headers={"OData-MaxVersion": "4.0"}).json()
    assert document["@odata.context"].endswith(f"{ROOT}/$metadata")
    assert [(one["name"], one["kind"], one["url"]) for one in document["value"]] == [
        (name, "EntitySet", name) for name in SETS
    ]


def test_the_service_document_as_xml(web):
    answer = web.get(ROOT, headers={"Accept": "application/atomsvc+xml"})
    assert answer.headers["content-type"] == "application/atomsvc+xml"
    collections = ET.fromstring(answer.content).iter("{http://www.w3.org/2007/app}collection")
    assert [one.get("href") for one in collections] == SETS


@pytest.mark.parametrize(
    ("headers", "version", "namespace"),
    [
        ({}, "3.0", "http://schemas.microsoft.com/ado/2009/11/edm"),
        ({"MaxDataServiceVersion": "2.0"}, "2.0", "http://schemas.microsoft.com/ado/2008/09/edm"),
        ({"MaxDataServiceVersion": "3.0;NetFx"}, "3.0", "http://schemas.microsoft.com/ado/2009/11/edm"),
    ],
)
def test_the_model_of_versions_2_and_3(web, headers, version, namespace):
    answer = web.get(f"{ROOT}/$metadata", headers=headers)
    assert answer.headers["content-type"] == "application/xml"
    assert answer.headers["DataServiceVersion"] == version
    schema = ET.fromstring(answer.content).find(f".//{{{namespace}}}Schema")
    assert schema is not None
    edm = f"{{{namespace}}}"
    types = {f"informea.{one.get('Name')}" for one in schema.iter(f"{edm}EntityType")}
    sets = {one.get("Name"): one.get("EntityType") for one in schema.iter(f"{edm}EntitySet")}
    assert set(SETS) <= set(sets)
    assert set(sets.values()) == types
    associations = {f"informea.{one.get('Name')}": one for one in schema.iter(f"{edm}Association")}
    for navigation in schema.iter(f"{edm}NavigationProperty"):
        ends = {one.get("Role"): one for one in associations[navigation.get("Relationship")].iter(f"{edm}End")}
        assert ends[navigation.get("FromRole")].get("Multiplicity") == "0..1"
        assert ends[navigation.get("ToRole")].get("Multiplicity") == "*"
        assert {one.get("Type") for one in ends.values()} <= types
    linked = [one.get("Association") for one in schema.iter(f"{edm}AssociationSet")]
    assert sorted(linked) == sorted(associations)


@pytest.mark.parametrize(
    ("path", "headers"), [(f"{ROOT}/$metadata", {"OData-MaxVersion": "4.0"}), (f"{ROOT}/v4/$metadata", {})]
)
def test_the_model_of_version_4(web, path, headers):
    answer = web.get(path, headers=headers)
    assert answer.headers["OData-Version"] == "4.0"
    root = ET.fromstring(answer.content)
    assert root.get("Version") == "4.0"
    types = {f"informea.{one.get('Name')}" for one in root.iter(f"{EDM_4}EntityType")}
    sets = {one.get("Name"): one for one in root.iter(f"{EDM_4}EntitySet")}
    listed = [name for name, one in sets.items() if one.get("IncludeInServiceDocument") != "false"]
    assert listed == SETS
    targets = {
        one.get("Type").removeprefix("Collection(").rstrip(")") for one in root.iter(f"{EDM_4}NavigationProperty")
    }
    assert targets <= types
    bindings = {one.get("Target") for one in root.iter(f"{EDM_4}NavigationPropertyBinding")}
    assert bindings <= set(sets)
    assert not list(root.iter(f"{EDM_4}Association"))


# ------------------------------------------------------------------------------------------------ entities


@pytest.mark.parametrize("name", SETS)
def test_keys_are_unique_and_the_count_is_right(web, name):
    found = keys(web, name)
    assert len(found) == len(set(found))
    assert web.get(f"{ROOT}/{name}/$count").text == str(len(found))
    assert web.get(f"{ROOT}/{name}", params={"$inlinecount": "allpages", "$top": "1"}).json()["d"]["__count"] == str(
        len(found)
    )


@pytest.mark.parametrize("name", ["Treaties", "Documents", "Decisions", "Meetings", "LocalizableStrings"])
def test_every_entity_is_where_its_metadata_says(web, name):
    for one in results(web, name, **{"$top": "8"}):
        answer = web.get(one["__metadata"]["uri"])
        assert answer.status_code == 200
        assert answer.json()["d"] == one
        for value in one.values():
            if isinstance(value, dict) and "__deferred" in value:
                assert web.get(value["__deferred"]["uri"]).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *("Treaties('cms')", "Treaties(id='cms')", "Treaties(guid'cms')", "Treaties(%27cms%27)", "Treaties('cms')/"),
        *("Treaties(UUID='23e70e3b-36cc-542d-8146-a212b3c8d949')", "Treaties('cms')?", "Treaties('cms')?&$format=json"),
        "Treaties(guid'23e70e3b-36cc-542d-8146-a212b3c8d949')",
    ],
)
def test_an_entity_by_its_key(web, path):
    entity = web.get(f"{ROOT}/{path}").json()["d"]
    assert entity["id"] == "cms"
    assert entity["__metadata"]["uri"].endswith(f"{ROOT}/Treaties('cms')")
    assert entity["__metadata"]["type"] == "informea.Treaty"


def test_a_key_with_a_slash(web):
    plain = web.get(f"{ROOT}/Documents('jwp-2015-2020/B16')").json()["d"]
    assert plain["id"] == "jwp-2015-2020/B16"
    assert plain["__metadata"]["uri"].endswith("/Documents('jwp-2015-2020%2FB16')")
    assert web.get(f"{ROOT}/Documents('jwp-2015-2020%2FB16')/title/$count").text == "3"


def test_navigation_and_properties(web):
    titles = results(web, "Treaties('cms')/title")
    assert [one["language"] for one in titles] == ["en", "es", "fr"]
    one = web.get(f"{ROOT}/Treaties('cms')/title('{titles[2]['id']}')").json()["d"]
    assert one == titles[2]
    assert web.get(titles[2]["__metadata"]["uri"]).json()["d"] == one
    assert web.get(f"{ROOT}/Treaties('cms')/treatyWebsiteURL").json() == {
        "d": {"treatyWebsiteURL": "https://www.cms.int/"}
    }
    value = web.get(f"{ROOT}/Treaties('cms')/treatyWebsiteURL/$value")
    assert (value.text, value.headers["content-type"]) == ("https://www.cms.int/", "text/plain; charset=utf-8")


def test_a_value_that_is_null(web):
    meeting = f"{ROOT}/Meetings('teleconferences')/country"
    assert web.get(meeting).json() == {"d": {"country": None}}
    assert web.get(f"{meeting}/$value").status_code == 404
    assert web.get(meeting, headers={"OData-MaxVersion": "4.0"}).status_code == 204


def test_what_is_expanded_has_results_and_the_rest_is_deferred(web):
    entity = web.get(f"{ROOT}/Documents('jwp-2015-2020/A1')", params={"$expand": "title,keywords"}).json()["d"]
    assert {one["term"]: one["termURI"] for one in entity["keywords"]["results"]} == {
        "monitoring": "http://www.informea.org/terms/monitoring",
        "synergy": "http://www.informea.org/terms/synergy",
    }
    assert {one["literalForm"] for one in entity["keywords"]["results"]} == {"monitoring", "synergy"}
    assert entity["title"]["results"][0]["language"] == "en"
    assert set(entity["files"]) == {"__deferred"}


def test_select(web):
    (one,) = results(web, "Treaties", **{"$select": "id,title", "$filter": "id eq 'cms'"})
    assert set(one) == {"__metadata", "id", "title"}
    (one,) = results(web, "Treaties", **{"$select": "id", "$expand": "title", "$filter": "id eq 'cms'"})
    assert set(one["title"]) == {"results"}


# ------------------------------------------------------------------------------------------------ listing


def test_order(web):
    ascending = keys(web, "Sites", **{"$orderby": "latitude"})
    assert ascending == list(reversed(keys(web, "Sites", **{"$orderby": "latitude desc"})))
    by_country = results(web, "Sites", **{"$orderby": "country desc,id asc", "$select": "id,country"})
    pairs = [(one["country"], one["id"]) for one in by_country]
    assert pairs == sorted(sorted(pairs, key=lambda pair: pair[1]), key=lambda pair: pair[0], reverse=True)


def test_what_is_not_known_comes_first(web):
    starts = [one["start"] for one in results(web, "Meetings", **{"$orderby": "start", "$select": "start"})]
    known = [start for start in starts if start]
    assert starts == [None] * (len(starts) - len(known)) + known


def test_top_and_skip_make_pages_that_do_not_overlap(web):
    pages = [keys(web, "Sites", **{"$top": "10", "$skip": str(skip)}) for skip in range(0, 110, 10)]
    assert [len(page) for page in pages] == [10] * 9 + [9, 0]
    assert [key for page in pages for key in page] == keys(web, "Sites")


@pytest.mark.parametrize("options", [{}, {"$top": "25"}, {"$filter": "latitude lt 0", "$orderby": "country desc"}])
def test_a_page_that_is_cut_says_where_the_next_one_is(web, options):
    whole = keys(web, "Sites", **options)
    url, found = f"{ROOT}/Sites", []
    parameters: dict[str, str] | None = {**options, "$select": "id", "$inlinecount": "allpages"}
    while url:
        answer = web.get(url, params=parameters, headers={"Prefer": "odata.maxpagesize=7"})
        assert answer.headers["Preference-Applied"] == "odata.maxpagesize=7"
        page = answer.json()["d"]
        assert len(page["results"]) <= 7
        found += [one["id"] for one in page["results"]]
        url, parameters = page.get("__next", ""), None
    assert found == whole


def test_a_link_to_a_page_after_what_is_gone_is_refused(web):
    answer = web.get(f"{ROOT}/Sites", params={"$skiptoken": "'gone'"})
    assert answer.status_code == 400
    assert "begin again" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("updated gt datetime'2020-01-01T00:00:00'", 99),
        ("updated gt datetime'2999-01-01T00:00:00'", 0),
        ("updated gt 2020-01-01T00:00:00Z", 99),
        ("id eq 'mike-akg'", 1),
        ("country eq 'RW' and substringof('akg', id)", 1),
        ("contains(id, 'akg') or endswith(id, 'akg')", 1),
        ("not (startswith(id, 'mike')) or country eq 'RW'", 1),
        ("substringof('Akagera', name)", 1),
    ],
)
def test_filter(web, condition, found):
    assert len(results(web, "Sites", **{"$filter": condition})) == found
    assert web.get(f"{ROOT}/Sites/$count", params={"$filter": condition}).text == str(found)


def test_version_4(web):
    answer = web.get(
        f"{ROOT}/Sites",
        params={"$top": "2", "$count": "true", "$expand": "name", "$orderby": "id"},
        headers={"Accept": "application/json;odata.metadata=minimal"},
    )
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["content-type"] == "application/json;odata.metadata=minimal"
    document = answer.json()
    assert document["@odata.context"].endswith(f"{ROOT}/$metadata#Sites(name())")
    assert document["@odata.count"] == 99
    first = document["value"][0]
    assert first["name"][0]["value"] == "Akagera"
    assert first["updated"].endswith("Z")
    assert "__metadata" not in first
    entity = web.get(f"{ROOT}/v4/Sites('mike-akg')").json()
    assert entity["@odata.context"].endswith(f"{ROOT}/v4/$metadata#Sites/$entity")
    full = web.get(f"{ROOT}/Sites('mike-akg')", params={"$format": "application/json;odata.metadata=full"}).json()
    assert full["@odata.id"].endswith("/Sites('mike-akg')")
    assert full["name@odata.navigationLink"].endswith("/Sites('mike-akg')/name")


def test_pages_of_version_4(web):
    document = web.get(f"{ROOT}/v4/Sites", headers={"Prefer": "odata.maxpagesize=60"}).json()
    rest = web.get(document["@odata.nextLink"]).json()
    assert len(document["value"]) + len(rest["value"]) == 99
    assert "@odata.nextLink" not in rest


def test_atom(web):
    answer = web.get(
        f"{ROOT}/Sites",
        params={"$top": "3", "$expand": "name", "$inlinecount": "allpages"},
        headers={"Accept": "application/atom+xml"},
    )
    assert answer.headers["content-type"] == "application/atom+xml;type=feed"
    feed = ET.fromstring(answer.content)
    assert feed.findtext(f"{METADATA}count") == "99"
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 3
    for entry in entries:
        properties = entry.find(f"{ATOM}content/{METADATA}properties")
        assert properties.findtext(f"{DATA}id") in entry.findtext(f"{ATOM}id")
        assert properties.find(f"{DATA}latitude").get(f"{METADATA}type") == "Edm.Double"
        inline = entry.find(f"{ATOM}link/{METADATA}inline")
        assert inline.findtext(f".//{DATA}language") == "en"
    entry = ET.fromstring(web.get(f"{ROOT}/Decisions('cms-resolution-10.28')", params={"$format": "atom"}).content)
    assert entry.find(f".//{DATA}status").get(f"{METADATA}null") == "true"
    assert web.get(f"{ROOT}/Contacts", params={"$format": "atom"}).status_code == 200


# ------------------------------------------------------------------------------------------------ errors


@pytest.mark.parametrize(
    ("path", "options", "status"),
    [
        ("Nonsense", {}, 404),
        ("Treaties('nonsense')", {}, 404),
        ("Treaties('cms')/nonsense", {}, 404),
        ("Treaties('cms')/title/value", {}, 404),
        ("Treaties/title", {}, 404),
        ("$batch", {}, 404),
        ("Treaties(cms)", {}, 400),
        ("Treaties('cms", {}, 400),
        ("Treaties(titleEnglish='x')", {}, 400),
        ("Treaties('%ff')", {}, 400),
        ("Treaties//title", {}, 400),
        ("Documents", {"$top": "-1"}, 400),
        ("Documents", {"$top": "ten"}, 400),
        ("Documents", {"$top": ["1", "2"]}, 400),
        ("Documents", {"$skip": "1.5"}, 400),
        ("Documents", {"$inlinecount": "yes"}, 400),
        ("Documents", {"$count": "1"}, 400),
        ("Documents", {"$filter": "nonsense eq 1"}, 400),
        ("Documents", {"$filter": "updated gt datetime'yesterday'"}, 400),
        ("Documents", {"$filter": ""}, 400),
        ("Documents", {"$orderby": "nonsense"}, 400),
        ("Documents", {"$orderby": "title"}, 400),
        ("Documents", {"$orderby": "id sideways"}, 400),
        ("Documents", {"$select": "nonsense"}, 400),
        ("Documents", {"$expand": "nonsense"}, 400),
        ("Documents", {"$expand": "title/nonsense"}, 400),
        ("Documents", {"$skiptoken": "nonsense"}, 400),
        ("Documents", {"$nonsense": "1"}, 400),
        ("Documents", {"$callback": "f"}, 400),
        ("Documents", {"nonsense": "1"}, 400),
        ("Documents", {"$format": "nonsense"}, 400),
        ("Documents", {"$format": "text/csv"}, 406),
        ("Documents", {"$format": "application/json;odata=light"}, 406),
        ("v4/Documents", {"$format": "atom"}, 406),
        ("v4/Documents", {"$inlinecount": "allpages"}, 400),
        ("v4/Documents/$count", {"$top": "1"}, 400),
        ("Treaties('cms')", {"$top": "1"}, 400),
        ("Treaties('cms')/updated/$value", {"$format": "json"}, 400),
        ("", {"$top": "1"}, 400),
        ("$metadata", {"$top": "1"}, 400),
        ("$metadata", {"$format": "json"}, 406),
    ],
)
def test_what_is_not_understood_is_told(web, path, options, status):
    answer = web.get(f"{ROOT}/{path}", params=options)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    # Clients of OData look here for what is wrong.
    message = problem["error"]["message"]
    assert (message if path.startswith("v4") else message["value"]) == problem["detail"]
    assert answer.headers["OData-Version" if path.startswith("v4") else "DataServiceVersion"]


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("OData-MaxVersion", "nonsense"),
        ("OData-Version", "four"),
        ("MaxDataServiceVersion", ""),
        ("MaxDataServiceVersion", "1.0"),
    ],
)
def test_a_version_that_cannot_be_is_told(web, header, value):
    answer = web.get(f"{ROOT}/Treaties", headers={header: value})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad-header"


def test_parameters_that_are_not_utf_8(web):
    assert web.get(f"{ROOT}/Treaties?$filter=id%20eq%20'%ff'").status_code == 400


def test_a_browser_that_wants_html_is_told_what_there_is(web):
    answer = web.get(f"{ROOT}/Treaties", headers={"Accept": "text/html"})
    assert answer.status_code == 406
    assert "application/atom+xml" in answer.json()["available"]


def test_who_has_an_answer_is_not_sent_it_again(web):
    first = web.get(f"{ROOT}/Treaties")
    again = web.get(f"{ROOT}/Treaties", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    newest = web.get(f"{ROOT}/Treaties", headers={"If-None-Match": first.headers["ETag"], "OData-MaxVersion": "4.0"})
    assert newest.status_code == 200
    assert "OData-MaxVersion" in newest.headers["Vary"]


def test_head_and_other_methods(web):
    assert web.head(f"{ROOT}/Treaties").status_code == 200
    assert web.post(f"{ROOT}/Treaties", json={}).status_code == 405


def test_pages_of_other_origins_may_ask_for_a_version_and_see_it(web):
    allowed = web.options(f"{ROOT}/Treaties").headers["Access-Control-Allow-Headers"]
    assert {"MaxDataServiceVersion", "OData-MaxVersion", "OData-Version", "Prefer"} <= set(allowed.split(", "))
    exposed = web.get(f"{ROOT}/Treaties").headers["Access-Control-Expose-Headers"]
    assert {"DataServiceVersion", "OData-Version", "Preference-Applied"} <= set(exposed.split(", "))
