"""Before a person's judgement no page carries a byte of what is kept back: the bait is there to be caught."""

import pytest
from django.http import HttpResponse

from annotate.domain import disclosure, leases
from tests.annotate.views.browsing import send, signed_in, start
from tests.bait import HIDDEN, found_in, make_baited_pair, somebody_else_was_here
from tests.cast import make_cast

pytestmark = pytest.mark.django_db


def everything(answer: HttpResponse) -> bytes:
    """Body, headers, cookies and the addresses on the way."""
    told = [f"{name}: {value}" for name, value in answer.headers.items()]
    told += [f"{name}={morsel.value}" for name, morsel in answer.cookies.items()]
    told += [str(step) for step in getattr(answer, "redirect_chain", [])]
    return answer.content + "\n".join(told).encode()


def test_nothing_leaks_before_the_judgement_and_the_reveal_shows_it() -> None:
    cast = make_cast(overlap=3)
    pairs = [make_baited_pair(cast, number) for number in range(2)]
    somebody_else_was_here(cast)
    client = signed_in(cast.ana)
    page = start(client)
    claim = page.context["page"]["id"]
    answers = [
        page,
        client.get("/"),
        client.get("/campaigns/bench/protocol/"),
        client.get("/campaigns/bench/nothing-left/"),
        client.get(f"/claims/{claim}/", headers={"HX-Request": "true", "Accept": "application/json"}),
        client.post(f"/claims/{claim}/renew", headers={"Accept": "application/json"}),
        send(client, page, "judgement", reason=""),
        client.post(f"/claims/{claim}/verdict", {"preference": "left-1", "confidence": "1", "attested": "on"}),
        client.get("/campaigns/bench/"),
        client.get(f"/campaigns/bench/disputes/{pairs[0].pk}/"),
        client.get("/claims/999999/"),
        client.get("/campaigns/bench/assistance/"),
        client.get("/campaigns/bench/assistance/", headers={"HX-Request": "true"}),
        client.get("/campaigns/bench/assistance/anew/?kind=judge"),
        *(client.get(f"/campaigns/bench/pairs/{pair.pk}/") for pair in pairs),
    ]
    assert found_in(*map(everything, answers)) == []
    assert not any("ETag" in answer.headers for answer in answers)
    revealed = send(client, page, "judgement", preference="left-3", confidence="3", reason="Right.")
    shown = set(found_in(everything(revealed)))
    assert {HIDDEN["model of a"], HIDDEN["model of b"], HIDDEN["source"]} <= shown
    assert {
        HIDDEN["judge model"],
        HIDDEN["second judge"],
        HIDDEN["reason of the judge"],
        HIDDEN["verification"],
    } <= shown
    assert HIDDEN["reason of somebody else"] not in shown
    told = {HIDDEN["judge revision"], HIDDEN["judge prompt"], HIDDEN["sampling settings"], HIDDEN["embed model"]}
    assert told.isdisjoint(shown), "where it comes from is told after the verdict"
    client.post(f"/claims/{claim}/verdict", {"preference": "left-3", "confidence": "3", "attested": "on"})
    assert told <= set(found_in(everything(client.get(f"/claims/{claim}/"))))


def test_a_page_does_not_differ_by_what_is_kept_back() -> None:
    """Not its words, not its order, not its length: what is shown is the same whatever the source says."""
    cast = make_cast()
    make_baited_pair(cast, source_label="b")
    page = start(signed_in(cast.ana)).context["page"]
    claim = leases.own_claim(claim_id=page["id"], user_id=cast.ana.pk)
    shown = disclosure.show_claim(claim)
    claim.pair.source_label, claim.pair.source, claim.pair.source_id, claim.pair.extra = "a", "", "", {}
    assert disclosure.show_claim(claim) == shown
    assert set(shown) == set(page)
