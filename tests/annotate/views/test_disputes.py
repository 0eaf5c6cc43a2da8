"""Adjudication pages."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from annotate.domain.campaigns import join
from annotate.models import Adjudication, Claim, Gold
from tests.annotate.views.browsing import signed_in
from tests.cast import Cast, make_cast
from tests.gold import make_gold

pytestmark = pytest.mark.django_db
SAID = {"cause": "slip", "reason": "The second step is wrong."}


def settle(client: Client, pair_id: int, **fields: Any) -> HttpResponse:
    return client.post(f"/campaigns/bench/disputes/{pair_id}/", {"preference": "left-2", **SAID, **fields})


def test_the_queue_lists_disputes_and_what_waits_for_a_third_person() -> None:
    cast = make_cast()
    disputed = make_gold(cast, 1, "a", "b", "equal")
    waiting = make_gold(cast, 2, "a", "b")
    make_gold(cast, 3, "a", "a")
    page = signed_in(cast.rita).get("/campaigns/bench/disputes/")
    listed = [(row["pair_id"], row["category"], row["verdicts"], row["asked"]) for row in page.context["disputed"]]
    assert listed == [(disputed.pk, "math", 3, "Question 1?")]
    assert [row["pair_id"] for row in page.context["waiting"]] == [waiting.pk]


@pytest.mark.parametrize("side", ["left", "right"])
def test_settling_writes_the_response_that_stood_on_the_side_chosen(side: str) -> None:
    cast = make_cast(third=False)
    pair = make_gold(cast, 1, "a", "b")
    first = Claim.objects.get(pair=pair, seat=0)
    answer = settle(signed_in(cast.rita), pair.pk, preference=f"{side}-2")
    assert answer.url == "/campaigns/bench/disputes/"
    label = first.left if side == "left" else "ab".replace(first.left, "")
    assert Gold.objects.values_list("label", "strength", "origin").get() == (label, 2.0, "adjudication")
    assert Adjudication.objects.values_list("cause", "reason", "strength").get() == ("slip", SAID["reason"], 2)


def test_settling_leads_to_the_next_dispute() -> None:
    cast = make_cast(third=False)
    pairs = [make_gold(cast, number, "a", "b") for number in range(2)]
    answer = settle(signed_in(cast.rita), pairs[0].pk, preference="undecidable")
    assert answer.url == f"/campaigns/bench/disputes/{pairs[1].pk}/"


@pytest.mark.parametrize("empty", ["preference", "cause", "reason"])
def test_an_incomplete_form_comes_back_with_its_text(empty: str) -> None:
    cast = make_cast(third=False)
    pair = make_gold(cast, 1, "a", "b")
    page = settle(signed_in(cast.rita), pair.pk, **{empty: ""})
    assert (page.status_code, set(page.context["form"].errors)) == (422, {empty})
    assert empty == "reason" or SAID["reason"] in page.content.decode()
    assert not Adjudication.objects.exists()


def test_the_case_shows_both_opinions_without_names_and_chooses_nothing_beforehand() -> None:
    cast = make_cast(third=False)
    pair = make_gold(cast, 1, "a", "b")
    page = signed_in(cast.rita).get(f"/campaigns/bench/disputes/{pair.pk}/")
    text = page.content.decode()
    assert [row["verdict"]["choice"] for row in page.context["page"]["verdicts"]] in (
        ["left", "right"],
        ["right", "left"],
    )
    assert "checked" not in text.split('class="dock"')[1].split("</form>")[0]
    assert not {"ana", "ben"} & set(text.replace("<", " ").replace(">", " ").split())


def test_who_judged_a_pair_does_not_see_its_case() -> None:
    cast = make_cast(third=False)
    pair = make_gold(cast, 1, "a", "b")
    join(campaign=cast.campaign, user=cast.ana, role="reviewer")
    client = signed_in(cast.ana)
    assert client.get(f"/campaigns/bench/disputes/{pair.pk}/").status_code == 403
    assert settle(client, pair.pk).status_code == 403
    assert client.get("/campaigns/bench/disputes/").context["disputed"] == []


def test_a_settled_pair_says_that_things_moved_on(cast_settled: tuple[Cast, int]) -> None:
    cast, pair_id = cast_settled
    page = signed_in(cast.rita).get(f"/campaigns/bench/disputes/{pair_id}/")
    assert page.status_code == 409
    assert "Things have moved on" in page.content.decode()


@pytest.fixture
def cast_settled() -> tuple[Cast, int]:
    cast = make_cast()
    return cast, make_gold(cast, 1, "a", "a").pk
