"""The page of engines: its figures, its living part, trying again, computing anew; and the models of one pair."""

from typing import Any

import pytest

from annotate.domain import adjudication, backends, leases, protocol, spending
from annotate.domain.protocol import Said
from annotate.models import Assistance, AuditEvent
from tests.annotate.views.browsing import signed_in
from tests.bait import judged
from tests.cast import REWARD, Cast, make_assistance, make_cast, make_pair
from tests.gold import decide, make_gold

pytestmark = pytest.mark.django_db
PAGE = "/campaigns/bench/assistance/"
ANEW = f"{PAGE}anew/"


@pytest.fixture
def cast(settings: Any) -> Cast:
    settings.ASSISTANCE_KINDS = ["reward"]
    settings.ASSISTANCE_MODELS = settings.ASSISTANCE_MODELS | {"reward": "/models/r"}
    return make_cast()


def test_a_failure_is_shown_with_its_text_and_tried_again(cast: Cast, nudged: list[str]) -> None:
    rows = [
        make_assistance(make_pair(cast.campaign, n), "reward", state="parked", error="out of memory <b>", attempts=4)
        for n in range(3)
    ]
    client = signed_in(cast.mira)
    assert "out of memory &lt;b&gt;" in client.get(PAGE).content.decode()
    again = f"{PAGE}reward/again"
    page = client.post(again, {"row": rows[0].pk}, follow=True)
    assert b"Asked again for reward of 1 pair." in page.content
    assert page.redirect_chain == [(PAGE, 302)]
    assert Assistance.objects.filter(state="wanted").count() == 1
    client.post(again, {"engine": "default"})
    assert Assistance.objects.filter(state="wanted").count() == 3
    assert nudged == ["workers.tasks.tick"] * 2


