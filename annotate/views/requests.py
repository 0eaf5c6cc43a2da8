"""What a signed-in page is handed."""

from django.http import HttpRequest

from annotate.models import User


class SignedIn(HttpRequest):
    """A request behind `login_required`."""

    user: User


def whole(text: str) -> int | None:
    """A number as forms and addresses have it, that every database can hold; None: it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def wants_json(request: HttpRequest) -> bool:
    """The page's script asks, not a browser that will show the answer."""
    return request.headers.get("Accept", "").startswith("application/json")
