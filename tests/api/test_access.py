"""Who gets in: tokens, scopes, roles."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import URLPattern
from django.utils import timezone

from annotate.domain import tokens
from annotate.models import Token, User
from api.urls import urlpatterns
from tests.api.calls import Api
from tests.cast import Cast, make_cast, make_pair

pytestmark = pytest.mark.django_db

CALLS = [
    ("POST", "campaigns/bench/pairs", "pairs:write", {"mira"}),
    ("POST", "campaigns/bench/claims", "annotate", {"ana", "ben", "chen"}),
    ("GET", "campaigns/bench/gold", "gold:read", {"rita", "mira"}),
    ("GET", "campaigns/bench/stats", None, {"ana", "ben", "chen", "rita", "mira"}),
    ("GET", "campaigns/bench/assistance", "assist", {"mira"}),
    ("POST", "campaigns/bench/assistance/leases", "assist", {"mira"}),
    ("GET", "campaigns/bench/protocols", None, {"mira"}),
    ("POST", "campaigns/bench/protocols", "pairs:write", {"mira"}),
    ("GET", "campaigns/bench/releases", "releases:read", {"rita", "mira"}),
    ("POST", "campaigns/bench/releases", "releases:write", {"mira"}),
]
PEOPLE = ("ana", "ben", "chen", "rita", "mira", "stranger")


def call(api: Api, method: str, path: str) -> Any:
    return api.get(path) if method == "GET" else api.post(path, {})


@pytest.mark.parametrize(("method", "path", "scope", "may"), CALLS)
def test_only_these_roles(method: str, path: str, scope: str | None, may: set[str]) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    status = {name: call(Api(getattr(cast, name)), method, path).status_code for name in PEOPLE}
    assert {name for name, code in status.items() if code not in (403, 404)} == may
    assert status["stranger"] == 404


@pytest.mark.parametrize(("method", "path", "scope", "may"), CALLS)
def test_only_this_scope(method: str, path: str, scope: str | None, may: set[str]) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    somebody: User = getattr(cast, min(may))
    for given in tokens.SCOPES:
        refused = call(Api(somebody, given), method, path).status_code == 403
        assert refused == (scope is not None and given != scope), given


def test_every_method_of_every_route_declares_its_scope() -> None:
    views = [route.callback.view_class for route in urlpatterns if isinstance(route, URLPattern) and route.name]
    for view in views:
        if view.__module__.startswith("api."):
            methods = {name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(view, name)}
            assert set(view.scope) == methods, view


def refused(api: Api, **headers: str) -> None:
    answer = api.get("campaigns/bench/stats", **headers)
    assert (answer.status_code, set(answer.json())) == (401, {"error", "kept", "fields"})
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="assay"'


def test_no_token_a_wrong_one_an_expired_one_and_a_revoked_one() -> None:
    cast = make_cast()
    refused(Api(None))
    refused(Api(None), Authorization="Bearer assay_wrong")
    refused(Api(None), Authorization="Bearer ")
    refused(Api(None), Authorization="Basic YTpi")
    for change in ({"expires": timezone.now() - timedelta(seconds=1)}, {"revoked": timezone.now()}):
        api = Api(cast.ana)
        assert api.get("campaigns/bench/stats").status_code == 200
        Token.objects.update(**change)
        refused(api)


def test_a_person_who_left_is_refused() -> None:
    cast = make_cast()
    api = Api(cast.ana)
    User.objects.filter(pk=cast.ana.pk).update(is_active=False)
    refused(api)


def test_a_session_is_no_token() -> None:
    cast = make_cast()
    api = Api(None)
    api.client.force_login(cast.ana)
    refused(api)


def test_a_wrong_method_says_which_are_right() -> None:
    cast: Cast = make_cast()
    answer = Api(cast.ana).get("campaigns/bench/claims")
    assert (answer.status_code, set(answer.json())) == (405, {"error", "kept", "fields"})
    assert answer.headers["Allow"] == "POST, OPTIONS"
    assert (
        Api(cast.ana).client.options("/api/v1/campaigns/bench/claims", headers=Api(cast.ana).headers).status_code == 403
    )
