"""Targets that are away, busy, elsewhere or not what they seem: one plain problem, and the credentials stay here."""

from __future__ import annotations

import asyncio
import base64

import pytest

from jwpgraph.problems import ProblemError
from jwpgraph.publishing.connection import Credentials, RetryPolicy, TargetConnection
from jwpgraph.publishing.endpoints import TargetEndpoints
from jwpgraph.publishing.publisher import PublishingOptions, ReleasePublisher, get_limit_time
from jwpgraph.settings import Settings

from .conftest import EMPTY, SOLUTIONS, answer

BASIC = Credentials("basic", "user", "secret")
RETRIES = 3


@pytest.fixture
def publish(small_release, scripted):

    def run(*, access=BASIC, query=None, store=None, seconds=20.0, **patience):
        async def go():
            endpoints = TargetEndpoints.of(store or scripted.store, query)
            waits = RetryPolicy(**({"answer": 5, "retries": RETRIES, "delay": 0.001} | patience))
            async with TargetConnection(endpoints, access, waits) as connection, get_limit_time(seconds, connection):
                return await ReleasePublisher(small_release, connection, PublishingOptions(entailed=False)).publish()

        return asyncio.run(go())

    return run


def failure(publish, **arguments):
    with pytest.raises(ProblemError) as caught:
        publish(**arguments)
    assert caught.value.exit_code == 2
    assert "secret" not in caught.value.line()
    return caught.value


def store_answers(*responses):
    """A script: queries have no solutions, requests to the store get *responses* in turn, the last one ever after."""
    left = list(responses)

    def script(asked):
        if asked.path == "/query":
            return SOLUTIONS
        return left.pop(0) if len(left) > 1 else left[0]

    return script


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("401 Unauthorized", "user and password"),
        ("403 Forbidden", "do not permit"),
        ("404 Not Found", "address"),
        ("405 Method Not Allowed", "address"),
        ("409 Conflict", "not allow writing"),
        ("413 Content Too Large", "--chunk"),
        ("422 Unprocessable Content", "validation"),
        ("507 Insufficient Storage", "full"),
    ],
)
def test_a_refusal_is_said_at_once(publish, scripted, status, word):
    scripted.script = store_answers(answer(status, b"<html>no</html>", Content_Type="text/html"))
    problem = failure(publish)
    assert problem.slug == "target-refused"
    assert word in problem.detail
    assert status[:3] in problem.detail
    assert "<html>" not in problem.line()


def test_what_a_target_says_of_itself_is_passed_on_in_one_line(publish, scripted):
    said = b"bad\nthing \x1b[31m" + b"x" * 5000
    scripted.script = store_answers(answer("400 Bad Request", said, Content_Type="text/plain; charset=utf-8"))
    line = failure(publish).line()
    assert "bad thing" in line
    assert "\x1b" not in line
    assert len(line) < 500
    detail = b'{"title": "t", "detail": "too many graphs"}'
    scripted.script = store_answers(answer("400 Bad Request", detail, Content_Type="application/problem+json"))
    assert "too many graphs" in failure(publish).line()


def test_digest_is_proposed_where_it_is_asked_for(publish, scripted):
    challenge = 'Digest realm="x", nonce="y", qop="auth"'
    scripted.script = store_answers(answer("401 Unauthorized", WWW_Authenticate=challenge))
    assert "JWPGRAPH_PUBLISH_AUTH=digest" in failure(publish).detail
    assert "JWPGRAPH_PUBLISH_TOKEN" in failure(publish, access=Credentials()).detail


@pytest.mark.parametrize("challenge", ["Digest nonsense", 'Digest realm="x", nonce="y", algorithm="ROT13"'])
def test_a_digest_challenge_that_is_none(publish, scripted, challenge):
    scripted.script = store_answers(answer("401 Unauthorized", WWW_Authenticate=challenge))
    assert failure(publish, access=Credentials("digest", "user", "secret")).slug in {
        "target-failed",
        "target-unreachable",
    }


def test_digest_sends_the_body_again_and_never_the_password(publish, scripted):
    challenge = answer("401 Unauthorized", WWW_Authenticate='Digest realm="x", nonce="y", qop="auth"')
    scripted.script = store_answers(challenge, answer("204 OK"), answer("401 Unauthorized"))
    failure(publish, access=Credentials("digest", "user", "secret"))
    first, second, third, *_ = (one for one in scripted.asked if one.path == "/store")
    assert first.body == second.body != b""
    assert "authorization" not in first.headers
    assert third.headers["authorization"].startswith("Digest ")
    assert all("secret" not in str(one.headers) for one in scripted.asked)


