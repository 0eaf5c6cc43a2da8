"""Who may open and press what: every address, every role."""

import pytest
from django.test import Client
from django.urls import URLPattern

from annotate.models import Claim
from annotate.urls import urlpatterns
from tests.annotate.views.browsing import signed_in
from tests.cast import Cast, make_cast
from tests.gold import make_gold

pytestmark = pytest.mark.django_db

PEOPLE = ("ana", "rita", "mira", "stranger")
MANAGER = (403, 403, 200, 404)
REVIEWER = (403, 200, 200, 404)
GETS = {
    "": (200, 200, 200, 200),
    "healthz/": (200, 200, 200, 200),
    "tokens/": (200, 200, 200, 200),
    "claims/{claim}/": (200, 404, 404, 404),
    "claims/{claim}/evidence": (200, 404, 404, 404),
    "claims/{claim}/chat/": (200, 404, 404, 404),
    "claims/{claim}/chat/99": (404, 404, 404, 404),
    "benchmarks/": (403, 403, 200, 403),
    "campaigns/new/": (403, 403, 200, 403),
    "campaigns/bench/": MANAGER,
    "campaigns/bench/nothing-left/": (200, 403, 403, 404),
    "guide/": (200, 200, 200, 200),
    "campaigns/bench/qualification/": (200, 403, 403, 404),
    "campaigns/bench/learning/": MANAGER,
    "campaigns/bench/learning/answers/1/": (403, 403, 404, 404),
    "campaigns/bench/assistance/": MANAGER,
    "campaigns/bench/assistance/anew/": MANAGER,
    "campaigns/bench/pairs/?pair=x": (403, 404, 404, 404),
    "campaigns/bench/pairs/{pair}/": REVIEWER,
    "campaigns/bench/disputes/": REVIEWER,
    "campaigns/bench/disputes/{pair}/": REVIEWER,
    "campaigns/bench/quality/": REVIEWER,
    "campaigns/bench/quality/figures.csv": REVIEWER,
    "campaigns/bench/people/": MANAGER,
    "campaigns/bench/upcoming": (204, 403, 403, 404),
    "campaigns/bench/import/": MANAGER,
    "campaigns/bench/import/rejected/none/": (403, 403, 404, 404),
    "campaigns/bench/documents/": MANAGER,
    "campaigns/bench/documents/999999/": (404, 404, 404, 404),
    "campaigns/bench/settings/": MANAGER,
    "campaigns/bench/releases/": MANAGER,
    "campaigns/bench/releases/1/": (403, 403, 404, 404),
    "campaigns/bench/releases/1/files/gold.parquet": (403, 403, 404, 404),
    "campaigns/bench/protocol/": (200, 200, 200, 404),
    "campaigns/bench/protocol/versions/": MANAGER,
    "campaigns/bench/protocol/versions/compare/?old={protocol}&new={protocol}": MANAGER,
    "campaigns/bench/protocol/versions/{protocol}/": MANAGER,
    "campaigns/bench/protocol/versions/{protocol}/edit/": MANAGER,
    "invitations/none/": (404, 404, 404, 404),
}
POSTS = {
    "claims/{claim}/judgement": (409, 404, 404, 404),
    "claims/{claim}/verdict": (409, 404, 404, 404),
    "claims/{claim}/abandon": (409, 404, 404, 404),
    "claims/{claim}/ahead": (409, 404, 404, 404),
    "claims/{claim}/renew": (409, 404, 404, 404),
    "claims/{claim}/tools": (302, 404, 404, 404),
    "claims/{claim}/corrections": (302, 404, 404, 404),
    "claims/{claim}/chat/99/stop": (404, 404, 404, 404),
    "campaigns/bench/next": (302, 403, 403, 404),
    "campaigns/bench/practice": (404, 403, 403, 404),
    "campaigns/bench/learning/promote/1": (403, 403, 404, 404),
    "campaigns/bench/learning/answers/1/retire": (403, 403, 404, 404),
    "campaigns/bench/learning/people/999999999/exempt": (403, 403, 404, 404),
    "guide/closed": (302, 302, 302, 302),
    "campaigns/bench/assistance/reward/again": (403, 403, 302, 404),
    "campaigns/bench/people/999999999/remove": (403, 403, 404, 404),
    "campaigns/bench/people/invitations/1/withdraw": (403, 403, 409, 404),
    "campaigns/bench/releases/1/again": (403, 403, 404, 404),
    "campaigns/bench/documents/999999/retire": (403, 403, 404, 404),
    "campaigns/bench/protocol/versions/{protocol}/force": (403, 403, 409, 404),
    "campaigns/bench/protocol/versions/{protocol}/delete": (403, 403, 409, 404),
    "tokens/1/revoke": (404, 404, 404, 404),
}
BALLOT = {"preference": "equal", "confidence": "1", "reason": "Another one.", "attested": "on", "cause": "other"}


@pytest.fixture
def cast() -> Cast:
    cast = make_cast(third=False)
    make_gold(cast, 1, "a", "b")
    return cast


def address(path: str, cast: Cast) -> str:
    claim = Claim.objects.get(annotator=cast.ana)
    return "/" + path.format(claim=claim.pk, pair=claim.pair_id, protocol=claim.protocol_id)


def test_every_address_is_here() -> None:
    """A new page is added to the table above before it is shown to anybody."""
    cases = [path.partition("?")[0].format(claim=1, pair=1, protocol=1) for path in [*GETS, *POSTS]]
    patterns = [pattern for pattern in urlpatterns if isinstance(pattern, URLPattern)]
    tested = {pattern.name for pattern in patterns for path in cases if pattern.resolve(path)}
    assert {pattern.name for pattern in patterns} == tested


@pytest.mark.parametrize("path", GETS)
def test_who_may_read(cast: Cast, path: str) -> None:
    answers = [signed_in(getattr(cast, name)).get(address(path, cast)).status_code for name in PEOPLE]
    assert tuple(answers) == GETS[path]


@pytest.mark.parametrize("path", POSTS)
def test_who_may_write(cast: Cast, path: str) -> None:
    answers = [signed_in(getattr(cast, name)).post(address(path, cast), BALLOT).status_code for name in PEOPLE]
    assert tuple(answers) == POSTS[path]


@pytest.mark.parametrize("path", [path for path in [*GETS, *POSTS] if path not in ("healthz/", "invitations/none/")])
def test_nobody_reaches_a_page_without_signing_in(cast: Cast, path: str) -> None:
    where = address(path, cast)
    for answer in (Client().get(where), Client().post(where, BALLOT)):
        assert answer.status_code in (302, 405)
        assert answer.status_code == 405 or answer.url.startswith("/accounts/login/?next=")


@pytest.mark.parametrize("path", ["campaigns/bench/next", "campaigns/bench/settings/", "tokens/"])
def test_a_post_without_the_csrf_token_is_refused_in_our_design(cast: Cast, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.mira, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/" + path)
    assert answer.status_code == 403
    assert "older than your sign-in" in answer.content.decode()
