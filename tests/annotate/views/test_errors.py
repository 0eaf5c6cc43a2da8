"""Errors in our design, the health check, and the nudge that may be lost."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils.module_loading import import_string

from annotate.domain import errors
from annotate.middleware import STATUS, DomainErrorMiddleware
from tests.annotate.views.browsing import signed_in
from tests.cast import make_cast


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "status"), STATUS.items())
def test_every_error_of_the_domain_says_what_was_kept(kind: type[errors.DomainError], status: int) -> None:
    request = RequestFactory().get("/")
    request.user, request.session = make_cast().ana, {}  # type: ignore[assignment]
    request._messages = []  # type: ignore[attr-defined]
    middleware = DomainErrorMiddleware(lambda request: HttpResponse())
    answer = middleware.process_exception(request, kind("It went wrong.", kept="Your text.", fields={"x": "because"}))
    assert answer is not None
    assert answer.status_code == status
    assert all(word in answer.content.decode() for word in ("It went wrong.", "Your text.", "because", "bar"))
    assert middleware.process_exception(request, ValueError()) is None


@pytest.mark.django_db
def test_a_wrong_address_is_answered_in_our_design() -> None:
    for client in (Client(), signed_in(make_cast().ana)):
        answer = client.get("/nowhere/")
        assert answer.status_code == 404
        assert "There is nothing here" in answer.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "429", "403_csrf"])
def test_the_pages_of_django_itself_need_no_request(name: str) -> None:
    """500.html is rendered without one: what broke may be the session."""
    html = render_to_string(f"{name}.html")
    assert "Back to my work" in html
    assert "style=" not in html


@pytest.mark.django_db
def test_health_needs_no_account() -> None:
    answer = Client().get("/healthz/")
    assert (answer.status_code, answer.content) == (200, b"ok")


def test_a_nudge_names_a_task_that_exists_and_a_broker_that_is_down_breaks_nothing(
    settings: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotate.nudge import _send

    for name in ("workers.tasks.tick", "workers.tasks.build_releases", "workers.tasks.run_tools"):
        assert import_string(name).name == name

    def down(*args: Any, **options: Any) -> None:
        raise ConnectionError("no broker")

    monkeypatch.setattr(import_string("config.celery.app"), "send_task", down)
    _send("workers.tasks.tick", ())
    assert "no broker" in caplog.text


@pytest.mark.django_db
def test_pages_of_allauth_that_nothing_links_to_are_in_our_design() -> None:
    for path in ("login/", "password/reset/", "signup/", "inactive/"):
        html = Client().get(f"/accounts/{path}").content.decode()
        assert 'class="bar"' in html, path
    client = signed_in(make_cast().ana)
    for path in ("email/", "password/change/", "logout/", "reauthenticate/"):
        answer = client.get(f"/accounts/{path}")
        assert answer.status_code in (200, 302)
        assert answer.status_code == 302 or 'class="bar"' in answer.content.decode(), path


@pytest.mark.django_db
def test_guessing_passwords_is_slowed_down() -> None:
    make_cast()
    client = Client()
    answers: list[HttpRequest] = []
    for _ in range(12):
        answers.append(client.post("/accounts/login/", {"login": "ana", "password": "wrong"}))
    assert "Too many" in answers[-1].content.decode()
    locked = client.post("/accounts/login/", {"login": "ana", "password": "demo-pass-1"})
    assert locked.status_code != 302