@pytest.mark.parametrize("passing", [answer("503 Busy", Retry_After="0"), answer("500 Oh"), b"", b"HTTP/1.1 2"])
def test_what_passes_is_tried_again(publish, scripted, passing):
    scripted.script = store_answers(passing, passing, answer("403 Forbidden"))
    assert failure(publish).slug == "target-refused"
    assert scripted.methods() == ["PUT"] * 3
    assert len({one.body for one in scripted.asked if one.path == "/store"}) == 1


def test_what_does_not_pass_ends(publish, scripted):
    scripted.script = store_answers(answer("503 Busy", Retry_After="0"))
    assert failure(publish).slug == "target-failed"
    assert scripted.methods() == ["PUT"] * (RETRIES + 1)
    scripted.script = store_answers(None)
    assert failure(publish).slug == "target-unreachable"


@pytest.mark.parametrize("when", ["3600", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_is_honoured_as_far_as_the_deadline_goes(publish, scripted, when):
    scripted.script = store_answers(answer("503 Busy", Retry_After=when))
    problem = failure(publish, seconds=0.5)
    assert (problem.slug, "status 503" in problem.detail) == ("target-timeout", True)
    assert scripted.methods() == ["PUT"]


def test_a_redirect_is_not_followed(publish, scripted, another):
    scripted.script = store_answers(answer("307 Elsewhere", Location=f"{another.url}/store"))
    assert another.url in failure(publish).detail
    assert another.asked == []


def test_credentials_go_to_the_store_s_origin_alone(publish, scripted, another):
    failure(publish, query=f"{another.url}/query")
    expected = "Basic " + base64.b64encode(b"user:secret").decode()
    assert {one.headers["authorization"] for one in scripted.asked} == {expected}
    assert another.asked
    assert all("authorization" not in one.headers for one in another.asked)


def test_a_web_site_that_says_yes_to_everything_is_found_out(publish, scripted):
    problem = failure(publish)
    assert (problem.slug, "does not show them" in problem.detail) == ("target-failed", True)


@pytest.mark.parametrize(
    "response",
    [
        answer("200 OK", b"<html>hello</html>", Content_Type="text/html"),
        answer("200 OK", b'{"boolean": true}', Content_Type="application/sparql-results+json"),
        answer("200 OK", b"[1]", Content_Type="application/json"),
        answer("200 OK", EMPTY.replace(b"[]}", b'[{"s": 1}]}'), Content_Type="application/json"),
        answer("200 OK", EMPTY.replace(b"[]}", b'[{"s": {"type": "uri", "value": "urn:a"}}]}')),
    ],
)
def test_a_query_endpoint_that_is_none(publish, scripted, response):
    scripted.script = lambda _: response
    assert failure(publish).slug == "target-failed"
    assert scripted.methods() == []


def test_an_answer_without_an_end_is_not_read_to_its_end(publish, scripted, monkeypatch):
    monkeypatch.setattr("jwpgraph.publishing.connection._QUERY_LIMIT", 100_000)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n"
    scripted.script = lambda _: head + b" " * 1_000_000
    assert "too long" in failure(publish).detail


def test_an_answer_that_never_comes(publish, scripted):
    scripted.script = lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"
    assert failure(publish, answer=0.2).slug == "target-unreachable"


def test_turtle_where_n_triples_are_not_known(publish, scripted):
    scripted.script = store_answers(answer("415 Unsupported"), answer("204 OK"))
    failure(publish)
    assert [one.headers["content-type"] for one in scripted.asked if one.path == "/store"] == [
        "application/n-triples",
        *["text/turtle"] * 3,
    ]
    scripted.script = store_answers(answer("415 Unsupported"))
    assert "N-Triples" in failure(publish).detail


def test_tls_that_fails_is_not_tried_again(publish, scripted):
    problem = failure(publish, store=scripted.store.replace("http:", "https:"), retries=50)
    assert problem.slug == "target-unreachable"
    assert "SSL" in problem.detail


def test_nobody_there(publish):
    assert failure(publish, store="http://127.0.0.1:9/store").slug == "target-unreachable"
    assert failure(publish, store="http://nowhere.invalid/store").slug == "target-unreachable"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Credentials()),
        ({"token": "t"}, Credentials("bearer", secret="t")),
        ({"user": "u", "password": "p"}, Credentials("basic", "u", "p")),
        ({"user": "u", "password": "p", "auth": "digest"}, Credentials("digest", "u", "p")),
        ({"user": "u", "password": "p", "token": "t"}, "TOKEN"),
        ({"user": "u"}, "PASSWORD"),
        ({"password": "p"}, "USER"),
    ],
)
def test_who_we_are_comes_from_settings(values, expected):
    settings = Settings(**{f"publish_{name}": value for name, value in values.items()})
    if isinstance(expected, Credentials):
        assert Credentials.of(settings) == expected
    else:
        with pytest.raises(ProblemError, match=expected):
            Credentials.of(settings)
