"""``$filter``: what it finds, and what is refused before any entity is looked at."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jwpgraph.integrations.odata.edm import SETS
from jwpgraph.integrations.odata.filter_literals import FilterError, to_version_4
from jwpgraph.integrations.odata.filters import parse_filter
from jwpgraph.integrations.odata.records import LocalPath, ODataRecord, make_child

SITE = SETS["Sites"]


def site(key: str, *, names: dict[str, str] | None = None, **values: object) -> ODataRecord:
    texts = [
        make_child("LocalizableString", f"{key}-{language}", language=language, value=value)
        for language, value in (names or {}).items()
    ]
    return ODataRecord(SITE, {"id": key, "protocolVersion": 1, **values}, {"name": texts})  # type: ignore[dict-item]


SITES = [
    site(
        *("akg",),
        names={"en": "Akagera", "fr": "Parc de l'Akagera"},
        country="RW",
        latitude=-1.5,
        longitude=30.0,
        updated=datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC),
        url=LocalPath("/id/site/akg"),
    ),
    site("bbk", names={"en": "Boumba"}, country="CM", latitude=2.25, updated=datetime(2025, 6, 1, tzinfo=UTC)),
    site("it's", country=None),
]


def found(text: str) -> list[str]:
    condition = parse_filter(text, SITE, lambda path: f"https://example.org{path}")
    return [one.key for one in SITES if condition(one)]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("id eq 'akg'", ["akg"]),
        ("'akg' eq id", ["akg"]),
        ("id ne 'akg'", ["bbk", "it's"]),
        ("id eq 'it''s'", ["it's"]),
        ("id lt 'b'", ["akg"]),
        ("id ge 'bbk' and id le 'bbk'", ["bbk"]),
        ("latitude gt -1.5", ["bbk"]),
        ("latitude ge -1.5", ["akg", "bbk"]),
        ("latitude lt 0L or latitude gt 2.2m", ["akg", "bbk"]),
        ("latitude eq 225e-2", ["bbk"]),
        ("latitude eq 2.25d", ["bbk"]),
        ("protocolVersion eq 1", ["akg", "bbk", "it's"]),
        ("-latitude eq 1.5", ["akg"]),
        # What is not known equals null only.
        ("country eq null", ["it's"]),
        ("country ne null", ["akg", "bbk"]),
        ("country ne 'RW'", ["bbk", "it's"]),
        ("not (country eq 'RW')", ["bbk", "it's"]),
        ("not (country lt 'X')", ["it's"]),
        ("startswith(country, 'R')", ["akg"]),
        ("not startswith(country, 'R')", ["bbk"]),
        ("startswith(country, 'R') or id eq 'it''s'", ["akg", "it's"]),
        ("latitude gt null or true", None),
        # Dates of every version; without a zone they are in UTC.
        ("updated gt datetime'2026-01-02T03:04:05'", ["akg"]),
        ("updated gt datetime'2026-01-02T03:04:05.678'", []),
        ("updated ge datetime'2026-01-02T03:04:05.678'", ["akg"]),
        ("updated eq datetime'2026-01-02T03:04:05.6780000'", ["akg"]),
        ("updated gt datetimeoffset'2026-01-02T05:04:05+02:00'", ["akg"]),
        ("updated lt 2026-01-01T00:00:00Z", ["bbk"]),
        ("updated lt 2025-06-01T01:00:00+02:00", []),
        ("updated ge 2026-01-01", ["akg"]),
        ("updated gt datetime'2025-06-01'", ["akg"]),
        ("DATETIME'2025-06-01' lt updated", ["akg"]),
        ("year(updated) eq 2025 and month(updated) eq 6", ["bbk"]),
        # Texts.
        ("substringof('kg', id)", ["akg"]),
        ("contains(id, 'kg') eq true", ["akg"]),
        ("endswith(tolower(country), 'w')", ["akg"]),
        ("toupper(id) eq 'AKG'", ["akg"]),
        ("length(id) eq 4", ["it's"]),
        ("indexof(id, 'k') eq 1", ["akg"]),
        ("concat(id, country) eq 'akgRW'", ["akg"]),
        ("trim(concat(' ', id)) eq 'bbk'", ["bbk"]),
        ("id in ('akg', 'bbk')", ["akg", "bbk"]),
        ("id in ('akg',)", ["akg"]),
        ("url eq 'https://example.org/id/site/akg'", ["akg"]),
        ("round(latitude) eq 2 and floor(latitude) eq 2 and ceiling(latitude) eq 3", ["bbk"]),
        # Precedence: and binds more than or, not more than either.
        ("id eq 'akg' or id eq 'bbk' and country eq 'XX'", ["akg"]),
        ("(id eq 'akg' or id eq 'bbk') and country eq 'CM'", ["bbk"]),
        ("not (id eq 'akg') and not(id eq 'bbk')", ["it's"]),
        ("  id   eq  'akg'  ", ["akg"]),
        ("ID eq 'akg' ", None),
        # Several texts.
        ("substringof('Akagera', name)", ["akg"]),
        ("contains(name, 'Parc')", ["akg"]),
        ("not contains(name, 'a')", ["it's"]),
        ("name/any()", ["akg", "bbk"]),
        ("name/any(n: n/language eq 'fr')", ["akg"]),
        ("name/any(n: n/language eq 'fr' and startswith(n/value, 'Aka'))", []),
        ("name/all(n: n/language eq 'en')", ["bbk", "it's"]),
        ("name/any(n: n/language eq 'en' and country eq 'CM')", ["bbk"]),
        # Words of the grammar within quotes are texts.
        ("id eq 'datetime''2020'' or not('", []),
        ("substringof(' eq ', id)", []),
        ("id eq 'é'", []),
    ],
)
def test_what_is_found(text, keys):
    if keys is None:
        with pytest.raises(FilterError):
            found(text)
    else:
        assert found(text) == keys


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "id",
            "country",
            "1",
            "id eq",
            "eq 'x'",
            "id 'x'",
            "id eq 'x",
            "id eq x'",
            "id = 'x'",
            "(",
            "()",
            ")",
        ),
        *("nonsense eq 'x'", "name eq 'x'", "name/value eq 'x'", "id/x eq 'x'", "$it/id eq 'x'", "a.b eq 1"),
        *("id eq 1", "latitude eq '1'", "updated eq '2020-01-01'", "updated gt 'x'", "updated gt 5", "id gt null"),
        *("true gt false", "id eq true", "not id", "not latitude", "id and id", "-id eq 1", "id has 'x'"),
        *("updated gt datetime'x'", "updated gt datetime'2020-13-01'", "updated gt datetime'2020-02-30T00:00:00'"),
        *("updated gt datetime'0000-01-01'", "updated gt datetime'2020-W01-1'", "updated gt datetime'20200101'"),
        *("updated gt datetimeoffset'0001-01-01T00:00:00+10:00'", "id eq guid'x'", "id eq x'00'", "id eq time'PT1H'"),
        *("id eq duration'P1D'", "id eq geography'x'", "id eq nonsense'x'", "id eq'x'"),
        *("latitude add 1 eq 2", "latitude mul 2 eq 4", "now() gt updated", "cast(id, 'x') eq 1", "nonsense(id)"),
        *("substringof('x')", "substringof('x', 'y', id)", "substringof('x', latitude)", "substringof(name, 'x')"),
        *("contains('x', name)", "length(name) eq 1", "concat(name, 'x') eq 'x'", "length(latitude) eq 1"),
        *("matchesPattern(id, '(a+)+$')", "id in ()", "id in 'x'", "id in ('x', 1)", "(id, id) eq 1"),
        *("name/any(n: n/nonsense eq 1)", "name/any(n: n/value)", "nonsense/any()", "id/any()", "name/any(n)"),
        *("name/any(a: name/any(b: b/value eq 'x'))", "name/any(n: m/value eq 'x')"),
        *("id eq 'x')", "((id eq 'x')", "id eq 'x' and", "or id eq 'x'", "id eq 'x' id eq 'y'"),
        *("٣ eq 3", "é eq 1", "id eq\u00a0'x'", "\0", "id eq 'x'\0", "id eq ‘x’"),
    ],
)
def test_what_is_refused(text):
    with pytest.raises(FilterError) as refusal:
        found(text)
    assert str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 4000 + "id eq 'x'" + ")" * 4000,
        "not " * 2000 + "true",
        "not(" * 1000 + "true" + ")" * 1000,
        "-" * 8000 + "1 eq 1",
        "id/" * 2700 + "x eq 1",
        "name/any(a:" * 700 + "true" + ")" * 700,
        "a" * 8000,
        "'" * 8001,
        "id eq " + "9" * 8000,
        "id eq " + "1e" * 4000,
        "a." * 4000,
        " " * 8000,
        "id eq 'x' or " * 1000 + "true",
        "concat(" * 1000,
        "(true and (" * 400 + "true" + "))" * 400,
    ],
)
def test_hostile_texts_are_refused(text):
    with pytest.raises(FilterError):
        found(text)


def test_a_long_chain_is_no_nesting():
    chain = " or ".join(f"id eq '{number}'" for number in range(400))
    assert found(f"{chain} or id eq 'akg'") == ["akg"]


def test_forty_parentheses_are_read():
    assert found("(" * 40 + "id eq 'akg'" + ")" * 40) == ["akg"]


@given(st.text(max_size=60))
def test_any_text_is_a_condition_or_is_refused(text):
    with suppress(FilterError):
        assert set(found(text)) <= {one.key for one in SITES}


_WORDS = st.sampled_from(
    [
        *("id", "latitude", "updated", "name", "eq", "and", "or", "not", "(", ")", ",", "'x'", "1", "null", "true"),
        *("/", "datetime'2020-01-01'", "substringof", "any", "in", "n:", "n/value", "-", " ", "contains", "length"),
    ]
)


@given(st.lists(_WORDS, max_size=14).map(" ".join))
def test_any_words_of_the_grammar_are_a_condition_or_are_refused(text):
    with suppress(FilterError):
        assert set(found(text)) <= {one.key for one in SITES}


@given(st.text(max_size=40))
def test_texts_between_quotes_are_never_touched(text):
    literal = "'" + text.replace("'", "''") + "'"
    assert to_version_4(f"id eq {literal}") == f"id eq {literal}"
    here = site(text)
    assert parse_filter(f"id eq {literal}", SITE, str)(here)
    assert parse_filter(f"substringof({literal}, id)", SITE, str)(here)


@given(st.datetimes(min_value=datetime(1000, 1, 1), max_value=datetime(9998, 12, 31)))
def test_a_moment_is_the_same_in_every_version(value):
    value = value.replace(microsecond=value.microsecond // 1000 * 1000)
    one = site("x", updated=value.replace(tzinfo=UTC))
    text = value.isoformat(timespec="milliseconds")
    for condition in (f"updated eq datetime'{text}'", f"updated eq {text}Z", f"updated eq datetimeoffset'{text}Z'"):
        assert parse_filter(condition, SITE, str)(one)
