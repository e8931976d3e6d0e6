"""Dates with their precision, and texts without personal data."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib import SH, Graph

from jwpgraph.programme.values import check_address, check_duration, check_past_day, check_text, check_when, is_before
from jwpgraph.shipped_files import get_shipped_path


@pytest.mark.parametrize("text", ["2026", "2026-02", "2024-02-29", "2026-12-08T14:00:00+01:00", "2026-12-08T14:00:00Z"])
def test_dates_are_kept_as_precise_as_they_are(text: str) -> None:
    assert check_when(text) == text


def test_seconds_are_added() -> None:
    assert check_when("2026-12-08T14:00+01:00") == "2026-12-08T14:00:00+01:00"


@pytest.mark.parametrize(
    "text", ["2026-02-29", "2026-13", "26", "2026-2-1", "next week", "2026-12-08T14:00:00", "", "0000"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_when(text)


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_an_order_is_only_claimed_where_both_dates_tell(one: date, other: date) -> None:
    assert is_before(one.isoformat(), other.isoformat()) == (one < other)
    assert is_before(one.isoformat()[:4], other.isoformat()) == (one.year < other.year)
    assert is_before(one.isoformat(), other.isoformat()[:7]) == ((one.year, one.month) < (other.year, other.month))


PERSONAL = (
    *("Write to jane.doe@example.org", "Call +254 20 762 1234", "Tel.: 022 917 81 39", "tel. +12.345678"),
    *("Chaired by Dr. Jane Doe", "Présidée par Mme Dupont", "Opened by Sir Peter Hill", "Dame Marie", "Señora Gómez"),
    *("Mr Hill", "Ms Anna Park", "Mr Smith from the Islands", "Dr Jane Doe, Horn Island", "Dr Jane Doe of Reef Check"),
    # With a country code and a dot, as in RFC 5733, or with dots between all groups.
    *("+1.2025550143", "+33.612345678", "+254.2076212", "+33.612.345.678", "+49.30.123456", "+49.30 123456"),
    *("+41.22-917.8139", "+45.12345678", "+181.234567"),
)
PLACES = (
    *("Sir Bani Yas Island", "Sir Bani Yas Island, United Arab Emirates", "Workshop on Sir Bani Yas Island"),
    *("Mount Sir Donald", "Île de Sir Bani Yas", "Professor Smith Inlet", "Dr Horn Nature Reserve"),
    *("+12.345678", "at +12.345678.", "+12.345678, +45.123456", "+12.345678 -134.567890", "-1.2921 +36.8219"),
    *("POINT(+12.345678 +45.678901)", "+24.3167+052.6000/", "(+12.3456789)", "between +12.345678 and +45.123456"),
)


@pytest.mark.parametrize("text", PERSONAL)
def test_persons_and_their_numbers_are_told_from_places(text: str) -> None:
    with pytest.raises(ValueError, match=r"person|telephone|e-mail"):
        check_text(text)


@pytest.mark.parametrize("text", PLACES)
def test_places_and_coordinates_are_kept(text: str) -> None:
    assert check_text(text) == text


def test_the_shape_refuses_and_keeps_the_same_texts() -> None:
    shapes, data = Graph().parse(get_shipped_path("shapes/records.ttl")), Store()
    (constraint,) = (one for one in shapes.subjects(SH.select) if one.endswith("noContact-sparql"))
    subject, comment = NamedNode("https://example.org/x"), NamedNode("https://example.org/comment")
    data.extend(Quad(subject, comment, Literal(text)) for text in (*PERSONAL, *PLACES))
    found = data.query(str(shapes.value(constraint, SH.select)))
    assert {one["value"].value for one in found} == set(PERSONAL)


@pytest.mark.parametrize(
    "text",
    [
        "Write to jane.doe@example.org",
        "Call +254 20 762 1234",
        "Tel.: 022 917 81 39",
        "Chaired by Dr. Jane Doe",
        "Chaired by Mr J. DOE",
        "Présidée par M. Élie Dupont",
        "a.b＠example.org",
        "jürgen@müller.example",
        "jane (at) example [dot] org",
        "jane @ example.org",
        "jane at example dot org",
        "jane\u200d@example.org",
        "bell \x07",
        "shown backwards \u202egro",
        "isolated \u2066x\u2069",
        "mark\u200f",
        "no\u200bwidth",
        "\ufefftitle",
        "a.b at example.org",
        "a&#64;example.org",
        "a%40example.org",
        "tél. 01 23 45 67 89",
        "Teléfono: 912 345 678",
        "WhatsApp 0123 456 789",
        "MR SMITH",
        "Mr.\tSmith",
        "Mr\u2009Smith",
        "Mr\nSmith",
    ],
)
def test_personal_data_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "UNEP/CMS/COP15/Doc.30.2",
        "Resolution Conf. 12.11 (Rev. CoP19)",
        "2015-2020",
        "12 000 000 euros",
        "see @en",
        "Workshop @ Samarkand. It met at the dot of nine.",
        "می\u200cخواهم",
        "Drs",
        "M. birostris and M. alfredi",
        "the workshop (at Bonn) etc.",
        "Published at cites.org, see Doc. 12.3 at cms.int",
        "DR Congo; MS 12",
        "a hotel with 120 rooms",
    ],
)
def test_what_only_looks_like_it_is_kept(text: str) -> None:
    assert check_text(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "https://[::",
        "http://exa mple.org/",
        "http://user:word@example.org/",
        "https://.",
        "ftp://example.org/",
        "https://example.org/mail?to=a@example.org",
        "https://example.org/mail?to=a%40example.org",
        "https://example.org/call/+41229178139",
        "https://example.org/call/0041229178139",
    ],
)
def test_what_is_no_public_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_address(text)


def test_addresses_are_kept_as_they_are_written() -> None:
    for text in (
        *("https://cites.org/eng/cop/20", "http://example.org", "https://example.org/ü?page=1#two"),
        *("https://example.org/@cites.org/1", "https://www.ipbes.net/doc/20171028-12-345.pdf"),
    ):
        assert check_address(text) == text
    assert check_address("HTTPS://example.org/A") == "https://example.org/A"


def test_a_judgement_is_not_dated_in_the_future() -> None:
    assert check_past_day(date.today().isoformat())
    with pytest.raises(ValueError, match="still to come"):
        check_past_day("2999-01-01")


@pytest.mark.parametrize("text", ["P0Y", "P0D", "P", "P1H", "1Y", "P-1Y", ""])
def test_an_interval_has_a_length(text: str) -> None:
    with pytest.raises(ValueError, match="interval"):
        check_duration(text)
    assert check_duration("P1Y6M") == "P1Y6M"
