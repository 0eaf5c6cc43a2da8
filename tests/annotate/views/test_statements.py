"""The number of SQL statements of a page does not depend on how much there is."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.annotate.views.browsing import signed_in
from tests.cast import Cast, make_cast
from tests.gold import make_gold

pytestmark = pytest.mark.django_db

PAGES = {
    "ana": [
        "/",
        "/campaigns/bench/nothing-left/",
        "/campaigns/bench/protocol/",
        "/claims/1/",
        "/campaigns/bench/qualification/",
    ],
    "rita": ["/", "/campaigns/bench/disputes/", "/campaigns/bench/disputes/1/"],
    "mira": [
        "/",
        "/benchmarks/",
        "/campaigns/bench/",
        "/campaigns/bench/assistance/",
        "/campaigns/bench/assistance/anew/?kind=reward",
        "/campaigns/bench/pairs/1/",
        "/campaigns/bench/people/",
        "/campaigns/bench/documents/",
        "/campaigns/bench/releases/",
        "/campaigns/bench/learning/",
        "/campaigns/bench/protocol/versions/",
        "/campaigns/bench/protocol/versions/1/",
        "/campaigns/bench/protocol/versions/1/edit/",
    ],
}


def counted(cast: Cast) -> dict[tuple[str, str], int]:
    found = {}
    for name, paths in PAGES.items():
        client = signed_in(getattr(cast, name))
        for path in paths:
            with CaptureQueriesContext(
                connection,
            ) as statements:
                assert client.get(ours(cast, name, path)).status_code == 200, path
            found[name, path] = len(statements)
    return found


def ours(cast: Cast, name: str, path: str) -> str:
    """The first claim and pair of this campaign, whatever their ids."""
    user: Any = getattr(cast, name)
    claim = user.claims.order_by("pk").first() or cast.ana.claims.order_by("pk").first()
    found = {
        "/claims/1/": claim.pk,
        "disputes/1/": claim.pair_id,
        "pairs/1/": claim.pair_id,
        "versions/1/": claim.protocol_id,
    }
    for name, pk in found.items():
        path = path.replace(name, name.replace("1", str(pk)))
    return path


def test_pages_take_the_same_statements_at_5_and_50_pairs() -> None:
    cast = make_cast(third=False)
    for number in range(5):
        make_gold(cast, number, "a", "b")
    few = counted(cast)
    for number in range(5, 50):
        make_gold(cast, number, "a", "b")
    assert counted(cast) == few
    assert max(few.values()) <= 14
