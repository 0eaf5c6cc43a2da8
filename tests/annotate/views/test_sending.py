"""What the page's script is told: the same commit is answered the same, a conflict shows both versions."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from annotate.domain import leases, protocol
from annotate.domain.protocol import Said
from annotate.models import AuditEvent, Campaign, Claim, Judgement, Verdict
from tests.annotate.views.browsing import signed_in, start
from tests.annotate.views.test_leaks import everything
from tests.bait import found_in, make_baited_pair
from tests.cast import make_cast, make_pair
from tests.learning import make_known

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
SAID = {"preference": "left-2", "confidence": "2", "reason": "The sum is right.", "idempotency_key": "one"}


def tell(client: Client, page: HttpResponse, step: str, **filled: Any) -> HttpResponse:
    """Commit as the script does; headers may come with it."""
    headers = JSON | filled.pop("headers", {})
    return client.post(f"/claims/{page.context['page']['id']}/{step}", SAID | filled, headers=headers)


def ahead_of(client: Client, page: HttpResponse) -> HttpResponse:
    return client.post(f"/claims/{page.context['page']['id']}/ahead")


def test_a_commit_is_answered_with_where_it_leads_and_again_with_the_same() -> None:
    cast = make_cast()
    make_pair(cast.campaign, 1)
    client = signed_in(cast.ana)
    page = start(client)
    claim = page.context["page"]["id"]
    first, second = tell(client, page, "judgement"), tell(client, page, "judgement", reason="Under the same key.")
    told = first.json()
    assert (told["recorded"], told["url"], told["stage"]) == (True, f"/claims/{claim}/", "verdict")
    assert set(told) == {"recorded", "url", "claim", "stage", "stamp", "held_seconds", "progress"}
    assert {**second.json(), "held_seconds": 0} == {**told, "held_seconds": 0}
    assert [row.reason for row in Judgement.objects.all()] == ["The sum is right."]
    done = [tell(client, page, "verdict", attested="on", idempotency_key="two").json() for _ in range(2)]
    assert done == [{"recorded": True, "url": "/campaigns/bench/nothing-left/"}] * 2
    assert Verdict.objects.count() == 1


def test_the_page_made_ahead_is_the_page_that_comes_next_and_its_stamp_says_so() -> None:
    cast = make_cast(reveal="never")
    make_pair(cast.campaign, 1)
    make_pair(cast.campaign, 2)
    client = signed_in(cast.ana)
    page = start(client)
    ready = ahead_of(client, page)
    assert ready.context["page"]["held_seconds"] == cast.campaign.lease_minutes * 60
    told = tell(client, page, "judgement").json()
    assert told["claim"] == ready.context["page"]["id"]
    assert f'data-stamp="{told["stamp"]}"' in ready.content.decode()
    assert told["progress"] == "1 today, 1 in all"
    assert client.get(told["url"]).context["stamp"] == told["stamp"]
    assert AuditEvent.objects.filter(verb="claim.opened").count() == 1


def test_a_page_made_ahead_is_out_of_date_once_it_would_show_something_else() -> None:
    """Here the campaign's rules changed: the same pair comes under another claim."""
    cast = make_cast(reveal="never")
    make_pair(cast.campaign, 1)
    second = make_pair(cast.campaign, 2)
    client = signed_in(cast.ana)
    page = start(client)
    ready = ahead_of(client, page)
    Campaign.objects.update(reveal="always")
    told = tell(client, page, "judgement").json()
    assert told["claim"] != ready.context["page"]["id"]
    assert Claim.objects.get(pk=told["claim"]).pair == second


def test_a_page_made_ahead_has_nothing_of_what_is_kept_back() -> None:
    cast = make_cast(overlap=3)
    pairs = [make_baited_pair(cast, number) for number in range(2)]
    for user in (cast.ben, cast.chen):
        for _ in pairs:
            claim, _new = leases.claim_next(campaign=cast.campaign, user=user)
            assert claim is not None
            said = Said(choice="left", strength=3, confidence=3, reason="bait-reason-platypus")
            protocol.judge(claim_id=claim.pk, user=user, said=said)
            protocol.decide(claim_id=claim.pk, user=user, said=said)
    client = signed_in(cast.ana)
    page = start(client)
    ready = ahead_of(client, page)
    assert ready.status_code == 200
    assert ready.context["page"]["pair"]["id"] in {pair.pk for pair in pairs} - {page.context["page"]["pair"]["id"]}
    assert found_in(everything(ready)) == []
    assert ready.headers["Cache-Control"] == "no-store"
    told = tell(client, page, "judgement")
    assert found_in(everything(told)) == []


