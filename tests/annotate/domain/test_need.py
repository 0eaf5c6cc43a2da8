"""The order of need, for every kind, however many rows wait."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.domain import assistance, leases, urgency
from annotate.domain.assistance import AFTER
from annotate.models import Assistance, QueueEntry
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
KINDS = list(settings.ASSISTANCE_MODELS)
MANY = 20_000  # pairs, so 120,000 rows


def work_at(cast: Cast, numbers: range) -> tuple[list[int], list[int]]:
    """Pairs of which ana holds one, and the order in which they are needed from then on."""
    pairs = [make_pair(cast.campaign, number).pk for number in numbers]
    QueueEntry.objects.filter(pair_id=pairs[-1]).update(lane=0)
    QueueEntry.objects.filter(pair_id=pairs[-2]).update(lane=1)
    held, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert held is not None
    assert held.pair_id == pairs[-1], "it came back, so it is handed out first"
    return pairs, [pairs[-1], pairs[-2], *pairs[:-2]]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_done_in_the_order_of_need(kind: str) -> None:
    cast = make_cast()
    pairs, needed = work_at(cast, range(6))
    for pair_id in reversed(pairs):
        Assistance.objects.create(pair_id=pair_id, campaign=cast.campaign, kind=kind)
    found: list[int] = []
    while work := assistance.lease(kind=kind, most=1):
        found += [item.pair_id for item in work]
    assert found == needed


@pytest.mark.parametrize(("kind", "before"), [(kind, one) for kind, several in AFTER.items() for one in several])
def test_a_pair_that_waits_for_another_kind_lets_others_pass(kind: str, before: str) -> None:
    cast = make_cast()
    pairs, needed = work_at(cast, range(4))
    for pair_id in pairs:
        Assistance.objects.create(pair_id=pair_id, campaign=cast.campaign, kind=kind)
    coming = Assistance.objects.create(pair_id=needed[0], campaign=cast.campaign, kind=before)
    assert [item.pair_id for item in assistance.lease(kind=kind, most=1)] == [needed[1]]
    Assistance.objects.filter(pk=coming.pk).update(state="parked")
    assert [item.pair_id for item in assistance.lease(kind=kind, most=1)] == [needed[0]], "it will not come soon"


def test_a_line_that_the_settings_no_longer_name_holds_nothing_up() -> None:
    pair = make_pair(make_cast().campaign)
    make_assistance(pair, "attributes", engine="gone")
    make_assistance(pair, "embed")
    assert assistance.is_due(kind="embed")
    make_assistance(pair, "attributes", engine="default.2")
    assert not assistance.is_due(kind="embed")


def test_embeddings_are_given_what_is_known_of_the_pair() -> None:
    pair = make_pair(make_cast().campaign)
    make_assistance(pair, "attributes", ATTRIBUTES)
    make_assistance(pair, "embed")
    (work,) = assistance.lease(kind="embed", most=1)
    assert (work.attributes, work.guideline) == (ATTRIBUTES, "")


def fill(campaign_id: int) -> None:
    """Many pairs, each wanting every kind, none of which was begun."""
    pairs = f"""INSERT INTO annotate_pair (campaign_id, digest, conversation, response_a, response_b)
        SELECT {campaign_id}, sha256(n::text::bytea), '[]', '[]', '[]' FROM generate_series(1, {MANY}) n RETURNING id"""
    with connection.cursor() as cursor:
        cursor.execute(f"""WITH made AS ({pairs}) INSERT INTO annotate_queueentry
            (pair_id, campaign_id, state, seats, free, lane, turn)
            SELECT id, {campaign_id}, 'open', 2, 3, 2, id FROM made""")
        cursor.execute(
            f"""INSERT INTO annotate_assistance (pair_id, campaign_id, kind, state)
            SELECT pair_id, {campaign_id}, kind, 'wanted' FROM annotate_queueentry, unnest(%s::text[]) kind""",
            [KINDS],
        )
        cursor.execute("ANALYZE annotate_assistance, annotate_queueentry, annotate_pair")


def touched(work: Any) -> int:
    """Rows of assistance that PostgreSQL looks at for every SELECT of `work`, those it throws away too."""
    with CaptureQueriesContext(connection) as seen:
        work()
    total = 0
    for query in [one["sql"] for one in seen if one["sql"].startswith("SELECT")]:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
            total += looked_at(cursor.fetchone()[0][0]["Plan"])
    return total


def looked_at(step: dict[str, Any]) -> int:
    mine = step.get("Relation Name") == "annotate_assistance"
    rows = (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"] if mine else 0
    return int(rows) + sum(looked_at(one) for one in step.get("Plans", []))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the plan is PostgreSQL's")
def test_a_batch_costs_the_same_however_many_rows_wait() -> None:
    cast = make_cast()
    work_at(cast, range(4))
    fill(cast.campaign.pk)
    for kind in (kind for kind in KINDS if kind not in AFTER):
        assert touched(lambda kind=kind: assistance.is_due(kind=kind)) < 10
        assert touched(lambda kind=kind: assistance.lease(kind=kind, most=64)) < 4 * urgency.LOOKED_AT, kind
    Assistance.objects.filter(kind__in=("attributes", "embed")).update(state="parked")
    assert touched(lambda: assistance.lease(kind="judge", most=64)) < 8 * urgency.LOOKED_AT
