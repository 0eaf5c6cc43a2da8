"""What external workers send and get, read and described. Types are decided here, values in the domain."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

import orjson
from drf_spectacular.utils import OpenApiParameter

from annotate.domain.answers import Provenance
from annotate.domain.backends import DEFAULT
from annotate.domain.errors import Invalid
from annotate.domain.external import LONGEST, MOST_ROWS, SHORTEST, Given
from annotate.domain.payloads import WHOLE_LIMIT
from api.schemas import (
    ANYTHING,
    MESSAGES,
    NUMBER,
    SLUG,
    TEXT,
    WHOLE,
    Schema,
    body,
    call,
    many,
    maybe,
    thing,
)
from api.wire import is_whole
from curation.attributes import ATTRIBUTES

MOST_RESULTS = 256  # in one request
LONGEST_SETTINGS = 10_000  # characters of JSON
TAKEN = {"read": "tokens_read", "written": "tokens_written", "padded": "tokens_padded", "milliseconds": "milliseconds"}
BY = {"engine": 100, "model": 300, "revision": 100, "prompt_version": 40}  # characters
NO_TEXT = "a text"


def wanted_lease(sent: Mapping[str, Any]) -> dict[str, Any]:
    """kind, engine, most and seconds of a lease that is asked for."""
    texts = {"kind": sent.get("kind"), "engine": sent.get("engine", DEFAULT)}
    if wrong := {name: NO_TEXT for name, value in texts.items() if not isinstance(value, str)}:
        raise Invalid("This cannot be leased.", fields=wrong)
    return {**texts, "most": whole_or_none(sent, "rows"), "seconds": whole_or_none(sent, "seconds")}


def whole_or_none(sent: Mapping[str, Any], name: str) -> int | None:
    value: int | None = sent.get(name)
    if not is_whole(value):
        raise Invalid("Something has the wrong type.", fields={name: "a whole number"})
    return value


def released(sent: Mapping[str, Any]) -> dict[str, Any]:
    """error and seconds of a lease that is given back."""
    error = sent.get("error", "")
    if not isinstance(error, str):
        raise Invalid("Something has the wrong type.", fields={"error": NO_TEXT})
    return {"error": _kept(error), "seconds": whole_or_none(sent, "seconds")}


def results(sent: Mapping[str, Any]) -> tuple[Provenance, list[Given]]:
    """Who answers, and what. A result that cannot be read is one by itself, with the reason."""
    given = sent.get("results")
    if not isinstance(given, list) or len(given) > MOST_RESULTS:
        raise Invalid("Nothing can be read.", fields={"results": f"a list of at most {MOST_RESULTS} objects"})
    return _provenance(sent.get("by")), [_result(one) for one in given]


def _provenance(by: Any) -> Provenance:
    by = by if isinstance(by, dict) else {}
    settings = by.get("settings", {})
    wrong = {
        f"by.{name}": f"a text of at most {most} characters"
        for name, most in BY.items()
        if not isinstance(by.get(name), str) or len(by[name]) > most or "\x00" in by[name]
    }
    if not isinstance(settings, dict) or not _keepable(settings):
        wrong["by.settings"] = f"an object of at most {LONGEST_SETTINGS} characters"
    if not wrong and not by["model"]:
        wrong["by.model"] = "which model it was"
    if wrong:
        raise Invalid("Say which engine answers. Nothing was recorded.", fields=wrong)
    return Provenance(by["model"], by["revision"], by["prompt_version"], {"engine": by["engine"], **settings})


def _keepable(settings: dict[str, Any]) -> bool:
    try:
        written = orjson.dumps(settings)
    except TypeError:  # too deep
        return False
    return len(written) <= LONGEST_SETTINGS and b"\\u0000" not in written


def _result(given: Any) -> Given:
    if not isinstance(given, dict) or given.get("id") is None or not is_whole(given["id"]):
        return Given(0, unfit="a result is an object with the id of its row")
    payload, error = given.get("payload"), given.get("error") or ""
    if not isinstance(error, str) or isinstance(payload, dict) == bool(error):
        return Given(given["id"], unfit="a result has either a payload, an object, or an error, a text")
    taken = {field: given.get(name, 0) for name, field in TAKEN.items()}
    if any(value is None or not is_whole(value) or value > WHOLE_LIMIT for value in taken.values()):
        return Given(given["id"], unfit=f"{', '.join(TAKEN)} are whole numbers")
    try:
        blob = None if given.get("blob") is None else b64decode(given["blob"], validate=True)
    except (TypeError, ValueError, binascii.Error):
        return Given(given["id"], unfit="blob is no base64")
    settings = given.get("settings", {})
    if not isinstance(settings, dict) or not _keepable(settings):
        return Given(given["id"], unfit=f"settings are an object of at most {LONGEST_SETTINGS} characters")
    return Given(given["id"], payload, blob, _kept(error), settings=settings, **taken)


def _kept(text: str) -> str:
    """As a database takes it."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


