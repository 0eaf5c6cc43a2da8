"""What is compiled once gives what the ORM gives, row for row, on either engine."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate.domain import leases, settling, tokens
from annotate.domain.compiled import Compiled, Step, add, change, write
from annotate.models import AuditEvent, Claim, Pair, User
from tests.cast import Cast, make_cast, make_pair

pytestmark = pytest.mark.django_db
BY_NAME = Compiled(lambda name, pk: User.objects.filter(username=name, pk__gt=pk).order_by("pk"), str, int)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def columns(row: Claim | Pair | User) -> dict[str, object]:
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_other_values_each_time(cast: Cast) -> None:
    for user in (cast.ana, cast.ben, cast.ana):
        assert BY_NAME(user.username, 0) == [user]
        assert BY_NAME(user.username, user.pk) == []


def test_a_number_that_no_column_holds_finds_nothing(cast: Cast) -> None:
    assert BY_NAME("ana", -(2**63) - 1) == BY_NAME("ana", 2**63) == []


def test_every_column_of_every_joined_row(cast: Cast) -> None:
    pair = make_pair(cast.campaign, source_label="a", extra={"model_a": "x", "n": [1, 2.5, None]})
    for user in (cast.ana, cast.ben):
        made, _ = leases.claim_next(campaign=cast.campaign, user=user)
        assert made is not None
        claim = leases.own_claim(claim_id=made.pk, user_id=user.pk)
        assert columns(claim) == columns(Claim.objects.get(pk=made.pk))
        assert columns(claim.pair) == columns(Pair.objects.get(pk=pair.pk))
        assert claim.expires.tzinfo is not None
        with CaptureQueriesContext(connection) as none:
            assert (claim.campaign, claim.protocol) == (cast.campaign, cast.campaign.protocol)
            assert getattr(claim, "judgement", None) is None
        assert len(none) == 0


def test_a_locked_claim_leaves_the_texts_behind(cast: Cast) -> None:
    make_pair(cast.campaign)
    made, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert made is not None
    with transaction.atomic():
        claim = leases.own_claim(claim_id=made.pk, user_id=cast.ana.pk, lock=True)
        assert claim.pair.get_deferred_fields() == {"conversation", "response_a", "response_b"}


def test_a_token_that_ran_out_is_not_found_by_a_statement_written_earlier(cast: Cast) -> None:
    text = tokens.issue(user=cast.ana, scopes=["annotate"])
    found = tokens.find(text)
    assert found is not None
    assert found.user == cast.ana
    found.expires = timezone.now() - timedelta(seconds=1)
    change(found, "expires")
    assert tokens.find(text) is None


def test_an_added_row_is_what_was_meant_and_knows_its_defaults(cast: Cast) -> None:
    event = AuditEvent(verb="test", actor_id=cast.ana.pk, data={"é": [1, None]})
    add(event)
    stored = AuditEvent.objects.get(pk=event.pk)
    assert (stored.verb, stored.actor_id, stored.data, stored.pair_id) == ("test", cast.ana.pk, {"é": [1, None]}, None)
    assert event.at == stored.at
    assert event == stored


def test_a_row_that_may_not_be_is_refused(cast: Cast) -> None:
    make_pair(cast.campaign)
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    again = Claim(
        **{field.attname: getattr(claim, field.attname) for field in claim._meta.concrete_fields if field.name != "id"}
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        add(again)


def test_a_change_writes_only_what_it_names(cast: Cast) -> None:
    pair = make_pair(cast.campaign)
    with transaction.atomic():
        (entry,) = settling.ENTRY(pair.pk)
        entry.free, entry.lane = 1, 0
        change(entry, "free")
        (again,) = settling.ENTRY(pair.pk)
    assert (again.free, again.lane) == (1, 2)


def test_several_rows_are_written_together_or_not_at_all(cast: Cast) -> None:
    pair = make_pair(cast.campaign)
    event = AuditEvent(verb="test", actor_id=cast.ana.pk, pair_id=pair.pk)
    entry = pair.queue
    entry.free, entry.lane = 2, 0
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        write(Step(event), Step(entry, ("free",)), Step(other := AuditEvent(verb="other")))
    entry.refresh_from_db()
    assert (entry.free, entry.lane) == (2, 2)
    assert {event.pk, other.pk} == set(
        AuditEvent.objects.filter(verb__in=("test", "other")).values_list("pk", flat=True)
    )
    assert event.data == {}
    sent = [query for query in captured.captured_queries if "annotate_" in query["sql"]]
    assert len(sent) == (1 if connection.vendor == "postgresql" else 3)
    with pytest.raises(IntegrityError), transaction.atomic():
        write(Step(AuditEvent(verb="never")), Step(AuditEvent(verb=None)))
    assert not AuditEvent.objects.filter(verb="never").exists()
