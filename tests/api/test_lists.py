"""Lists: a filter finds what the programme's text says, pages lead to the next, nonsense is refused."""

from __future__ import annotations

import pytest

from jwpgraph.entities.list_filters import RESOURCES
from jwpgraph.vocabulary import ID


def found(client, query: str, resource: str = "activities") -> list[str]:
    answer = client.get(f"/api/v1/{resource}?limit=500{'&' if query else ''}{query}")
    assert answer.status_code == 200, answer.text
    items = answer.json()["items"]
    assert answer.json()["total"] == len(items)
    return [item.get("notation") or item["id"].rpartition("/")[2] for item in items]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("programme=mikes", ["B6", "B7", "B12", "B16"]),
        ("programme=mike", ["B11"]),
        ("programme=mike&programme=mikes", ["B6", "B7", "B11", "B12", "B16"]),
        ("theme=C", ["C1", "C2", "C3", "C4", "C5"]),
        ("theme=jwp-2015-2020/A", ["A1", "A2"]),
        (f"theme={ID}theme/jwp-2015-2020/A", ["A1", "A2"]),
        ("theme=a&theme=D", ["A1", "A2", "D1", "D2", "D3", "D4", "D5"]),
        ("species_group=saker-falcon", ["B14", "B15"]),
        ("species_group=great-apes&body=iccwc", ["B9"]),
        ("heading=saiga-antelope", ["B2", "B3", "B4"]),
        ("recurring=true", ["C1"]),
        ("year=2017", ["B15"]),
        ("year=2016", []),
        ("tool=informea", ["D4"]),
        ("body=fao", ["B17"]),
        ("sort=-document&theme=A", ["A2", "A1"]),
        ("sort=notation&theme=A", ["A1", "A2"]),
        ("q=SakerGAP", ["B14", "B15"]),
        ("q=sakergap%202017", ["B15"]),
        ("q=%22%7D%20%3C%3E%27%5C", []),
    ],
)
def test_filters_find_what_the_text_says(client, query: str, codes: list[str]) -> None:
    assert found(client, query) == codes


def test_all_activities_in_the_order_of_the_document(client) -> None:
    codes = found(client, "")
    expected = [
        *("A1", "A2"),
        *(f"B{n}" for n in range(1, 22)),
        *(f"C{n}" for n in range(1, 6)),
        *(f"D{n}" for n in range(1, 6)),
    ]
    assert codes == expected
    assert len(found(client, "recurring=false")) == 32


def test_other_lists_are_filtered_through_activities(client) -> None:
    assert len(found(client, "activity=D2", "bodies")) == 6
    assert len(found(client, "activity=D4", "tools")) == 5
    assert set(found(client, "species_group=great-apes", "programmes")) == {"grasp", "mikes"}
    assert found(client, "programme=mikes", "species-groups") == [
        "big-cats",
        "great-apes",
        "african-elephant",
        "marine-turtles",
    ]
    assert "saiga-mou" in found(client, "species_group=saiga-antelope", "instruments")
    assert found(client, "activity=B16", "themes") == ["B"]
    assert len(found(client, "", "species-groups")) == 8
    assert len(found(client, "", "themes")) == 4
    assert len(found(client, "", "headings")) == 15
    assert len(found(client, "theme=B", "headings")) == 9


@pytest.mark.parametrize("limit", [1, 7, 33, 50])
def test_pages_hold_everything_once(client, limit: int) -> None:
    url: str | None = f"/api/v1/activities?limit={limit}"
    seen: list[str] = []
    while url:
        answer = client.get(url)
        page = answer.json()
        assert page["total"] == 33
        seen += [item["notation"] for item in page["items"]]
        url = page.get("next")
        assert (f'<{url}>; rel="next"' in answer.headers["link"]) == (url is not None)
    assert seen == found(client, "")


def test_a_page_past_the_end_is_empty(client) -> None:
    page = client.get("/api/v1/activities?offset=1000&limit=10").json()
    assert (page["total"], page["items"]) == (33, [])
    assert "next" not in page
    assert client.get(page["previous"]).json()["items"]


@pytest.mark.parametrize("resource", sorted(RESOURCES))
def test_every_filter_takes_a_value_and_refuses_nonsense(client, resource: str) -> None:
    for name in RESOURCES[resource].filters:
        answer = client.get(f"/api/v1/{resource}?{name}=no%20such%20%22%3E%7D%20thing")
        assert answer.status_code == 422
        problem = answer.json()
        assert problem["type"].endswith("/unknown-value")
        assert (problem["parameter"], problem["value"]) == (name, 'no such ">} thing')
        for example in problem["examples"][:1]:
            assert client.get(f"/api/v1/{resource}?{name}={example}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "foo=1",
        "limit=501",
        "limit=-1",
        "limit=x",
        "offset=-1",
        "sort=sideways",
        "year=abc",
        "recurring=maybe",
        "q=" + "x" * 201,
    ],
)
def test_parameters_that_do_not_exist_or_fit_are_refused(client, query: str) -> None:
    answer = client.get(f"/api/v1/activities?{query}")
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["type"].endswith("/invalid-parameter")
    assert problem["errors"][0]["parameter"] == query.partition("=")[0]


def test_similar_names_are_suggested(client) -> None:
    detail = client.get("/api/v1/activities?species_group=saiga-antilope").json()["detail"]
    assert "saiga-antelope" in detail


def test_meetings_are_listed_by_day(shipped) -> None:
    """Their names begin with ordinals in words: "Eighteenth" is no first meeting."""
    with shipped.client() as client:
        items = client.get("/api/v1/meetings?limit=100").json()["items"]
    slugs = [one["id"].rpartition("/")[2] for one in items]
    wanted = ["cites-cop1", "cites-cop7", "saiga-mou-mos1", "cms-cop11", "cites-cop17", "cms-cop12", "cms-cop15"]
    assert [slug for slug in slugs if slug in wanted] == wanted
    assert slugs.index("teleconferences") > slugs.index("cms-cop15")
