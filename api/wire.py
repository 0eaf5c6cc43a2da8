"""JSON in and out, and the little that requests bring beside it."""

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import orjson
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from annotate.domain.errors import Invalid
from annotate.domain.protocol import Said
from api.errors import LengthRequired

if TYPE_CHECKING:
    from annotate.models import User

    class Asked(Request):
        """A request as every view gets it: HasScope let nobody else in, JsonBody nothing else."""

        user: User
        data: dict[str, Any]
else:
    Asked = Request

KEY = re.compile(r"[!-~]{1,64}")
PIECE = 64 * 1024
LARGEST_ID = 2**63 - 1


class Json(BaseRenderer):
    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        return b"" if data is None else orjson.dumps(data)


class JsonBody(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """`body` rather than the stream: Django limits its length there."""
        request = parser_context["request"]._request if parser_context else stream
        try:
            found = orjson.loads(request.body or b"{}")
        except orjson.JSONDecodeError as error:
            raise ParseError(f"This is no JSON: {error}") from None
        if not isinstance(found, dict):
            raise ParseError("Send a JSON object.")
        return found


class OnlyJson(BaseContentNegotiation):
    """One renderer and one parser each: nothing to negotiate."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        given = (request.content_type or "").partition(";")[0].strip().lower()
        return parsers[0] if given in ("", "application/json") else None

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


def idempotency_key(request: Request) -> str:
    """The header `Idempotency-Key`, or ""."""
    key: str = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if key and not KEY.fullmatch(key):
        raise Invalid("This Idempotency-Key cannot be used: send 1 to 64 printable ASCII characters, no blanks.")
    return key


def said(body: Mapping[str, Any]) -> Said:
    """A judgement or verdict as sent. Types are decided here, values in the domain."""
    wrong = {name: words for name, (fits, words) in FITS.items() if not fits(body.get(name))}
    if wrong:
        raise Invalid("Something has the wrong type. Nothing was recorded.", fields=wrong)
    return Said(
        choice=body.get("choice") or "",
        strength=body.get("strength"),
        confidence=body.get("confidence") or 0,
        reason=body.get("reason") or "",
        evidence=body.get("evidence") or [],
        attested=body.get("attested"),
        checks=[] if (marks := body.get("checks")) is None else marks,
    )


def tool(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """(kind, input) of a run as asked for."""
    kind, given = body.get("kind"), body.get("input")
    if not isinstance(kind, str) or not isinstance(given, dict):
        raise Invalid("This cannot be run.", fields={"kind": "a text", "input": "an object of texts"})
    return kind, given


def corrections(body: Mapping[str, Any]) -> dict[str, Any]:
    """Values of attributes by name, as sent."""
    given = body.get("attributes")
    if not isinstance(given, dict) or not given:
        raise Invalid("Nothing is corrected.", fields={"attributes": "an object of texts by attribute"})
    return given


def _text(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _whole(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool))


def is_whole(value: Any) -> bool:
    """Absent, or an id that every database can hold."""
    return value is None or (_whole(value) and 0 <= value <= LARGEST_ID)


def _ids(value: Any) -> bool:
    return value is None or (
        isinstance(value, list) and all(_whole(entry) and 0 < (entry or 0) <= LARGEST_ID for entry in value)
    )


FITS = {
    "choice": (_text, "a text"),
    "strength": (_whole, "a whole number from 1 to 3"),
    "confidence": (_whole, "a whole number from 1 to 3"),
    "reason": (_text, "a text"),
    "evidence": (_ids, "a list of ids"),
    "attested": (lambda value: value is None or isinstance(value, bool), "true or false"),
}


def whole(request: Request, name: str, default: int = 0) -> int:
    """A query parameter that is a whole number of 0 or more."""
    text = request.query_params.get(name) or str(default)
    if not (text.isascii() and text.isdigit()) or int(text[:30]) > LARGEST_ID:
        raise Invalid("This query cannot be read.", fields={name: "a whole number of 0 or more"})
    return int(text)


def yes(request: Request, name: str) -> bool:
    """A query parameter that is 1 or true, 0 or false; absent is no."""
    text = request.query_params.get(name, "0").lower()
    if text not in ("0", "1", "true", "false", ""):
        raise Invalid("This query cannot be read.", fields={name: "1 or 0"})
    return text in ("1", "true")


def body_pieces(request: Request) -> Iterator[bytes]:
    """The request's body as it arrives, never all of it at once; chunked bodies where the server undoes the chunks."""
    stream: Any = request._request
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        if not request.META.get("wsgi.input_terminated"):
            raise LengthRequired
        stream = request.META["wsgi.input"]
    return iter(lambda: stream.read(PIECE), b"")