def test_its_living_part_alone_is_fetched_by_the_script(cast: Cast) -> None:
    make_assistance(make_pair(cast.campaign), "reward")
    client = signed_in(cast.mira)
    part = client.get(PAGE, headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="live"')
    assert "<html" not in part
    assert 'hx-trigger="every 5s"' in client.get(PAGE).content.decode()


def test_nothing_wanted_and_nothing_there_says_what_to_do(cast: Cast, settings: Any) -> None:
    settings.ASSISTANCE_KINDS = []
    assert b"ASSISTANCE_KINDS" in signed_in(cast.mira).get(PAGE).content


def test_models_their_budgets_and_a_judge_s_bias_are_shown(cast: Cast, settings: Any) -> None:
    settings.ASSISTANCE_MODELS = {"judge": "qwen = openai+http://gpu/v1#Qwen3 tokens_a_day=100", "reward": "/models/r"}
    by = {"model": "Qwen3", "engine": "qwen", "revision": "rev-7", "prompt_version": "judge-1"}
    make_assistance(make_pair(cast.campaign), "judge", judged("a"), settings={"temperature": 0.7}, **by)
    make_assistance(make_pair(cast.campaign, 2), "judge", engine="qwen")
    backend = backends.of_kind("judge")["qwen"]
    spending.add(kind="judge", backend=backend, taken=spending.Taken(rows=3, tokens_read=90, tokens_written=20))
    page = signed_in(cast.mira).get(PAGE)
    shown = page.content.decode()
    for text in ("openai+http://gpu/v1#Qwen3", "budget", "rev-7", "judge-1", "temperature=0.7", "/models/r"):
        assert text in shown
    assert "The candidate that stood first won 1 of 2 clear verdicts, 50 %." in shown
    assert page.context["watched"]["engines"][0]["health"] == "spent"


def test_a_slice_is_counted_before_it_is_computed_anew(cast: Cast, nudged: list[str]) -> None:
    for number, model in enumerate(("/models/r", "/models/r", "/models/old")):
        make_assistance(make_pair(cast.campaign, number), "reward", REWARD, model=model)
    client = signed_in(cast.mira)
    assert client.get(ANEW).context["count"] is None
    chosen = {"kind": "reward", "engine": "default", "model": "/models/r", "prompt_version": ""}
    page = client.get(ANEW, chosen)
    assert page.context["count"] == 2
    assert Assistance.objects.count() == 3, "counting asks for nothing"
    page = client.post(ANEW, chosen, follow=True)
    assert b"Asked anew for reward of 2 pairs." in page.content
    assert nudged == ["workers.tasks.tick"]
    assert Assistance.objects.filter(engine="default.2", state="wanted").count() == 2
    assert client.get(ANEW, chosen).context["count"] == 0
    assert AuditEvent.objects.get(verb="assistance.wanted_anew").data["model"] == "/models/r"


@pytest.mark.parametrize("chosen", [{"kind": "dreams"}, {"kind": "reward", "model": "of nobody"}])
def test_a_slice_that_is_not_there_is_refused(cast: Cast, chosen: dict[str, str]) -> None:
    make_assistance(make_pair(cast.campaign), "reward", REWARD, model="/models/r")
    client = signed_in(cast.mira)
    assert client.get(ANEW, chosen).status_code == 422
    assert client.post(ANEW, chosen).status_code == 422
    assert Assistance.objects.count() == 1


def test_only_managers_watch_and_act(cast: Cast) -> None:
    make_assistance(make_pair(cast.campaign), "reward", state="parked", error="no")
    for user in (cast.ana, cast.rita, cast.stranger):
        client = signed_in(user)
        for path in (PAGE, ANEW):
            assert client.get(path).status_code in (403, 404)
        for path in (f"{PAGE}reward/again", ANEW):
            assert client.post(path, {"kind": "reward"}).status_code in (403, 404)
    assert Assistance.objects.get().state == "parked"


def shown(pieces: list[dict[str, Any]]) -> dict[tuple[str, str], Any]:
    return {(piece["kind"], piece["model"]): piece["shown"] for piece in pieces}


def test_a_settled_pair_names_its_models_and_who_was_shown_them(cast: Cast) -> None:
    pair = make_gold(cast, 1, "a")
    late = make_assistance(pair, "judge", judged("a"), model="late-judge")
    client, path = signed_in(cast.mira), f"/campaigns/bench/pairs/{pair.pk}/"
    assert client.get(path).context["pieces"] is None
    assert b"not settled yet" in client.get(path).content
    decide(cast, cast.ben, "a")
    both = [{"verdict": 1}, {"verdict": 2}]
    page = client.get(path)
    assert shown(page.context["pieces"]) == {
        ("attributes", "lm-1"): [one | {"how": "beside"} for one in both],
        ("reward", "rm-1"): [one | {"how": "revealed"} for one in both],
        ("judge", "late-judge"): [{"verdict": 2, "how": "revealed"}],
    }
    assert late.model in page.content.decode()
    assert client.get("/campaigns/bench/pairs/", {"pair": str(pair.pk)}).url == path
    for wrong in ("999999", "x"):
        assert client.get("/campaigns/bench/pairs/", {"pair": wrong}, follow=True).status_code == 404
    assert signed_in(cast.rita).get(path).status_code == 200
    assert signed_in(cast.ana).get(path).status_code == 403


def test_an_annotator_s_done_page_tells_after_the_verdict(cast: Cast) -> None:
    pair = make_gold(cast, 1, "a")
    make_assistance(pair, "embed", {"dim": 1}, model="late-embed")
    claim = cast.ana.claims.get()
    page = signed_in(cast.ana).get(f"/claims/{claim.pk}/")
    assert shown(page.context["pieces"]) == {
        ("attributes", "lm-1"): "beside", ("embed", "late-embed"): "", ("reward", "rm-1"): "revealed",
    }  # fmt: skip
    assert b"shown to you after your judgement" in page.content


def test_where_nothing_was_revealed_nothing_is_told(cast: Cast) -> None:
    cast = make_cast(slug="never", reveal="never")
    make_gold(cast, 1, "a")
    page = signed_in(cast.ana).get(f"/claims/{cast.ana.claims.get().pk}/")
    assert page.context["pieces"] is None
    assert b"rm-1" not in page.content


def test_a_dispute_tells_once_it_is_settled(cast: Cast) -> None:
    pair = make_gold(cast, 1, "a", "b", "equal")
    client, case = signed_in(cast.rita), f"/campaigns/bench/disputes/{pair.pk}/"
    assert client.get(case).context["pieces"] is None
    given = {"choice": "a", "strength": 2, "cause": "slip", "reason": "It is right."}
    adjudication.adjudicate(campaign=cast.campaign, pair_id=pair.pk, user=cast.rita, **given)
    assert len(client.get(case).context["pieces"]) == 2


def test_what_was_shown_is_kept_with_the_judgement(cast: Cast) -> None:
    pair = make_pair(cast.campaign)
    old = make_assistance(pair, "reward", REWARD, model="old")
    claim, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert claim is not None
    protocol.judge(claim_id=claim.pk, user=cast.ana, said=Said(choice="left", strength=1, confidence=1, reason="Why."))
    make_assistance(pair, "reward", REWARD, model="new", engine="default.2")
    claim = leases.own_claim(claim_id=claim.pk, user_id=cast.ana.pk)
    assert (claim.judgement.shown, claim.judgement.reveal.shown) == ([], [old.pk])
