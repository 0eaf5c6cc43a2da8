"""What pages answer alike: the domain's errors, mapped here once (the API: api/errors.py), no-store, gzip."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render

from annotate.domain import errors
from annotate.views.requests import wants_json

STATUS: dict[type[errors.DomainError], int] = {
    errors.Invalid: 422,
    errors.Refused: 403,
    errors.Missing: 404,
    errors.Conflict: 409,
}


def status_of(error: errors.DomainError) -> int:
    return next(status for kind, status in STATUS.items() if isinstance(error, kind))


class DomainErrorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """What a page says holds for one person at one moment: nothing on the way may keep it."""
        response = self.get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, errors.DomainError):
            return None
        if wants_json(request):
            return JsonResponse({"error": error.message, "kept": error.kept}, status=status_of(error))
        return render(request, "error.html", {"error": error, "status": status_of(error)}, status=status_of(error))


class CompressedPages(GZipMiddleware):
    """Pages only: a file is handed out as it is, with its length and ranges."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:  # type: ignore[override]
        if not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)  # type: ignore[return-value]
