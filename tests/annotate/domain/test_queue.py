"""The order pairs are served in, and what a claim costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate.domain import leases, protocol, queue
from annotate.domain.protocol import Said
from annotate.models import Campaign, Claim, QueueCursor, QueueEntry, User
from tests.cast import make_cast, make_pair

pytestmark = pytest.mark.django_db
SAID = Said(choice="equal", confidence=1, reason="Why.")

STATEMENTS = {"sqlite": 9, "postgresql": 1}


def served(campaign: Campaign, user: User, *, most: int = 100) -> list[int]:
    """Numbers of the pairs this person gets, in order, each finished before the next."""
    order: list[int] = []
    while len(order) < most and (claim := leases.claim_next(campaign=campaign, user=user)[0]):
        order.append(claim.pair_id)
        protocol.judge(claim_id=claim.pk, user=user, said=SAID)
        protocol.decide(claim_id=claim.pk, user=user, said=SAID)
    return order


def test_in_the_order_of_import_and_everything_once() -> None:
    cast = make_cast(reveal="never")
    pairs = [make_pair(cast.campaign, number).pk for number in range(40)]
    assert served(cast.campaign, cast.ana) == pairs
    assert served(cast.campaign, cast.ben) == pairs


def test_the_first_lane_goes_before_the_rest() -> None:
    cast = make_cast()
    pairs = [make_pair(cast.campaign, number).pk for number in range(4)]
    queue.promote(pair_ids=[pairs[2]], turn=1)
    assert served(cast.campaign, cast.ana) == [pairs[2], pairs[0], pairs[1], pairs[3]]


def test_the_cursor_is_written_and_hides_nothing() -> None:
    cast = make_cast(reveal="never")
    pairs = [make_pair(cast.campaign, number).pk for number in range(40)]
    served(cast.campaign, cast.ana, most=36)
    assert QueueCursor.objects.filter(user=cast.ana).exists()
    first = Claim.objects.filter(annotator=cast.ben)
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ben)
    assert claim is not None
    leases.abandon(claim=claim, cause="other", actor=cast.ben)
    assert first.count() == 1
    assert served(cast.campaign, cast.ana) == pairs[36:]
    assert served(cast.campaign, cast.ben) == pairs[1:]
    assert served(cast.campaign, cast.chen) == [pairs[0]]


def test_what_an_import_committed_late_leaves_before_a_cursor_is_found_in_the_end() -> None:
    cast = make_cast(reveal="never")
    late = make_pair(cast.campaign, 0)
    for number in range(1, 40):
        make_pair(cast.campaign, number)
    entry = QueueEntry.objects.filter(pair=late)
    entry.update(free=0)
    assert len(served(cast.campaign, cast.ana)) == 39
    entry.update(free=3)
    QueueCursor.objects.update(swept=timezone.now() - 2 * queue.SWEEP_EVERY)
    assert served(cast.campaign, cast.ana) == [late.pk]


@pytest.mark.parametrize("size", [5, 200])
def test_a_claim_costs_the_same_however_long_the_campaign(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "ADVANCE_EVERY", 10**12)  # a claim that does not write the cursor
    cast = make_cast(reveal="never")
    for number in range(size):
        make_pair(cast.campaign, number)
    with CaptureQueriesContext(connection) as context:
        leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert len(context) == STATEMENTS[connection.vendor]
