"""The domain's errors as HTTP: every error answers {"error", "kept", "fields"} (docs/api.md)."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404
from rest_framework.exceptions import APIException, MethodNotAllowed, NotFound
from rest_framework.response import Response

from annotate.domain import errors

STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 422,
    errors.Refused: 403,
    errors.Missing: 404,
    errors.Gone: 410,
    errors.Conflict: 409,
}


class LengthRequired(APIException):
    status_code = 411
    default_detail = "This server takes no chunked request. Send Content-Length."


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """None: nobody's mistake but ours; Django logs it and answers 500."""
    if isinstance(error, errors.DomainError):
        status = next(status for kind, status in STATUS.items() if isinstance(error, kind))
        return _answer(status, error.message, error.kept, error.fields)
    if isinstance(error, RequestDataTooBig):
        return _answer(413, "This is longer than a request may be. Nothing was recorded.")
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, APIException):
        return _answer(error.status_code, str(error.detail), headers=_headers(error, context))
    return None


def _answer(
    status: int,
    text: str,
    kept: str = "",
    fields: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    return Response({"error": text, "kept": kept, "fields": fields or {}}, status=status, headers=headers)


def _headers(error: APIException, context: dict[str, Any]) -> dict[str, str]:
    """What HTTP wants said with a 401 and a 405."""
    if challenge := getattr(error, "auth_header", None):
        return {"WWW-Authenticate": challenge}
    if isinstance(error, MethodNotAllowed):
        return {"Allow": ", ".join(context["view"].allowed_methods)}
    return {}
