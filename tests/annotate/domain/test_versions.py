"""Versions of a protocol: written, changed, put in force, frozen."""

from typing import Any

import pytest

from annotate.domain import citing, disclosure, leases, practice, versions
from annotate.domain.errors import AlreadyDone, Conflict, Invalid, Missing, Overtaken
from annotate.domain.versions import Content
from annotate.models import AuditEvent, Campaign, Claim, Gold, Protocol
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair
from tests.gold import decide
from tests.learning import make_known

pytestmark = pytest.mark.django_db
RULE = {"when": {"task_category": ["math"]}, "text": "Check it.", "requires": ["maths"]}
NEW = Content(text="Read both.", rules=[RULE], attestation="I judged this myself.")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make(cast: Cast, content: Content = NEW, **fields: Any) -> Protocol:
    made, _new = versions.make(campaign=cast.campaign, actor=cast.mira, content=content, **fields)
    return made


def states(cast: Cast) -> dict[int, tuple[bool, bool, int, int]]:
    """By version: in force, a draft, claims, claims in hand."""
    rows = versions.listed(campaign=Campaign.objects.get(pk=cast.campaign.pk))
    return {row["version"]: (row["in_force"], row["draft"], row["claims"], row["held"]) for row in rows}


def test_a_new_version_is_a_draft_with_the_next_number_and_an_event(cast: Cast) -> None:
    made = make(cast)
    assert (made.name, made.version, made.campaign, made.created_by) == ("bench", 2, cast.campaign, cast.mira)
    assert (made.text, made.rules, made.attestation) == ("Read both.\n", [RULE], "I judged this myself.")
    assert states(cast) == {2: (False, True, 0, 0), 1: (True, False, 0, 0)}
    event = AuditEvent.objects.get(verb="protocol.made")
    assert (event.actor_id, event.campaign_id) == (cast.mira.pk, cast.campaign.pk)
    assert event.data == {"protocol": made.pk, "version": 2, "base": None}


def test_the_same_again_is_the_version_that_is_there(cast: Cast) -> None:
    made = make(cast)
    again, new = versions.make(campaign=cast.campaign, actor=cast.mira, content=NEW, seen=0)
    assert (again, new) == (made, False)
    assert Protocol.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Content(text=" \n"), "text"),
        (Content(text="x" * 50_001), "text"),
        (Content(text="a\x00"), "text"),
        (Content(text="a", attestation="x" * 501), "attestation"),
        (Content(text="a", rules=[{"text": ""}]), "rules.0.text"),
    ],
)
def test_what_cannot_be_a_version_is_refused_and_nothing_written(cast: Cast, wrong: Content, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(cast, wrong)
    assert set(refused.value.fields) == {field}
    assert Protocol.objects.count() == 1


def test_two_managers_who_write_at_once_the_second_is_told_and_loses_nothing(cast: Cast) -> None:
    seen = versions.newest(campaign=cast.campaign).pk
    first = make(cast, seen=seen)
    mine = Content(text="Something else.")
    with pytest.raises(Overtaken) as refused:
        make(cast, mine, seen=seen)
    assert refused.value.newer == first
    assert make(cast, mine, seen=first.pk).version == 3


def test_a_draft_that_went_meanwhile_overtakes_nobody(cast: Cast) -> None:
    draft = make(cast)
    versions.delete(campaign=cast.campaign, actor=cast.mira, protocol_id=draft.pk)
    assert make(cast, Content(text="Another."), seen=draft.pk).version == 2


def change(cast: Cast, draft: Protocol, text: str, seen: int) -> Protocol:
    content = Content(text=text)
    return versions.change(campaign=cast.campaign, actor=cast.mira, protocol_id=draft.pk, content=content, seen=seen)


def test_a_draft_is_changed_and_who_changed_it_stands_there(cast: Cast) -> None:
    draft = make(cast)
    changed = change(cast, draft, "Read twice.", 0)
    assert (changed.pk, changed.version, changed.text, changed.edits) == (draft.pk, 2, "Read twice.\n", 1)
    assert change(cast, draft, "Read twice.", 0).edits == 1  # sent again: it is so already
    row = versions.listed(campaign=cast.campaign)[0]
    assert (row["by"], row["edited_by"], row["edits"]) == ("mira", "mira", 1)
    assert [event.verb for event in AuditEvent.objects.filter(verb="protocol.changed")] == ["protocol.changed"]


def test_of_two_who_change_a_draft_the_second_is_told(cast: Cast) -> None:
    draft = make(cast)
    change(cast, draft, "First.", 0)
    with pytest.raises(Overtaken) as refused:
        change(cast, draft, "Second.", 0)
    assert refused.value.newer.text == "First.\n"
    assert "mira" in refused.value.message
    assert change(cast, draft, "Second.", 1).edits == 2


def test_what_is_in_force_or_used_or_not_ones_own_is_neither_changed_nor_deleted(cast: Cast) -> None:
    used, own = make(cast), make(cast, Content(text="Third."))
    versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=used.pk)
    make_pair(cast.campaign)
    leases.claim_next(campaign=cast.campaign, user=cast.ana)
    versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=own.pk)
    for frozen in (used, own, Protocol.objects.get(version=1)):
        with pytest.raises(Conflict):
            change(cast, frozen, "Too late.", 0)
        with pytest.raises(Conflict):
            versions.delete(campaign=cast.campaign, actor=cast.mira, protocol_id=frozen.pk)
    assert states(cast) == {3: (True, False, 0, 0), 2: (False, False, 1, 1), 1: (False, False, 0, 0)}


