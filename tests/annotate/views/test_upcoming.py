"""The pair somebody will get is got ready before they ask: the right one, taking nothing and saying nothing."""

import pytest
from django.core.cache import caches

from annotate.domain import leases
from annotate.domain.upcoming import upcoming
from annotate.models import AuditEvent, Claim, QueueCursor, QueueEntry
from annotate.reading import render, sheets
from tests.annotate.views.browsing import signed_in, start
from tests.cast import make_cast, make_pair

pytestmark = pytest.mark.django_db


def test_what_is_foretold_is_what_they_get_and_nothing_is_taken() -> None:
    cast = make_cast()
    for number in range(8):
        make_pair(cast.campaign, number)
    for _ in range(8):
        for user in (cast.ana, cast.ben):
            before = AuditEvent.objects.count(), list(QueueEntry.objects.order_by("pk").values())
            foretold = upcoming(campaign=cast.campaign, user=user)
            assert foretold is not None
            assert foretold.pk is None
            assert (AuditEvent.objects.count(), list(QueueEntry.objects.order_by("pk").values())) == before
            claim, _new = leases.claim_next(campaign=cast.campaign, user=user)
            assert claim is not None
            assert (claim.pair_id, claim.left, claim.seat) == (foretold.pair_id, foretold.left, foretold.seat)
            held = upcoming(campaign=cast.campaign, user=user)
            assert held is not None
            assert held.pk == claim.pk
            leases.abandon(claim=claim, cause="other", actor=user)
    assert upcoming(campaign=cast.campaign, user=cast.ana) is None
    assert upcoming(campaign=cast.campaign, user=cast.chen) is not None
    assert not QueueCursor.objects.filter(user=cast.chen).exists()


def test_the_first_page_of_a_sitting_formats_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for cache in ("reading", "texts"):
        caches[cache].clear()
    cast = make_cast()
    made: list[str] = []
    formatting, comparing = render._render, sheets._make
    monkeypatch.setattr(render, "_render", lambda text: made.append(text) or formatting(text))
    monkeypatch.setattr(sheets, "_make", lambda *texts: made.append("both") or comparing(*texts))
    pair = make_pair(cast.campaign)
    texts = [pair.conversation[0]["content"], pair.response_a[0]["content"], pair.response_b[0]["content"]]
    client = signed_in(cast.ana)
    assert 'data-upcoming="/campaigns/bench/upcoming"' in client.get("/").content.decode()
    answer = client.get("/campaigns/bench/upcoming")
    assert (answer.status_code, answer.content) == (204, b"")
    assert {*texts, "both"} <= set(made)
    assert not Claim.objects.exists()
    made.clear()
    page = start(client).content.decode()
    assert all(text in page for text in texts)
    assert not {*texts, "both"} & set(made)


def test_who_may_not_judge_there_is_told_nothing() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    assert signed_in(cast.stranger).get("/campaigns/bench/upcoming").status_code == 404
    assert signed_in(cast.rita).get("/campaigns/bench/upcoming").status_code == 403
