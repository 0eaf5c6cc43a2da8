"""What the database refuses, whoever asks and however."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from annotate.domain import leases, protocol
from annotate.domain.protocol import Said
from annotate.models import (
    Adjudication,
    Assistance,
    AuditEvent,
    Campaign,
    Claim,
    Gold,
    Judgement,
    Pair,
    Protocol,
    QueueEntry,
    Release,
    User,
    Verdict,
)
from annotate.models.guards import APPEND_ONLY, GUARDS
from tests.cast import REWARD, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db


def triggers() -> set[str]:
    sql = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql[connection.vendor])
        return {name for (name,) in cursor.fetchall() if name.startswith("guard_")}


def test_every_guard_is_there_after_all_migrations() -> None:
    expected = {guard.name for guard in GUARDS}
    assert len(expected) == len(GUARDS)
    if connection.vendor == "postgresql":
        expected |= {f"guard_{table}_truncate" for table in APPEND_ONLY}
    assert triggers() == expected


def refused(act: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        act()


def judged(cast: Cast, user: User, response: str) -> Claim:
    claim, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert claim is not None
    said = Said(choice="left" if claim.left == response else "right", strength=1, confidence=1, reason="Why.")
    protocol.judge(claim_id=claim.pk, user=user, said=said)
    protocol.decide(claim_id=claim.pk, user=user, said=said)
    return claim


def test_pairs_and_events_never_change() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    refused(lambda: Pair.objects.update(source_label="a"))
    refused(lambda: Pair.objects.all()._raw_delete("default"))
    refused(lambda: AuditEvent.objects.update(verb="nothing"))
    refused(lambda: AuditEvent.objects.all()._raw_delete("default"))


def test_done_assistance_never_changes_and_wanted_does() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign)
    make_assistance(pair, "reward", REWARD)
    make_assistance(pair, "embed")
    refused(lambda: Assistance.objects.filter(kind="reward").update(payload={}))
    refused(lambda: Assistance.objects.filter(kind="reward").delete())
    assert Assistance.objects.filter(kind="embed").update(attempts=1) == 1


def test_done_assistance_has_a_payload() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "embed")
    refused(lambda: Assistance.objects.update(state="done"))


def test_a_seat_is_taken_once_and_a_person_holds_a_pair_once() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None

    def again(**other: Any) -> None:
        fields = ("pair", "campaign", "annotator", "protocol", "reveal_policy", "seat", "left", "expires")
        Claim.objects.create(**({name: getattr(claim, name) for name in fields} | other))

    refused(lambda: again(annotator=cast.ben))
    refused(lambda: again(seat=1))
    again(annotator=cast.ben, seat=1)


def test_a_claim_keeps_its_seat_its_side_and_its_end() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    claim = judged(cast, cast.ana, "a")
    refused(lambda: Claim.objects.update(expires=timezone.now()))
    refused(lambda: Claim.objects.filter(pk=claim.pk)._raw_delete("default"))
    other, _ = leases.claim_next(campaign=cast.campaign, user=cast.ben)
    assert other is not None
    refused(lambda: Claim.objects.filter(pk=other.pk).update(left=claim.left))
    refused(lambda: Claim.objects.filter(pk=other.pk).update(seat=7))


def test_surplus_says_whether_the_seat_was_given_away() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    leases.abandon(claim=claim, cause="other", actor=cast.ana)
    row = {"claim": claim, "choice": "a", "strength": 1, "confidence": 1, "reason": "Why."}
    refused(lambda: Judgement.objects.create(**row, surplus=False))
    Judgement.objects.create(**row, surplus=True)


@pytest.mark.parametrize(
    "wrong",
    [{"choice": "left"}, {"strength": None}, {"strength": 4}, {"confidence": 0}, {"reason": ""}, {"choice": "equal"}],
)
def test_an_incomplete_judgement_has_no_row_to_stand_on(wrong: dict[str, Any]) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    row = {"claim": claim, "choice": "a", "strength": 1, "confidence": 1, "reason": "Why.", "surplus": False}
    refused(lambda: Judgement.objects.create(**(row | wrong)))
    Judgement.objects.create(**row)


def test_a_verdict_needs_its_reveal_and_is_of_its_claims_pair_and_policy() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    other = make_pair(cast.campaign, 2)
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    opinion = {"choice": "a", "strength": 1, "confidence": 1, "reason": "Why.", "surplus": False}
    judgement = Judgement.objects.create(claim=claim, **opinion)
    row = {"judgement": judgement, "pair": claim.pair, "policy": "always", "changed": False} | opinion
    refused(lambda: Verdict.objects.create(**row))
    refused(lambda: Verdict.objects.create(**(row | {"policy": "never"})))
    refused(lambda: Verdict.objects.create(**(row | {"pair": other})))


def adjudication(cast: Cast, reviewer: User) -> Adjudication:
    return Adjudication.objects.create(
        pair=Pair.objects.get(), reviewer=reviewer, choice="a", strength=1, cause="slip", reason="Why."
    )


def test_only_where_verdicts_differ_and_never_ones_own() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    judged(cast, cast.ana, "a")
    refused(lambda: adjudication(cast, cast.rita))
    judged(cast, cast.ben, "b")
    refused(lambda: adjudication(cast, cast.ben))
    adjudication(cast, cast.rita)


def test_one_current_gold_a_pair() -> None:
    cast = make_cast(overlap=1)
    pair = make_pair(cast.campaign)
    judged(cast, cast.ana, "a")
    first = Gold.objects.get()
    other = make_pair(cast.campaign, 2)
    row = {
        "campaign": cast.campaign,
        "label": "b",
        "votes": {},
        "origin": "consensus",
        "protocol": cast.campaign.protocol,
        "record": "{}",
    }
    refused(lambda: Gold.objects.create(pair=pair, **row))
    refused(lambda: Gold.objects.create(pair=other, supersedes=first, **row))
    refused(lambda: Gold.objects.create(pair=pair, supersedes=first, **row | {"record": ""}))
    Gold.objects.create(pair=pair, supersedes=first, **row)
    refused(lambda: Gold.objects.create(pair=pair, supersedes=first, **row))


def test_a_frozen_release_never_changes() -> None:
    cast = make_cast()
    release = Release.objects.create(campaign=cast.campaign, version="1")
    refused(lambda: Release.objects.update(state="frozen"))
    Release.objects.update(state="frozen", manifest={}, frozen=timezone.now())
    refused(lambda: Release.objects.filter(pk=release.pk).update(manifest={"files": []}))
    refused(lambda: Release.objects.filter(pk=release.pk).delete())
    refused(lambda: Release.objects.create(campaign=cast.campaign, version="1"))


def test_a_protocol_somebody_worked_under_never_changes() -> None:
    cast = make_cast()
    assert Protocol.objects.update(text="Not used yet.") == 1
    make_pair(cast.campaign)
    leases.claim_next(campaign=cast.campaign, user=cast.ana)
    refused(lambda: Protocol.objects.update(text="Too late."))
    refused(lambda: Protocol.objects.update(attestation="Too late."))
    refused(lambda: Protocol.objects.all()._raw_delete("default"))


def test_a_protocol_that_gold_names_never_changes() -> None:
    cast = make_cast(overlap=1)
    pair = make_pair(cast.campaign)
    judged(cast, cast.ana, "a")
    later = Protocol.objects.create(name="bench", version=2, campaign=cast.campaign, text="New.")
    row = {"campaign": cast.campaign, "label": "b", "votes": {}, "origin": "consensus", "record": "{}"}
    Gold.objects.create(pair=pair, supersedes=Gold.objects.get(), protocol=later, **row)
    refused(lambda: Protocol.objects.filter(pk=later.pk).update(text="Too late."))


def test_another_campaigns_protocol_is_never_in_force() -> None:
    cast, other = make_cast(), make_cast(slug="other")
    theirs = Protocol.objects.create(name="other", version=2, campaign=other.campaign, text="Theirs.")
    row = {"slug": "third", "name": "Third", "protocol": theirs}
    refused(lambda: Campaign.objects.filter(pk=cast.campaign.pk).update(protocol=theirs))
    refused(lambda: Campaign.objects.create(**row))
    Campaign.objects.filter(pk=other.campaign.pk).update(protocol=theirs)
    Campaign.objects.create(**row, serves=other.campaign, purpose="practice")


def test_a_closed_entry_has_no_free_seat() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    refused(lambda: QueueEntry.objects.update(state="settled"))