def test_another_campaigns_versions_are_not_there(cast: Cast) -> None:
    other = make_cast(slug="other")
    theirs = make(other)
    make(cast)
    assert {row["name"] for row in versions.listed(campaign=cast.campaign)} == {"bench", "Assay protocol"}
    for do in (versions.delete, versions.put_in_force):
        with pytest.raises(Missing):
            do(campaign=cast.campaign, actor=cast.mira, protocol_id=theirs.pk)
    with pytest.raises(Missing):
        change(cast, theirs, "Mine now.", 0)


def test_claims_keep_the_version_they_were_made_under_and_new_ones_get_the_new(cast: Cast) -> None:
    pairs = [make_pair(cast.campaign, number) for number in range(2)]
    for pair in pairs:
        make_assistance(pair, "attributes", ATTRIBUTES, engine="imported")
    old, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    made = make(
        cast, Content(text="New.", rules=[{"when": {}, "text": "Run it.", "requires": ["code"]}], attestation="Mine.")
    )
    versions.put_in_force(
        campaign=cast.campaign, actor=cast.mira, protocol_id=made.pk, instead_of=cast.campaign.protocol_id
    )
    campaign = Campaign.objects.get(pk=cast.campaign.pk)
    new, _ = leases.claim_next(campaign=campaign, user=cast.ben)
    assert old is not None
    assert new is not None
    shown = [disclosure.show_claim(leases.own_claim(claim_id=one.pk, user_id=one.annotator_id)) for one in (old, new)]
    assert [page["protocol"]["version"] for page in shown] == [1, 2]
    assert [page["protocol"]["attestation"] for page in shown] == ["", "Mine."]
    asked = [
        citing.required(one.protocol.rules, page["pair"]["attributes"])
        for one, page in zip((old, new), shown, strict=True)
    ]
    assert asked == [{"maths"}, {"code"}]
    assert AuditEvent.objects.get(verb="protocol.in_force").data == {
        "protocol": made.pk,
        "version": 2,
        "instead_of": old.protocol_id,
    }


def test_the_sets_follow(cast: Cast) -> None:
    make_known(cast, "practice", 1)
    made = make(cast)
    versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=made.pk)
    assert {home.protocol for home in cast.campaign.sets.all()} == {made}
    practice.claim_next(campaign=cast.campaign, user=cast.ana)
    assert states(cast)[2] == (True, False, 1, 1)


def test_what_is_in_force_already_or_was_changed_meanwhile_is_said(cast: Cast) -> None:
    first, second = make(cast), make(cast, Content(text="Third."))
    seen = cast.campaign.protocol_id
    versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=first.pk, instead_of=seen)
    with pytest.raises(AlreadyDone):
        versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=first.pk)
    with pytest.raises(Conflict) as refused:
        versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=second.pk, instead_of=seen)
    assert "bench v2" in refused.value.message
    assert Campaign.objects.get(pk=cast.campaign.pk).protocol == first


def test_gold_names_the_newest_version_that_its_verdicts_were_claimed_under() -> None:
    cast = make_cast(third=False)
    make_pair(cast.campaign)
    decide(cast, cast.ana, "a")
    second = make(cast)
    versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=second.pk)
    leases.claim_next(campaign=cast.campaign, user=cast.ben)
    third = make(cast, Content(text="Third."))
    versions.put_in_force(campaign=cast.campaign, actor=cast.mira, protocol_id=third.pk)
    decide(cast, cast.ben, "a")
    assert Gold.objects.get().protocol == second
    assert '"protocol":"bench","protocol_version":2' in Gold.objects.get().record
    assert set(Claim.objects.values_list("protocol__version", flat=True)) == {1, 2}
