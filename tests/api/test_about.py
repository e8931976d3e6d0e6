"""What the facade says about the service: its lists, its releases, its stored queries."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jwpgraph.entities.app_context import AppContext
from jwpgraph.problems import ProblemError
from jwpgraph.releases.release import MANIFEST, Conformance, GraphSummary, Release, ReleaseManifest
from jwpgraph.stored_queries.files import parse_stored_query


class _History:
    """Two releases on disk."""

    def __init__(self, folder: Path) -> None:
        self.releases = []
        for number in (1, 2):
            path = folder / f"{number:06}"
            path.mkdir()
            manifest = ReleaseManifest(
                number=number,
                parent=number - 1 or None,
                created=datetime(2026, 11, 20 + number, 12, tzinfo=UTC),
                author="A steward",
                message="Why & <how>",
                change="load",
                graphs={"https://w3id.org/jwpgraph/graph/activities": GraphSummary(triples=12, digest="0" * 64)},
                triples=1234,
                shared_triples=False,
                shapes_digest="0",
                rules_digest="0",
                software="jwpgraph",
                conformance=Conformance(
                    conforms=True, violations=0, warnings=3, infos=0, engine="x", engine_version="1", seconds=0.1
                ),
            )
            (path / MANIFEST).write_text(manifest.model_dump_json())
            self.releases.append(Release(number, path))

    def get(self, number: int) -> Release:
        for release in self.releases:
            if release.number == number:
                return release
        raise ProblemError("no-release", "There is no such release", str(number), status=404)

    def list(self) -> list[Release]:
        return self.releases


@pytest.fixture
def site(queries, tmp_path: Path) -> AppContext:
    """The shipped data as release 2 of two."""
    queries.release_number = 2
    return AppContext(queries, _History(tmp_path))


def test_the_index_leads_to_lists_that_exist(own_client) -> None:
    index = own_client.get("/api/v1").json()
    for resource in index["resources"]:
        assert own_client.get(resource["url"] + "?limit=1").status_code == 200
    for name in ("releases", "queries", "documentation", "openapi"):
        assert own_client.get(index[name]).status_code == 200


def test_releases_are_listed_newest_first(own_client) -> None:
    releases = own_client.get("/api/v1/releases").json()
    assert (releases["served"], releases["total"]) == (2, 2)
    assert [one["number"] for one in releases["items"]] == [2, 1]
    assert own_client.get("/api/v1/releases/1").json() == releases["items"][1]


@pytest.mark.parametrize("number", ["3", "0", "-1", "99999999999999999999"])
def test_releases_that_never_were(own_client, number: str) -> None:
    assert own_client.get(f"/api/v1/releases/{number}").status_code == 404


def test_the_release_shows_in_tags_pages_and_descriptions(own_client) -> None:
    assert own_client.get("/api/v1/bodies?limit=2").headers["etag"].startswith('"r2-20261122')
    page = own_client.get("/releases").text
    assert "Why &amp; &lt;how&gt;" in page
    assert "1,234" in page
    assert "1234" in own_client.get("/.well-known/void").text
    assert "2026-11-22" in own_client.get("/sitemap.xml").text
    assert "graph/activities" in own_client.get("/catalog").text


def test_the_header_of_a_query_file_says_what_it_asks() -> None:
    query = parse_stored_query(
        "03-mikes", "# title: MIKES\n# question: Which activities mention it,\n#   and for whom?\n\nSELECT * {}\n"
    )
    assert (query.title, query.question) == ("MIKES", "Which activities mention it, and for whom?")
    assert parse_stored_query("07-which-bodies", "SELECT * {}").title == "Which bodies"
