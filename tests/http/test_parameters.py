"""Parameters are read as the standard library reads them, the usual ones by a shorter way."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jwpgraph.http.parameters import parse_parameters
from jwpgraph.problems import ProblemError

PIECES = st.sampled_from(
    [
        "query",
        "=",
        "&",
        "+",
        "%20",
        "%2B",
        "%3D",
        "%26",
        "%25",
        "%",
        "%%",
        "%4",
        "%zz",
        "%\n",
        "\n",
        "\r",
        "\t",
        " ",
        "_",
        "a",
    ]
)
ENCODED = st.lists(
    PIECES | st.text(max_size=3) | st.text(max_size=5).map(lambda text: quote_plus(text, errors="ignore"))
)


@given(ENCODED.map("".join))
@example("a=b=c&=d&e&&f=")
@example("a=%3D%0A=%\n&b==%3d")
@example("query=%E2%82%AC+\u20ac")
def test_the_short_way_leads_to_the_same_place(text: str) -> None:
    encoded = text.encode("utf-8", "surrogatepass")
    try:
        expected = parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        with pytest.raises(ProblemError, match="UTF-8"):
            parse_parameters(encoded)
    else:
        assert parse_parameters(encoded) == expected


@pytest.mark.parametrize("encoded", [b"query=%FF", b"query=\xff", b"query=%C3%28"])
def test_what_is_not_utf_8_is_refused(encoded: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        parse_parameters(encoded)
    assert caught.value.slug == "not-utf-8"


def test_so_many_and_no_more() -> None:
    assert len(parse_parameters(b"&".join([b"a=b"] * 1000))) == 1000
    with pytest.raises(ProblemError) as caught:
        parse_parameters(b"&".join([b"a=b"] * 1001))
    assert caught.value.slug == "too-many-parameters"
