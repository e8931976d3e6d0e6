"""Each redirect rule of docs/w3id/.htaccess sends an IRI of its kind to a page that the service has."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HTACCESS = Path(__file__).resolve().parents[2] / "docs/w3id/.htaccess"
HOST = "https://jwpgraph.example.org"
RULES = re.findall(r"^RewriteRule (\S+) (\S+) \[([^\]]+)\]$", HTACCESS.read_text(), re.MULTILINE)
#: IRIs without their base, at least one for each rule.
MINTED = (
    "",
    "id/activity/jwp-2015-2020/B16",
    "id/taxon/cites/acinonyx-jubatus",
    "id/country/KE",
    "ontology",
    "ontology/0.1.0",
    "mappings/catalogue-of-life",
    "shapes",
    "quality",
    "graph/activities",
    "graph/species/taxa-cms-birds",
    "dataset",
    "catalog",
    "dataset/distribution/tables/countries.csv",
    "service/sparql",
    "table/countries",
    "problem/not-found",
    "context.jsonld",
    "validation",
    "api/v1/terms",
)


def redirect(path: str) -> tuple[int, str] | None:
    """What Apache does: the first rule that matches, its groups put in (mod_rewrite)."""
    for number, (pattern, target, flags) in enumerate(RULES):
        if found := re.search(pattern, path):
            assert {"R=303", "L"} <= set(flags.split(","))
            return number, re.sub(r"\$([0-9])", lambda group: found[int(group[1])], target)
    return None


def test_every_rule_is_used() -> None:
    used = {found[0] for path in MINTED if (found := redirect(path))}
    assert used == set(range(len(RULES)))
    assert redirect("idle/x") is redirect("ontology/x") is redirect("admin") is None


@pytest.mark.parametrize("path", MINTED)
def test_a_rule_leads_to_something(client, path: str) -> None:
    found = redirect(path)
    assert found is not None
    assert found[1] == f"{HOST}/{path}"
    answer = client.get(found[1].removeprefix(HOST))
    assert answer.status_code in {200, 303}
