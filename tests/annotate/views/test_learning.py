"""Practice, qualification, the guide and the manager's page, as a browser without scripts uses them."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from annotate.domain import known, qualification
from annotate.models import Claim, KnownAnswer, User
from tests.annotate.views.browsing import fields_of, send, signed_in, start
from tests.annotate.views.test_leaks import everything
from tests.cast import Cast, make_cast, make_pair
from tests.gold import make_gold
from tests.learning import WHY, make_known

pytestmark = pytest.mark.django_db
SAID = {"confidence": "2", "reason": "Because."}


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_pair(cast.campaign)
    for number in range(2):
        make_known(cast, "practice", number)
        make_known(cast, "qualification", number)
    qualification.set_rules(campaign=cast.campaign, actor=cast.mira, pairs=2, percent=100, attempts=2)
    return cast


def practise(client: Client) -> HttpResponse:
    return client.post("/campaigns/bench/practice", follow=True)


def preference(page: HttpResponse, *, right: bool) -> str:
    claim = Claim.objects.get(pk=page.context["page"]["id"])
    choice = KnownAnswer.objects.filter(pair_id=claim.pair_id).latest("pk").choice
    return "left-2" if (claim.left == choice) is right else "right-2"


def test_practice_tells_the_answer_after_the_verdict_and_no_byte_of_it_before(cast: Cast) -> None:
    client = signed_in(cast.ana)
    page = practise(client)
    claim = page.context["page"]["id"]
    before = [
        page,
        client.get("/"),
        client.get("/campaigns/bench/qualification/"),
        client.get(f"/claims/{claim}/evidence"),
        client.post(f"/claims/{claim}/renew", headers={"Accept": "application/json"}),
        send(client, page, "judgement", reason=""),
    ]
    judged = send(client, page, "judgement", preference=preference(page, right=False), **SAID)
    before.append(judged)
    assert not any(WHY.encode() in everything(answer) for answer in before)
    told = send(client, judged, "verdict")
    words = told.content.decode()
    assert "The known answer is another" in words
    assert f"{WHY} 0" in words
    assert "1 of 2 practice pairs done, 0 right" in words
    following = client.post(fields_action(told, "practice"), follow=True)
    assert following.context["page"]["id"] != claim
    right = send(client, following, "judgement", preference=preference(following, right=True), **SAID)
    assert "You are right" in send(client, right, "verdict").content.decode()


def fields_action(page: HttpResponse, ends: str) -> str:
    action = f"/campaigns/bench/{ends}"
    fields_of(page, action)
    return action


def sit(client: Client, *, right: bool) -> HttpResponse:
    """Begin an attempt and answer both pairs; the last answer."""
    page = client.post("/campaigns/bench/qualification/", follow=True)
    for _ in range(2):
        assert WHY.encode() not in everything(page)
        page = send(client, page, "judgement", preference=preference(page, right=right), **SAID)
    return page


def test_a_newcomer_fails_tries_again_passes_and_gets_a_pair(cast: Cast) -> None:
    client = signed_in(cast.ana)
    refused = start(client)
    assert refused.status_code == 403
    assert b"First show how you judge" in refused.content
    assert b'href="/campaigns/bench/qualification/"' in refused.content
    failed = sit(client, right=False)
    assert failed.redirect_chain[-1][0] == "/campaigns/bench/qualification/"
    assert b"0 of 2" in failed.content
    assert b"not passed" in failed.content
    assert b"You have 1 attempt left" in failed.content
    assert "First you qualify" in client.get("/").content.decode()
    passed = sit(client, right=True)
    assert b"You have qualified" in passed.content
    assert not any(WHY.encode() in everything(page) for page in (failed, passed))
    assert start(client).context["page"]["purpose"] == "work"


def test_no_attempt_is_left(cast: Cast) -> None:
    client = signed_in(cast.ana)
    for _ in range(2):
        page = sit(client, right=False)
    assert b"You have used all your attempts" in page.content
    assert client.post("/campaigns/bench/qualification/").status_code == 403
    assert "No attempt to qualify is left" in client.get("/").content.decode()


def test_in_a_qualification_nothing_is_given_back(cast: Cast) -> None:
    client = signed_in(cast.ana)
    page = client.post("/campaigns/bench/qualification/", follow=True)
    claim = page.context["page"]["id"]
    assert b"Give this pair back" not in page.content
    assert b"Qualification, pair 1 of 2" in page.content
    assert client.post(f"/claims/{claim}/abandon", {"cause": "other"}).status_code == 422
    assert client.get("/campaigns/bench/qualification/").content.count(b"Attempt 1 is under way: 0 of 2") == 1


def test_a_practice_pair_is_given_back_for_another(cast: Cast) -> None:
    client = signed_in(cast.ana)
    first = practise(client).context["page"]["id"]
    following = client.post(f"/claims/{first}/abandon", {"cause": "other"}, follow=True)
    assert following.context["page"]["purpose"] == "practice"
    assert following.context["page"]["id"] != first
    over = client.get(f"/claims/{first}/")
    assert fields_of(over, "/campaigns/bench/practice")


def test_who_held_a_pair_when_the_campaign_began_to_ask_goes_to_the_qualification() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    for number in range(2):
        make_known(cast, "qualification", number)
    qualification.set_rules(campaign=cast.campaign, actor=cast.mira, pairs=2, percent=100, attempts=2)
    judged = send(client, page, "judgement", preference="equal", **SAID)
    after = send(client, judged, "verdict")
    assert after.redirect_chain[-1][0] == "/campaigns/bench/qualification/"


def is_open(page: HttpResponse) -> bool:
    return 'data-guide="/guide/closed" open>' in page.content.decode()


def test_the_guide_is_open_until_it_was_closed_once(cast: Cast) -> None:
    client = signed_in(cast.ana)
    page = practise(client)
    claim = page.context["page"]["id"]
    assert is_open(page)
    back = client.post("/guide/closed", fields_of(page, "/guide/closed"), follow=True)
    assert back.redirect_chain == [(f"/claims/{claim}/", 302)]
    assert not is_open(back)
    assert is_open(practise(signed_in(cast.ben)))
    seen = User.objects.get(pk=cast.ana.pk).guided
    assert client.post("/guide/closed", headers={"Accept": "application/json"}).status_code == 204
    assert User.objects.get(pk=cast.ana.pk).guided == seen
    assert client.post("/guide/closed", {"claim": "9" * 30}).url == "/"
    for page in (client.get("/guide/"), back):
        assert b"records it. Until then you can change everything" in page.content


def manager(cast: Cast, path: str = "", **sent: Any) -> HttpResponse:
    client = signed_in(cast.mira)
    address = f"/campaigns/bench/learning/{path}"
    return client.post(address, sent, follow=True) if sent else client.get(address)


def test_the_manager_sets_the_rules(cast: Cast) -> None:
    assert (
        "The qualification holds from now on."
        in manager(cast, pairs=1, percent=50, attempts=5, keep_present="on").content.decode()
    )
    cast.campaign.refresh_from_db()
    rules = (cast.campaign.qualify_pairs, cast.campaign.qualify_percent, cast.campaign.qualify_attempts)
    assert rules == (1, 50, 5)
    refused = manager(cast, pairs=9, percent=50, attempts=5)
    assert refused.status_code == 422
    assert b"there are 2 pairs for it" in refused.content


def test_the_manager_sees_who_passed_exempts_and_allows_another(cast: Cast) -> None:
    for _ in range(2):
        sit(signed_in(cast.ana), right=False)
    page = manager(cast).content.decode()
    assert page.count("0 of 2") >= 2
    assert "no attempt left" in page
    manager(cast, f"people/{cast.ana.pk}/another", x=1)
    sit(signed_in(cast.ana), right=True)
    manager(cast, f"people/{cast.ben.pk}/exempt", x=1)
    page = manager(cast).content.decode()
    assert "exempted" in page
    assert page.count("Allow another attempt") == 1
    assert manager(cast, f"people/{cast.ben.pk}/exempt", x=1).status_code == 409
    assert manager(cast, f"people/{cast.ben.pk}/nothing", x=1).status_code == 404


def test_the_manager_promotes_gold_with_one_button() -> None:
    cast = make_cast()
    pair = make_gold(cast, 1, "a", "a")
    page = manager(cast)
    action = f"/campaigns/bench/learning/promote/{pair.pk}"
    assert fields_of(page, action)["explanation"].strip() == "It is right."
    manager(cast, f"promote/{pair.pk}", purpose="practice", explanation="It is right.")
    answer = KnownAnswer.objects.get()
    assert (answer.purpose, answer.origin, answer.added_by) == ("practice", "gold", cast.mira)
    assert action not in manager(cast).content.decode()


def test_the_manager_retires_and_replaces(cast: Cast) -> None:
    first = KnownAnswer.objects.filter(purpose="practice")[0]
    page = manager(cast, f"answers/{first.pk}/")
    assert first.explanation in page.content.decode()
    assert manager(cast, f"answers/{first.pk}/", choice="b", explanation="").status_code == 422
    after = manager(cast, f"answers/{first.pk}/", choice="b", explanation="Looked again.")
    new = KnownAnswer.objects.latest("pk")
    assert after.redirect_chain == [(f"/campaigns/bench/learning/answers/{new.pk}/", 302)]
    assert (new.choice, new.pair_id, new.origin) == ("b", first.pair_id, "manager")
    manager(cast, f"answers/{new.pk}/retire", x=1)
    assert manager(cast, f"answers/{new.pk}/retire", x=1).status_code == 409
    assert not KnownAnswer.objects.filter(pair_id=first.pair_id, retired=None).exists()
    assert b"nobody is asked any more" in manager(cast, f"answers/{new.pk}/").content


def test_an_upload_for_practice_goes_into_the_set(cast: Cast) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    row = b'{"prompt": "2 + 2?", "response_a": "4", "response_b": "5", "known_answer": "a", "explanation": "Four."}\n'
    file = SimpleUploadedFile("more.jsonl", row * 1)
    said = {"file": file, "purpose": "practice"}
    page = signed_in(cast.mira).post("/campaigns/bench/import/", said)
    assert page.context["report"].new == 1
    answer = KnownAnswer.objects.latest("pk")
    assert (answer.pair.campaign.slug, answer.explanation) == ("bench-practice", "Four.")
    assert (
        b'<option value="qualification" selected>'
        in signed_in(cast.mira).get("/campaigns/bench/import/?for=qualification").content
    )


def test_another_campaigns_answers_are_not_here(cast: Cast) -> None:
    other = make_cast(slug="other")
    answer = make_known(other, "practice", 1)
    assert manager(cast, f"answers/{answer.pk}/").status_code == 404
    assert manager(cast, f"answers/{answer.pk}/retire", x=1).status_code == 404
    assert known.existing_set(campaign=cast.campaign, purpose="check") is None


def test_the_pages_take_the_same_statements_however_much_there_is() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    cast = make_cast()
    counted = []
    for size in (2, 12):
        for number in range(size):
            make_known(cast, "practice", size * 100 + number)
            make_known(cast, "qualification", size * 100 + number)
            make_gold(cast, size * 100 + number, "a", "a")
        qualification.set_rules(campaign=cast.campaign, actor=cast.mira, pairs=2, percent=100, attempts=9)
        sit(signed_in(cast.chen), right=False)
        client = signed_in(cast.chen)
        told = send(client, send(client, page := practise(client), "judgement", preference="equal", **SAID), "verdict")
        assert told.context["page"]["feedback"]
        found = []
        addresses = {"/": client, f"/claims/{page.context['page']['id']}/": client}
        addresses |= {"/campaigns/bench/qualification/": client, "/campaigns/bench/learning/": signed_in(cast.mira)}
        for path, reader in addresses.items():
            with CaptureQueriesContext(connection) as statements:
                assert reader.get(path).status_code == 200
            found.append(len(statements))
        counted.append(found)
        qualification.set_rules(campaign=cast.campaign, actor=cast.mira, pairs=0, percent=100, attempts=9)
    assert counted[0] == counted[1]
    assert max(counted[0]) <= 16
