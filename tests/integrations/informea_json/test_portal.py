"""Decisions as ECOLEX's importer reads them from the InforMEA portal: its requests, and the fields that it takes."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

ROOT = "/informea/portal"


def test_ecolex_harvests_all_decisions(web):
    listed: list[dict] = []
    for page in itertools.count():
        nodes = web.get(f"{ROOT}/decisions", params={"items_per_page": 2, "page": page}).json()
        if not nodes:
            break
        listed += nodes
    odata = {one["number"]: one for one in web.get("/informea.svc/Decisions").json()["d"]["results"]}
    found = {}
    for one in listed:
        node = web.get(f"{ROOT}/node/{one['uuid']}/json").json()
        assert node["uuid"] == one["uuid"]
        assert datetime.fromtimestamp(int(one["last_update"]), UTC) == datetime.fromtimestamp(int(node["changed"]), UTC)
        for meeting in node.get("field_meeting", ()):
            held = web.get(f"{ROOT}/node/{meeting['uuid']}/json").json()
            assert held["title_field"]["en"][0]["value"]
        found[node["field_decision_number"]["und"][0]["value"]] = node
    assert len(listed) == len(odata)
    assert set(found) == set(odata)
    resolution = found["13.3"]
    assert resolution["title_field"]["en"] == [{"value": "CITES Resolution Conf. 13.3"}]
    assert resolution["field_treaty"][0]["odata_identifier"] == "cites"
    assert resolution["field_decision_type"] == [{"label": "resolution"}]
    assert resolution["field_url"]["en"][0]["url"] == resolution["url"]["en"] == odata["13.3"]["link"]
    # What is not known is left out: the importer takes no keywords, no date and no status then.
    assert "field_informea_tags" not in resolution
    assert "field_sorting_date" not in resolution
    assert "field_decision_status" not in resolution


def test_what_is_not_there_is_said(web):
    assert web.get(f"{ROOT}/node/x/json").status_code == 404
    assert web.get(f"{ROOT}/decisions?page=-1").status_code == 400
