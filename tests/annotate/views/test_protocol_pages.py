"""The protocol in a browser that runs no script."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from annotate.domain import work
from annotate.models import Claim, Gold, Judgement, User, Verdict
from tests.annotate.views.browsing import send, signed_in, start
from tests.cast import REWARD, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
FILLED = {"confidence": "2", "reason": "The sum is right."}


def side_of(page: HttpResponse, response: str) -> str:
    claim = Claim.objects.get(pk=page.context["page"]["id"])
    return "left" if claim.left == response else "right"


def judge(client: Client, page: HttpResponse, response: str) -> HttpResponse:
    return send(client, page, "judgement", preference=f"{side_of(page, response)}-2", **FILLED)


def test_two_people_make_gold_by_forms_alone() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "reward", REWARD)
    for user in (cast.ana, cast.ben):
        client = signed_in(user)
        page = start(client)
        assert page.context["page"]["stage"] == "judgement"
        page = judge(client, page, "a")
        assert page.context["page"]["stage"] == "verdict"
        page = send(client, page, "verdict", attested="on")
        assert page.redirect_chain[-1][0] == "/campaigns/bench/nothing-left/"
    assert [(row.label, row.votes) for row in Gold.objects.all()] == [("a", {"a": 2})]
    assert set(Verdict.objects.values_list("attested", "changed")) == {(True, False)}


def test_done_leads_straight_to_the_next_pair() -> None:
    cast = make_cast(reveal="never")
    first, second = make_pair(cast.campaign, 1), make_pair(cast.campaign, 2)
    client = signed_in(cast.ana)
    page = judge(client, start(client), "a")
    assert page.context["page"]["pair"]["id"] == second.pk
    assert Verdict.objects.get().pair == first


def test_the_button_resumes_the_pair_that_is_held() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    Claim.objects.update(expires=timezone.now())
    assert start(client).context["page"]["id"] == page.context["page"]["id"]
    assert Claim.objects.get().expires > timezone.now()


@pytest.mark.parametrize("empty", ["preference", "confidence", "reason"])
def test_what_is_missing_is_said_and_the_text_comes_back(empty: str) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    filled = {"preference": "left-1", "confidence": "3", "reason": "Because <b>so</b>."}
    page = send(client, start(client), "judgement", **(filled | {empty: ""}))
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {empty}
    assert empty == "reason" or "Because &lt;b&gt;so&lt;/b&gt;." in page.content.decode()
    assert not Judgement.objects.exists()


@pytest.mark.parametrize("reason", ["", "The sum is right."])
def test_a_changed_mind_without_a_reason_of_its_own_comes_back(reason: str) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = judge(client, start(client), "a")
    page = send(client, page, "verdict", preference="equal", confidence="1", reason=reason, attested="on")
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"__all__", "reason"})
    assert not Verdict.objects.exists()


def test_a_verdict_without_the_attestation_comes_back() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = judge(client, start(client), "a")
    page = send(client, page, "verdict", attested="")
    assert page.status_code == 422
    assert not Verdict.objects.exists()


def test_another_judgement_is_refused_and_shows_what_stands_and_what_was_sent() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    judge(client, page, "a")
    again = send(
        client, page, "judgement", preference="equal", confidence="1", reason="Second thought.", idempotency_key="x"
    )
    assert again.status_code == 409
    assert b"The sum is right." in again.content
    assert b"Second thought." in again.content
    assert Judgement.objects.get().choice == "a"


def test_sending_the_same_form_twice_records_once() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    first, second = judge(client, page, "a"), judge(client, page, "a")
    assert first.redirect_chain == second.redirect_chain
    assert Judgement.objects.count() == 1


def given_away(cast: Cast, user: User) -> tuple[Client, HttpResponse]:
    """A page whose pair went to somebody else meanwhile."""
    client = signed_in(user)
    page = start(client)
    Claim.objects.update(expires=timezone.now())
    start(signed_in(cast.ben))
    return client, page


def test_a_late_judgement_is_kept_and_called_surplus() -> None:
    cast = make_cast(overlap=1, reveal="never")
    make_pair(cast.campaign)
    client, page = given_away(cast, cast.ana)
    answer = judge(client, page, "a")
    assert Judgement.objects.get().surplus
    assert "is kept, and does not count" in answer.content.decode()


def test_renewing_says_for_how_long_and_that_a_pair_is_gone() -> None:
    cast = make_cast(overlap=1, lease_minutes=7)
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    address = f"/claims/{page.context['page']['id']}/renew"
    answer = client.post(address, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["held_seconds"]) == (200, 420)
    Claim.objects.update(expires=timezone.now())
    start(signed_in(cast.ben))
    gone = client.post(address, headers={"Accept": "application/json"})
    assert (gone.status_code, set(gone.json())) == (409, {"error", "kept"})
    assert client.post(address).status_code == 409


def test_giving_a_pair_back_needs_a_cause_and_leads_on() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    address = f"/claims/{start(client).context['page']['id']}/abandon"
    assert client.post(address).status_code == 422
    assert client.post(address, {"cause": "too long"}).url == "/campaigns/bench/nothing-left/"
    assert Claim.objects.get().cause == "too long"
    over = client.get(address, follow=True)
    assert "You gave it back" in over.content.decode()


@pytest.mark.parametrize("step", ["judgement", "verdict", "abandon", "renew"])
def test_an_address_that_only_takes_posts_leads_back_to_the_pair(step: str) -> None:
    """Signing in again comes back to the address that was interrupted, with a GET."""
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    claim = start(client).context["page"]["id"]
    assert client.get(f"/claims/{claim}/{step}").url == f"/claims/{claim}/"


def test_a_finished_pair_shows_what_is_recorded() -> None:
    cast = make_cast(reveal="never")
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    judge(client, page, "a")
    over = client.get(f"/claims/{page.context['page']['id']}/")
    assert "You are done with this pair" in over.content.decode()
    assert "The sum is right." in over.content.decode()


def test_a_person_sees_what_the_reveal_changed_and_how_often_they_switch() -> None:
    cast = make_cast()
    client = signed_in(cast.ana)
    for number, changes in enumerate([{}, {"preference": "equal", "reason": "They say the same."}]):
        make_assistance(make_pair(cast.campaign, number), "reward", REWARD)
        page = judge(client, start(client), "a")
        claim = page.context["page"]["id"]
        last = send(client, page, "verdict", attested="on", **changes)
        over = client.get(f"/claims/{claim}/").content.decode()
        assert ("you went over to another choice" in over) is bool(changes)
        assert ("The reveal changed nothing" in over) is not bool(changes)
    assert "Of your 2 verdicts after a reveal here, 1 changed something and 1 went over" in last.content.decode()
    row = client.get("/").context["annotating"][0]
    assert [row[name] for name in ("revealed", "changed", "switched")] == [2, 1, 1]
    assert "50%" in client.get("/").content.decode()
    assert work.own_switches(campaign_id=cast.campaign.pk, user_id=cast.ben.pk) == {
        "revealed": 0,
        "changed": 0,
        "switched": 0,
    }


def test_protocol_pages_are_kept_by_nobody_and_carry_no_etag(settings: Any) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    for answer in (page, judge(client, page, "a"), client.get("/"), client.get("/claims/999/")):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
        assert "'unsafe" not in answer.headers["Content-Security-Policy"]
