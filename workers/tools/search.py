"""A search at a SearXNG-compatible endpoint that the operator names: JSON in, a few results out, as they were then."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

import httpx

from workers.tools import FAILED, FINISHED, OVERFLOW, TIMEOUT, Outcome, refused

SECONDS = 10
LONGEST_ANSWER = 2 * 2**20  # bytes
RESULTS = 10
LONGEST = {"title": 300, "address": 2_000, "snippet": 500}
FIELDS = {"title": "title", "address": "url", "snippet": "content"}  # ours: theirs
ENVIRONMENT = f"{SECONDS} s, {LONGEST_ANSWER >> 20} MiB, {RESULTS} results"
NOT_SET_UP = "Not searched: no search endpoint is set up here (SEARCH_URL)."


class TooLong(Exception):
    pass


def run(url: str, query: str, *, transport: httpx.BaseTransport | None = None) -> Outcome:
    """Ask once. What the endpoint cannot answer is failed; without an endpoint nothing is asked."""
    if not url:
        return refused(NOT_SET_UP)
    version, started = f"SearXNG JSON at {urlsplit(url).hostname}", time.monotonic()
    try:
        status, output = FINISHED, _read(_fetch(url, query, until=started + SECONDS, transport=transport))
    except httpx.TimeoutException:
        status, output = TIMEOUT, {"note": f"Stopped: no answer within {SECONDS} s."}
    except TooLong:
        status, output = OVERFLOW, {"note": f"Stopped: the answer is longer than {LONGEST_ANSWER >> 20} MiB."}
    except httpx.HTTPStatusError as error:
        status, output = FAILED, {"note": f"The search endpoint answered with status {error.response.status_code}."}
    except httpx.HTTPError as error:
        status, output = FAILED, {"note": f"The search endpoint cannot be reached: {type(error).__name__}."}
    except (ValueError, RecursionError):
        status, output = FAILED, {"note": "The search endpoint did not answer as SearXNG does in JSON."}
    return Outcome(status, output, version, ENVIRONMENT, round(1000 * (time.monotonic() - started)))


def _fetch(url: str, query: str, *, until: float, transport: httpx.BaseTransport | None) -> bytes:
    """The body of the answer. Redirects are not followed: the operator names one address, and it alone is asked."""
    address = httpx.URL(url)
    if not address.path.endswith("/search"):
        address = address.copy_with(path=address.path.rstrip("/") + "/search")
    asked = address.copy_merge_params({"q": query, "format": "json"})
    with (
        httpx.Client(timeout=SECONDS, transport=transport, trust_env=False) as client,
        client.stream("GET", asked, headers={"Accept": "application/json"}) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            answer.raise_for_status()
            raise ValueError("a redirect")
        body = bytearray()
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > LONGEST_ANSWER:
                raise TooLong
            if time.monotonic() > until:
                raise httpx.ReadTimeout("the whole answer")
    return bytes(body)


def _read(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict) or not isinstance(found.get("results"), list):
        raise ValueError("no results")
    results = [_result(entry) for entry in found["results"] if isinstance(entry, dict)]
    shown = [result for result in results if result["title"] or result["snippet"]][:RESULTS]
    return {"results": shown, "found": len(results), "note": ""}


def _result(entry: dict[str, Any]) -> dict[str, str]:
    """One result as plain text of every database; an address that is no web page is left out."""
    found = {ours: _text(entry.get(theirs), LONGEST[ours]) for ours, theirs in FIELDS.items()}
    web = found["address"].lower().startswith(("http://", "https://"))
    return found | {"address": found["address"] if web else ""}


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        return ""
    plain = value.replace("\x00", "").encode("utf-8", "replace").decode()
    words = " ".join(plain.split())
    return words if len(words) <= longest else words[: longest - 1] + "…"
