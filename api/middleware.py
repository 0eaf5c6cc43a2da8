"""What is asked under /api/v1/ goes straight to its view: sessions, CSRF, messages and languages are for pages."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve
from django.utils import translation

PREFIX = "/api/v1/"
HEADERS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY"}


class ApiFirst:
    """Stands right behind SecurityMiddleware, which answers hold to as well. Errors are api.errors' to answer.

    The catch-all of api.urls leaves nothing under the prefix without a view. The API speaks the server's language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        request.get_host()  # refuses what ALLOWED_HOSTS does not name
        translation.activate(settings.LANGUAGE_CODE)
        match = resolve(request.path_info)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if render := getattr(response, "render", None):
            response = render()
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if isinstance(response, HttpResponse) and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response
