"""A manager takes somebody out of a campaign: what they did stays, what they hold goes back, and a manager is left."""

import pytest

from annotate.domain import campaigns, leases, leaving
from annotate.domain.errors import Conflict, Missing
from annotate.models import AuditEvent, Claim, Gold, Membership, QueueEntry, Verdict
from tests.annotate.views.browsing import signed_in, start
from tests.cast import make_cast, make_pair
from tests.gold import make_gold

pytestmark = pytest.mark.django_db


def test_who_is_removed_loses_access_and_nothing_they_judged() -> None:
    cast = make_cast()
    make_gold(cast, 1, "a", "a")
    pair = make_pair(cast.campaign, 2)
    ana, mira = signed_in(cast.ana), signed_in(cast.mira)
    start(ana)
    assert QueueEntry.objects.get(pair=pair).free == 0b10
    page = mira.post(f"/campaigns/bench/people/{cast.ana.pk}/remove", follow=True)
    assert "ana is no longer in this campaign." in page.content.decode()
    assert "ana" not in {row["username"] for row in page.context["people"]}
    assert QueueEntry.objects.get(pair=pair).free == 0b11
    assert Claim.objects.get(annotator=cast.ana, pair=pair).cause == leases.LEFT
    assert (Gold.objects.count(), Verdict.objects.filter(judgement__claim__annotator=cast.ana).count()) == (1, 1)
    assert ana.post("/campaigns/bench/next").status_code == 404
    told = AuditEvent.objects.get(verb="member.removed")
    assert (told.actor_id, told.data) == (cast.mira.pk, {"user": cast.ana.pk, "role": "annotator"})
    campaigns.join(campaign=cast.campaign, user=cast.ana, role="annotator")
    assert start(ana).status_code == 200


def test_a_manager_is_left() -> None:
    cast = make_cast()
    with pytest.raises(Conflict):
        leaving.remove(campaign=cast.campaign, user_id=cast.mira.pk, actor=cast.mira)
    assert signed_in(cast.mira).post(f"/campaigns/bench/people/{cast.mira.pk}/remove").status_code == 409
    campaigns.join(campaign=cast.campaign, user=cast.rita, role="manager")
    left = signed_in(cast.mira).post(f"/campaigns/bench/people/{cast.mira.pk}/remove")
    assert left.headers["Location"] == "/"
    assert not Membership.objects.filter(user=cast.mira).exists()
    with pytest.raises(Conflict):
        leaving.remove(campaign=cast.campaign, user_id=cast.rita.pk, actor=cast.rita)


def test_only_managers_remove_and_only_who_is_there() -> None:
    cast = make_cast()
    assert signed_in(cast.rita).post(f"/campaigns/bench/people/{cast.ana.pk}/remove").status_code == 403
    with pytest.raises(Missing):
        leaving.remove(campaign=cast.campaign, user_id=cast.stranger.pk, actor=cast.mira)
    assert Membership.objects.count() == 5
