"""What crawlers read in pages: schema.org as JSON-LD."""

from __future__ import annotations

import json
import re

from jwpgraph.vocabulary import BASE


def _read(client, path: str) -> dict:
    text = client.get(path, accept="text/html").text
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


def test_the_first_page_is_about_the_dataset(client) -> None:
    found = _read(client, "/")
    assert (found["@type"], found["@id"], found["license"]) == ("Dataset", BASE + "dataset", BASE + "dataset#rights")


def test_meetings_have_dates_and_a_place(client) -> None:
    found = _read(client, "/doc/meeting/cites-cop16")
    assert (found["@type"], found["startDate"], found["endDate"]) == ("Event", "2013-03-03", "2013-03-14")
    assert found["location"] == {"@type": "Place", "name": "Bangkok"}


def test_sites_have_coordinates(client) -> None:
    found = _read(client, "/doc/site/mike-akg")
    assert found["@type"] == "Place"
    assert found["geo"] == {"@type": "GeoCoordinates", "latitude": -1.63669, "longitude": 30.7102}
