"""The API passes its own short chain: what it answers with, and what it does without."""

import pytest
from django.test import Client

from tests.api.calls import Api
from tests.cast import make_cast

pytestmark = pytest.mark.django_db


def test_an_answer_carries_the_headers_that_keep_browsers_from_using_it() -> None:
    cast = make_cast()
    answer = Api(cast.mira).get(f"campaigns/{cast.campaign.slug}/stats")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_neither_a_session_nor_a_cookie_says_anything_there() -> None:
    cast = make_cast()
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.mira)
    answer = client.get(f"/api/v1/campaigns/{cast.campaign.slug}/stats")
    assert answer.status_code == 401
    assert not answer.cookies


def test_an_unknown_host_is_refused() -> None:
    answer = Client().get("/api/v1/schema/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/campaigns/x/pairs/"])
def test_what_is_no_address_answers_as_the_api_does(path: str) -> None:
    answer = Client().post(path)
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_pages_pass_all_of_the_chain() -> None:
    assert "script-src 'self'" in Client().get("/accounts/login/").headers["Content-Security-Policy"]
