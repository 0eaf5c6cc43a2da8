"""A claim made at once is the claim that would be made step by step; only PostgreSQL makes one so."""

from typing import Any

import pytest
from django.db import connection

from annotate.domain import claiming, leases
from annotate.domain.verification import CHECKS
from annotate.models import AuditEvent, Claim, QueueCursor, QueueEntry
from tests.cast import Cast, make_cast, make_pair

pytestmark = pytest.mark.django_db


def work(cast: Cast) -> list[dict[str, Any]]:
    """Both people's claims over all pairs, as they are stored, finished as they come."""
    for user in (cast.ana, cast.ben):
        while claim := leases.claim_next(campaign=cast.campaign, user=user, key="k")[0]:
            Claim.objects.filter(pk=claim.pk).update(finished=claim.expires)
    stored = Claim.objects.order_by("annotator", "pair").values()
    return [{name: value for name, value in row.items() if name not in ("id", "claimed", "expires")} for row in stored]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="only PostgreSQL makes a claim in one statement")
def test_the_same_claims_events_and_seats_as_step_by_step() -> None:
    cast = make_cast()
    pairs = [make_pair(cast.campaign, number).pk for number in range(40)]
    quick = work(cast)
    assert {row["left"] for row in quick} == {"a", "b"}
    assert [row["left"] for row in quick] == [
        leases.orientation(campaign_id=cast.campaign.pk, pair_id=row["pair_id"], seat=row["seat"]) for row in quick
    ]
    assert [(row["annotator_id"], row["pair_id"], row["seat"]) for row in quick] == [
        (user.pk, pair, seat) for seat, user in enumerate((cast.ana, cast.ben)) for pair in pairs
    ]
    assert set(QueueEntry.objects.values_list("free", flat=True)) == {0}
    assert list(CHECKS["claims have their events"]()) == list(CHECKS["events have their claims"]()) == []
    assert AuditEvent.objects.filter(verb="claim.made").count() == len(quick)


def test_who_holds_a_claim_gets_no_other() -> None:
    cast = make_cast()
    for number in range(3):
        make_pair(cast.campaign, number)
    held, new = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert held is not None
    assert new
    now = {"key": "", "now": held.claimed, "expires": held.expires}
    assert claiming.at_once(campaign=cast.campaign, user_id=cast.ana.pk, **now) is None
    assert leases.claim_next(campaign=cast.campaign, user=cast.ana) == (held, False)


def test_it_starts_where_the_persons_cursor_stands() -> None:
    cast = make_cast()
    pairs = [make_pair(cast.campaign, number).pk for number in range(3)]
    entry = QueueEntry.objects.get(pk=pairs[1])
    QueueCursor.objects.create(
        campaign=cast.campaign, user=cast.ana, lane=entry.lane, turn=entry.turn, pair_id=entry.pk
    )
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    assert claim.pair_id == pairs[1]