def test_nothing_is_made_ahead_where_nothing_is_left_nor_in_practice() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    assert ahead_of(client, start(client)).status_code == 204
    make_known(cast, "practice", 1)
    page = client.post("/campaigns/bench/practice", follow=True)
    assert ahead_of(client, page).status_code == 204
    assert b"data-ahead" not in page.content
    assert client.get(f"/claims/{page.context['page']['id']}/ahead").status_code == 302


def test_renewing_the_pair_in_hand_keeps_the_one_reserved_after_it() -> None:
    cast = make_cast()
    make_pair(cast.campaign, 1)
    make_pair(cast.campaign, 2)
    client = signed_in(cast.ana)
    page = start(client)
    ahead_of(client, page)
    Claim.objects.filter(ahead=True).update(expires=timezone.now())
    client.post(f"/claims/{page.context['page']['id']}/renew", headers=JSON)
    assert leases.reap() == 0


def test_what_is_missing_is_told_and_nothing_is_recorded() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    answer = tell(client, start(client), "judgement", reason="")
    assert (answer.status_code, set(answer.json())) == (422, {"error"})
    assert not Judgement.objects.exists()


def test_what_one_person_wrote_is_not_sent_as_another() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    page = start(signed_in(cast.ana))
    other = signed_in(cast.ben)
    assert tell(other, page, "judgement", headers={"X-User": str(cast.ana.pk)}).status_code == 401
    assert tell(other, page, "judgement").status_code == 404
    assert tell(Client(), page, "judgement").status_code == 302


def test_who_left_the_campaign_meanwhile_is_told_that_it_is_recorded() -> None:
    cast = make_cast(reveal="never")
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    cast.ana.memberships.all().delete()
    assert tell(client, page, "judgement").json() == {"recorded": True, "url": "/"}
    assert Judgement.objects.count() == 1


def test_a_late_commit_leads_to_a_page_that_says_so() -> None:
    cast = make_cast(overlap=1, reveal="never")
    make_pair(cast.campaign, 1)
    client = signed_in(cast.ana)
    page = start(client)
    Claim.objects.update(expires=timezone.now())
    start(signed_in(cast.ben))
    make_pair(cast.campaign, 2)
    told = tell(client, page, "judgement").json()
    assert told["stamp"] == ""
    assert "is kept, and does not count" in client.get(told["url"]).content.decode()


def test_a_conflict_shows_every_field_of_both() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    tell(client, page, "judgement")
    other = {"preference": "right-3", "confidence": "3", "reason": "Second <b>thought</b>.", "idempotency_key": "x"}
    assert tell(client, page, "judgement", **other).status_code == 409
    shown = client.post(f"/claims/{page.context['page']['id']}/judgement", other)
    rows = {row["name"]: (row["recorded"], row["sent"]) for row in shown.context["rows"]}
    assert rows == {
        "preference": ("Left is clearly better", "Right is much better"),
        "confidence": ("Fairly sure", "Very sure"),
        "reason": ("The sum is right.", "Second <b>thought</b>."),
    }
    for text in ("The sum is right.", "Second &lt;b&gt;thought&lt;/b&gt;.", "Left is clearly better"):
        assert text in shown.content.decode()


def test_a_conflict_of_verdicts_shows_the_verdict_that_stands() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    tell(client, page, "judgement")
    tell(client, page, "verdict", attested="on", idempotency_key="two")
    sent = {"preference": "equal", "confidence": "1", "reason": "No.", "attested": "on", "idempotency_key": "three"}
    shown = client.post(f"/claims/{page.context['page']['id']}/verdict", sent)
    rows = {row["name"]: (row["recorded"], row["sent"]) for row in shown.context["rows"]}
    assert shown.status_code == 409
    assert (rows["preference"], rows["attested"]) == (("Left is clearly better", "Equally good"), ("yes", "yes"))


def test_an_incomplete_form_of_a_stage_that_is_over_shows_what_stands_and_what_was_sent() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    tell(client, page, "judgement")
    shown = client.post(f"/claims/{page.context['page']['id']}/judgement", {"reason": "Only this."})
    assert shown.status_code == 409
    assert {"The sum is right.", "Only this."} <= {text for row in shown.context["rows"] for text in row.values()}
