"""Search at an endpoint that answers as SearXNG does, and at ones that do not."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from workers.tools import search
from workers.tools.search import run

URL = "http://search.example.org/"
GOOD = {
    "query": "leap year",
    "results": [
        {"title": "Leap\n year", "url": "https://example.org/leap", "content": "2000 was one.\x00", "engine": "x"},
        {"title": "Odd", "url": "javascript:alert(1)", "content": None},
        {"title": "", "url": "https://example.org/", "content": ""},
        "nonsense",
    ],
}


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(answer)


def test_results_are_snapshotted_as_plain_text() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=GOOD)

    outcome = run(URL, "leap & year?", transport=answering(answer))
    assert outcome.status == "finished"
    assert outcome.output == {
        "results": [
            {"title": "Leap year", "address": "https://example.org/leap", "snippet": "2000 was one."},
            {"title": "Odd", "address": "", "snippet": ""},
        ],
        "found": 3,
        "note": "",
    }
    assert (outcome.version, outcome.environment) == ("SearXNG JSON at search.example.org", search.ENVIRONMENT)
    assert [(request.url.path, dict(request.url.params)) for request in asked] == [
        ("/search", {"q": "leap & year?", "format": "json"})
    ]


@pytest.mark.parametrize(
    ("url", "path", "params"),
    [
        ("http://x/search", "/search", {}),
        ("http://x/searx/", "/searx/search", {}),
        ("http://x/search?language=de", "/search", {"language": "de"}),
    ],
)
def test_the_operators_address_is_kept(url: str, path: str, params: dict[str, str]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert (request.url.path, dict(request.url.params)) == (path, params | {"q": "a", "format": "json"})
        return httpx.Response(200, json={"results": []})

    assert run(url, "a", transport=answering(answer)).status == "finished"


def test_at_most_ten_results_each_of_a_bearable_length() -> None:
    entries = [{"title": "t" * 9999, "url": "https://e.org/" + "u" * 9999, "content": "c" * 9999}] * 50
    outcome = run(URL, "a", transport=answering(lambda _: httpx.Response(200, json={"results": entries})))
    assert len(outcome.output["results"]) == 10
    assert {name: len(text) for name, text in outcome.output["results"][0].items()} == search.LONGEST


def refuse(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no")


def late(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("late")


@pytest.mark.parametrize(
    ("answer", "status", "note"),
    [
        (refuse, "failed", "The search endpoint cannot be reached: ConnectError."),
        (late, "timeout", "Stopped: no answer within 10 s."),
        (lambda _: httpx.Response(429), "failed", "The search endpoint answered with status 429."),
        (lambda _: httpx.Response(302, headers={"Location": "http://169.254.0.1/"}), "failed", "status 302"),
        (lambda _: httpx.Response(200, text="<html>"), "failed", "did not answer as SearXNG"),
        (lambda _: httpx.Response(200, text="[" * 100_000), "failed", "did not answer as SearXNG"),
        (lambda _: httpx.Response(200, json=[]), "failed", "did not answer as SearXNG"),
        (lambda _: httpx.Response(200, json={"results": None}), "failed", "did not answer as SearXNG"),
        (lambda _: httpx.Response(200, content=b"x" * (search.LONGEST_ANSWER + 1)), "overflow", "longer than 2 MiB"),
    ],
)
def test_what_the_endpoint_cannot_do_is_failed(answer: Any, status: str, note: str) -> None:
    outcome = run(URL, "a", transport=answering(answer))
    assert outcome.status == status
    assert set(outcome.output) == {"note"}
    assert note in outcome.output["note"]


def test_without_an_endpoint_nothing_is_asked() -> None:
    outcome = run("", "a", transport=answering(refuse))
    assert (outcome.status, outcome.output) == ("refused", {"note": search.NOT_SET_UP})


def test_names_and_passwords_of_the_address_stay_with_the_operator() -> None:
    outcome = run("http://user:secret@x.example.org/", "a", transport=answering(lambda _: httpx.Response(403)))
    assert "secret" not in json.dumps([outcome.version, outcome.environment, outcome.output])


def test_the_same_answer_is_the_same_run() -> None:
    transport = answering(lambda _: httpx.Response(200, json=GOOD))
    one, other = (run(URL, "a", transport=transport) for _ in range(2))
    assert (one.status, one.output, one.version, one.environment) == (
        *(other.status, other.output),
        *(other.version, other.environment),
    )
