"""``/reconcile`` by a client from PyPI, unmodified: ``reconciler``, which reconciles columns of pandas."""

from __future__ import annotations

import pandas
from reconciler import reconcile

ID = "https://w3id.org/jwpgraph/id/"


def _match(shipped, names: list[str], kind: str, **options) -> dict[str, tuple[str, bool]]:
    column = pandas.Series(names)
    found = reconcile(column, type_id=kind, reconciliation_endpoint=f"{shipped.url}/reconcile", **options)
    rows = zip(found["input_value"], found["id"], found["match"], strict=True)
    return {name: (iri.removeprefix(ID), bool(match)) for name, iri, match in rows}


def test_a_column_of_countries_is_reconciled(shipped) -> None:
    names = ["Mongolia", "kazakhstan", "Côte d'Ivoire", "Côte d’Ivoire", "Viet Nam", "KEN"]
    found = _match(shipped, names, "Country")
    assert [found[name] for name in names] == [
        (f"country/{code}", True) for code in ("MN", "KZ", "CI", "CI", "VN", "KE")
    ]


def test_names_of_two_concepts_are_for_the_reader_to_choose(shipped) -> None:
    found = _match(shipped, ["Panthera uncia", "Falco cherrug"], "TaxonConcept")
    # The name of CMS is Uncia uncia; Falco cherrug is a concept of each treaty.
    assert found == {
        "Panthera uncia": ("taxon/cites/panthera-uncia", True),
        "Falco cherrug": ("taxon/cites/falco-cherrug", False),
    }


def test_a_column_narrows_another(shipped) -> None:
    codes = pandas.Series(["A1", "B16"])
    found = _match(shipped, ["synergies", "synergies"], "Activity", property_mapping={"notation": codes}, top_res=1)
    assert set(found) == {"synergies"}
