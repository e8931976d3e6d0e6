"""Resource paths, as they were sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.integrations.odata.edm import SETS
from jwpgraph.integrations.odata.paths import Key, find_record, make_address, parse_path, quote_key
from jwpgraph.integrations.odata.records import ODataRecord
from jwpgraph.problems import ProblemError


def record(key: str) -> ODataRecord:
    return ODataRecord(SETS["Documents"], {"id": key})


@pytest.mark.parametrize(
    ("path", "key", "navigation", "member", "primitive", "ending"),
    [
        ("Documents", None, None, None, None, None),
        ("Documents/", None, None, None, None, None),
        ("Documents()", None, None, None, None, None),
        ("Documents/$count", None, None, None, None, "$count"),
        ("Documents/%24count", None, None, None, None, "$count"),
        ("Documents('a')", Key("a"), None, None, None, None),
        ("Documents(%27a%27)", Key("a"), None, None, None, None),
        ("Documents('a/b')", Key("a/b"), None, None, None, None),
        ("Documents('a%2Fb')/title", Key("a/b"), "title", None, None, None),
        ("Documents('it''s')", Key("it's"), None, None, None, None),
        ("Documents('%C3%A9')", Key("é"), None, None, None, None),
        ("Documents(guid'a')", Key("a", None), None, None, None, None),
        ("Documents(id=guid'a')", Key("a"), None, None, None, None),
        ("Documents(id='a')", Key("a"), None, None, None, None),
        ("Documents('a')/title/$count", Key("a"), "title", None, None, "$count"),
        ("Documents('a')/title('b')", Key("a"), "title", Key("b"), None, None),
        ("Documents('a')/title('b')/value", Key("a"), "title", Key("b"), "value", None),
        ("Documents('a')/title('b')/value/$value", Key("a"), "title", Key("b"), "value", "$value"),
        ("Documents('a')/updated/$value", Key("a"), None, None, "updated", "$value"),
    ],
)
def test_what_a_path_leads_to(path, key, navigation, member, primitive, ending):
    target = parse_path(path)
    assert target.entity_type is SETS["Documents"]
    assert (target.key, target.member, target.ending) == (key, member, ending)
    assert (target.navigation.name if target.navigation else None) == navigation
    assert (target.primitive.name if target.primitive else None) == primitive


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(
            (path, 404)
            for path in ("Nonsense", "documents", "$value", "$metadata/x", "Documents/$value", "Documents/title")
        ),
        *(
            (path, 404)
            for path in ("Documents('a')/$count", "Documents('a')/title/value", "Documents('a')/updated('b')")
        ),
        *((path, 404) for path in ("Documents/$count/$count", "Documents('a')/updated/$count", "Documents-1", "(a)")),
        *((path, 404) for path in ("Documents('a')/title('b')/titles", "Documents('a')/updated/$value/x")),
        *(
            (path, 400)
            for path in ("Documents(a)", "Documents(1)", "Documents('a", "Documents(a')", "Documents(x='a')")
        ),
        *((path, 400) for path in ("Documents('a','b')", "Documents('%ff')", "Documents//title", "Documents('a%00')")),
        *((path, 400) for path in ("Documents(guid'a)", "x" * 5000, "Documents('" + "a" * 5000 + "')")),
    ],
)
def test_what_leads_nowhere(path, status):
    with pytest.raises(ProblemError) as problem:
        parse_path(path)
    assert problem.value.status == status


@given(st.text(min_size=1, max_size=40).filter(lambda text: "\0" not in text and text.isprintable()))
def test_every_key_is_found_at_its_own_address(key):
    target = parse_path(make_address(record(key)))
    assert target.key == Key(key)
    assert find_record([record("other"), record(key)], target.key, "Documents").key == key
    assert "/" not in quote_key(key)


@given(st.text(max_size=80))
def test_any_path_leads_somewhere_or_is_refused(path):
    try:
        target = parse_path(path)
    except ProblemError as problem:
        assert problem.status in {400, 404}  # noqa: PT017 - either is right
    else:
        assert target.entity_type is None or target.entity_type.set_name in SETS
