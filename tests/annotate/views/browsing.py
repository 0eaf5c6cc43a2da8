"""A browser without JavaScript: signs in, reads a page's forms, fills in what a person would."""

from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

from annotate.models import User


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


class Forms(HTMLParser):
    """Every form of a page: its action and what it would send untouched."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "form":
            self.forms.append({"action": has.get("action") or "", "id": has.get("id"), "fields": {}})
        if not self.forms:
            return
        fields = self.forms[-1]["fields"]
        name = has.get("name") or ""
        if tag == "input" and name and (has.get("type") not in ("radio", "checkbox") or "checked" in has):
            fields[name] = has.get("value") or ("on" if has.get("type") == "checkbox" else "")
        if tag == "textarea":
            fields[name], self._area = "", name

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1]["fields"][self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def fields_of(response: HttpResponse, action: str) -> dict[str, str]:
    """What the form that posts to `action` would send untouched."""
    found = [form for form in Forms(response.content.decode()).forms if form["action"] == action]
    assert found, f"no form posts to {action}"
    return found[0]["fields"]


def start(client: Client, slug: str = "bench") -> HttpResponse:
    """Press the button of my work that hands out a pair."""
    return client.post(f"/campaigns/{slug}/next", follow=True)


def send(client: Client, page: HttpResponse, step: str, **filled: Any) -> HttpResponse:
    """Fill in and send the ballot of a workbench page: `step` is judgement or verdict."""
    action = f"/claims/{page.context['page']['id']}/{step}"
    return client.post(action, {**fields_of(page, action), **filled}, follow=True)