LEASE_NAME = OpenApiParameter("lease", str, OpenApiParameter.PATH, description="as the lease was answered")
SECONDS: Schema = {**WHOLE, "minimum": SHORTEST, "maximum": LONGEST, "description": "as the server's own by default"}
FIVE = maybe(thing("*", **dict.fromkeys(ATTRIBUTES, TEXT)))
EXAMPLE = thing(
    "*",
    id={**WHOLE, "description": "of its gold"},
    **dict.fromkeys(("conversation", "response_a", "response_b"), MESSAGES),
    choice=TEXT,
    attributes=FIVE,
    reason=TEXT,
)
ROW = thing(
    "id",
    id=WHOLE,
    conversation=MESSAGES,
    response_a=MESSAGES,
    response_b=MESSAGES,
    attributes=FIVE,
    guideline=TEXT,
    examples=many(EXAMPLE),
)
RESULT = thing(
    "id",
    id=WHOLE,
    payload=maybe({**ANYTHING, "description": "the fields of its kind (docs/engines.md), no others"}),
    blob=maybe({"type": "string", "format": "byte", "description": "a vector, little-endian float32"}),
    error={**TEXT, "description": "in place of a payload"},
    settings={**ANYTHING, "description": "what was particular to this row"},
    **dict.fromkeys(TAKEN, WHOLE),
)
MADE_BY = thing("engine model revision prompt_version", **dict.fromkeys(BY, TEXT), settings=ANYTHING)

PROGRESS = call("read_assistance", {200: thing("*", kinds=ANYTHING)}, errors=(404,), parameters=[SLUG])
LEASE = call(
    "lease_assistance",
    {201: thing("*", lease=TEXT, seconds=WHOLE, rows=many(ROW)), 204: None},
    errors=(400, 404, 409, 422),
    parameters=[SLUG],
    request=body(
        thing(
            "kind",
            kind=TEXT,
            engine={**TEXT, "description": "a line of the server's settings", "default": DEFAULT},
            rows={**WHOLE, "minimum": 1, "maximum": MOST_ROWS},
            seconds=SECONDS,
        )
    ),
)
RENEW = call(
    "renew_lease",
    {200: thing("*", held=WHOLE)},
    errors=(400, 404, 422),
    parameters=[SLUG, LEASE_NAME],
    request=body(thing("", seconds=SECONDS)),
)
RESULTS = call(
    "return_results",
    {
        200: thing(
            "*",
            recorded=many(WHOLE),
            failed=many(WHOLE),
            rejected=many(thing("*", id=WHOLE, reason=TEXT)),
            lost=many(WHOLE),
        )
    },
    errors=(400, 404, 413, 422),
    parameters=[SLUG, LEASE_NAME],
    request=body(thing("by results", by=MADE_BY, results={**many(RESULT), "maxItems": MOST_RESULTS})),
)
RELEASE = call(
    "release_lease",
    {200: thing("*", released=WHOLE)},
    errors=(400, 404, 422),
    parameters=[SLUG, LEASE_NAME],
    request=body(thing("", error=TEXT, seconds={**NUMBER, "description": "until it is worth trying again"})),
)
