"""The counts that the database keeps say what counting would say, whatever happens to rows, folded or not."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate.domain import answers, assistance, failures, progress, wanting
from annotate.domain.answers import Answer, Provenance
from annotate.models import Assistance, AssistanceCount, counts
from tests.bait import judged
from tests.cast import ATTRIBUTES, REWARD, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
BY = Provenance("m", "r1", "p-1", {"temperature": 0})
COUNTED = ("kind", "engine", "state", "model", "revision", "prompt_version")


def counted() -> Counter[tuple[str, ...]]:
    return Counter(Assistance.objects.values_list(*COUNTED))


def kept(cast: Cast) -> dict[tuple[str, ...], int]:
    found = progress.totals(campaign=cast.campaign)
    return {tuple(row[name] for name in COUNTED): row["rows"] for row in found if row["rows"]}


def recorded(work: list[assistance.Work], payload: dict[str, Any]) -> None:
    made = [Answer(item, payload, tokens_read=10, tokens_written=3, tokens_padded=2, milliseconds=5) for item in work]
    answers.record(answers=made, by=BY)


def lived(cast: Cast) -> None:
    """Rows of every state, by every function that changes one."""
    pairs = [make_pair(cast.campaign, number) for number in range(6)]
    for kind in ("attributes", "reward"):
        wanting.want(campaign=cast.campaign, kind=kind)
    recorded(assistance.lease(kind="attributes", most=2), ATTRIBUTES)
    first, *rest = assistance.lease(kind="reward", most=4)
    recorded(rest[:1], REWARD)
    assistance.fail(work=first, error="no")
    assistance.postpone(work=rest[1], error="away")
    assistance.give_back(work=rest[2:])
    Assistance.objects.filter(pk=first.assistance_id).update(state="parked")
    failures.ask_again(campaign=cast.campaign, kind="reward", actor=cast.mira)
    wanting.want_anew(campaign=cast.campaign, kind="attributes", actor=None)
    make_assistance(pairs[0], "judge", judged("a") | {"first": 1, "clear": 2}, model="j")
    make_assistance(pairs[1], "judge", judged("a") | {"first": "many", "clear": None}, model="j")
    Assistance.objects.filter(kind="reward", state="wanted").first().delete()


def test_they_say_what_counting_says() -> None:
    cast = make_cast()
    lived(cast)
    assert kept(cast) == counted()
    assert progress.progress(campaign=cast.campaign)["judge"] == {"done": 2}
    assert progress.to_do(kind="attributes") == progress.to_do(kind="attributes", campaign=cast.campaign) == 6
    assert progress.to_do(kind="attributes", campaign=make_cast(slug="other").campaign) == 0
    done = next(
        row for row in progress.totals(campaign=cast.campaign) if row["model"] == "m" and row["kind"] == "reward"
    )
    assert {name: done[name] for name in counts.SUMS} == {
        "rows": 1, "arrived": 1, "tokens_read": 10, "tokens_written": 3, "tokens_padded": 2, "milliseconds": 5,
        "first": 0, "clear": 0,
    }  # fmt: skip
    assert Assistance.objects.get(pk=done["sample"]).model == "m"
    assert done["at"] is not None


def test_folding_changes_no_sum_and_counting_anew_finds_the_same() -> None:
    cast = make_cast()
    lived(cast)
    AssistanceCount.objects.update(minute=F("minute") - timedelta(minutes=50))
    make_assistance(make_pair(cast.campaign, 9), "reward", REWARD, model="m", revision="r1", prompt_version="p-1")
    before, told = kept(cast), progress.totals(campaign=cast.campaign)
    progress.fold()
    assert progress.totals(campaign=cast.campaign) == told
    came = progress.minutes(campaign=cast.campaign)["reward", "default"]
    assert sorted(came.values()) == [1, 1]
    AssistanceCount.objects.update(minute=F("minute") - timedelta(minutes=20))
    assert progress.fold() > 0
    assert progress.fold() == 0
    assert kept(cast) == before
    assert AssistanceCount.objects.filter(minute=progress.FOLDED).exists()
    with connection.cursor() as cursor:
        for statement in counts.recount(connection.vendor):
            cursor.execute(statement)
    assert kept(cast) == before == counted()


def test_what_happens_after_folding_is_counted_on() -> None:
    cast = make_cast()
    lived(cast)
    progress.fold()
    recorded(assistance.lease(kind="reward", most=9), REWARD)
    assert kept(cast) == counted()


def test_reading_them_is_a_statement_each_and_knows_no_rows() -> None:
    cast = make_cast()
    lived(cast)
    for read in (progress.progress, progress.totals, progress.minutes):
        with CaptureQueriesContext(connection) as statements:
            read(campaign=cast.campaign)
        assert len(statements) == 1
        assert '"annotate_assistance"' not in statements[0]["sql"]


def test_renewing_a_lease_changes_no_count() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "reward")
    work = assistance.lease(kind="reward", most=1)
    before = AssistanceCount.objects.count()
    assistance.extend(work=work)
    assert AssistanceCount.objects.count() == before
    assert timezone.now() - progress.totals(campaign=cast.campaign)[0]["at"] < timedelta(minutes=1)
