"""Before the judgement no byte of what is hidden leaves, with bait in the data; after it, what the policy reveals."""

import re
from typing import Any

import pytest

from annotate.domain import leases
from annotate.models import Pair, QueueEntry
from tests.api.calls import JUDGEMENT, Api, every_byte
from tests.bait import HIDDEN, found_in, held, make_baited_pair, somebody_else_was_here
from tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db


def everything_before(api: Api, claim_id: int) -> list[bytes]:
    """Every call an annotator can make before the judgement, right or wrong."""
    release = {"version": "1.0"}
    answers = [
        api.post("campaigns/bench/claims"),
        api.post("campaigns/bench/claims", **{"Idempotency-Key": "k"}),
        api.get(f"claims/{claim_id}"),
        api.head(f"claims/{claim_id}"),
        api.post(f"claims/{claim_id}/renew"),
        api.post(f"claims/{claim_id}/judgement", JUDGEMENT | {"confidence": 9}),
        api.post(f"claims/{claim_id}/verdict", JUDGEMENT),
        api.get(f"claims/{claim_id}/corrections"),
        api.post(f"claims/{claim_id}/corrections", {"attributes": {"annotation_guideline": "Mine."}}),
        api.get(f"claims/{claim_id + 1}/corrections"),
        api.get(f"claims/{claim_id}/provenance"),
        api.get(f"claims/{claim_id + 1}/provenance"),
        *(api.get(f"campaigns/bench/pairs/{pair.pk}/provenance") for pair in Pair.objects.all()),
        api.get("campaigns/bench/engines"),
        api.get("campaigns/bench/stats"),
        api.get("campaigns/bench/gold"),
        api.get("campaigns/bench/gold?strata=1"),
        api.get("campaigns/bench/releases"),
        api.post("campaigns/bench/releases", release),
        api.get("releases/1"),
        api.send("campaigns/bench/pairs", b"{}\n"),
        api.get(f"claims/{claim_id + 1}"),
        api.get("schema/"),
    ]
    return [every_byte(answer) for answer in answers]


def baited() -> Cast:
    cast = make_cast()
    make_baited_pair(cast)
    somebody_else_was_here(cast)
    return cast


@pytest.mark.parametrize("policy", ["always", "on_conflict", "never"])
def test_nothing_hidden_leaves_before_the_judgement(policy: str) -> None:
    cast = make_cast(reveal=policy)
    make_baited_pair(cast)
    api = Api(cast.ana)
    first = api.post("campaigns/bench/claims")
    assert first.status_code == 201
    assert found_in(every_byte(first), *everything_before(api, first.json()["id"])) == []


def test_nor_after_somebody_else_judged() -> None:
    cast = baited()
    api = Api(cast.ana)
    first = api.post("campaigns/bench/claims")
    assert found_in(every_byte(first), *everything_before(api, first.json()["id"])) == []


def test_the_bait_would_be_found() -> None:
    """What the judgement reveals is just what was hidden: the test above can fail."""
    cast = baited()
    api = Api(cast.ana)
    own = api.post("campaigns/bench/claims").json()["id"]
    answer = every_byte(api.post(f"claims/{own}/judgement", JUDGEMENT))
    assert {"bait-reward-model-cassowary", "bait-source-quokka", "bait-model-a-dugong", "7.1234"} <= set(
        found_in(answer)
    )
    assert {
        "bait-judge-model-kowari",
        "bait-judge-reason-dunnart",
        "bait-second-judge-antechinus",
        "bait-preverify-model-phascogale",
        "bait-preverify-reason-mulgara",
    } <= set(found_in(answer))
    assert "bait-settings-planigale" not in found_in(answer)
    assert "bait-reason-platypus" not in found_in(answer)
    assert "bait-correction-quoll" not in found_in(answer)
    assert "bait-error-kookaburra" not in found_in(answer)


PROVENANCE = {
    HIDDEN[name]
    for name in (
        *("reward model", "reward revision", "engine", "attributes model", "embed model", "judge model"),
        *("judge revision", "judge prompt", "second judge", "verifying model", "sampling settings"),
    )
}


def test_provenance_is_told_after_the_verdict_and_says_nothing_of_answers_or_people() -> None:
    cast = baited()
    api = Api(cast.ana)
    own = api.post("campaigns/bench/claims").json()["id"]
    api.post(f"claims/{own}/judgement", JUDGEMENT)
    between = api.get(f"claims/{own}/provenance")
    assert between.json() == {"told": False, "assistance": []}
    assert found_in(every_byte(between)) == []
    api.post(f"claims/{own}/verdict", JUDGEMENT)
    told = api.get(f"claims/{own}/provenance")
    assert told.json()["told"] is True
    assert set(found_in(every_byte(told))) == PROVENANCE
    assert {(one["kind"], one["shown"]) for one in told.json()["assistance"]} == {
        ("attributes", "beside"), ("embed", ""), ("reward", "revealed"),
        ("judge", "revealed"), ("preverify", "revealed"),
    }  # fmt: skip
    assert Api(cast.ben).get(f"claims/{own}/provenance").status_code == 404


def test_provenance_of_a_pair_waits_until_it_is_settled_for_reviewers_too() -> None:
    cast = baited()
    pair, path = Pair.objects.get(), f"campaigns/bench/pairs/{Pair.objects.get().pk}/provenance"
    rita = Api(cast.rita)
    before = rita.get(path)
    assert before.json() == {"settled": False, "assistance": []}
    assert found_in(every_byte(before)) == []
    api = Api(cast.ana)
    own = api.post("campaigns/bench/claims").json()["id"]
    api.post(f"claims/{own}/judgement", JUDGEMENT)
    api.post(f"claims/{own}/verdict", JUDGEMENT)
    for user in (cast.chen, cast.stranger):
        assert Api(user).get(path).status_code in (403, 404)
    QueueEntry.objects.filter(pair=pair).update(state="disputed", free=0)
    assert rita.get(path).json()["settled"] is False
    QueueEntry.objects.filter(pair=pair).update(state="settled")
    after = rita.get(path)
    assert set(found_in(every_byte(after))) == PROVENANCE
    assert Api(cast.mira).get(path).json() == after.json()


def test_never_reveals_nothing_at_all() -> None:
    cast = make_cast(reveal="never")
    make_baited_pair(cast)
    api = Api(cast.ana)
    own = api.post("campaigns/bench/claims").json()["id"]
    answers = [
        api.post(f"claims/{own}/judgement", JUDGEMENT),
        api.get(f"claims/{own}"),
        api.get(f"claims/{own}/provenance"),
    ]
    assert found_in(*(every_byte(answer) for answer in answers)) == []


def neutral(data: bytes, claim_id: int, pair_id: int) -> bytes:
    """Without ids and times (and the length they add): the body is compared byte by byte anyhow."""
    data = re.sub(rb"Content-Length: \d+", b"", data)
    data = re.sub(rb"\d{4}-\d\d-\d\dT[0-9:.]+(\+00:00|Z)", b"TIME", data)
    data = re.sub(rb'"id":(%d|%d)\b' % (claim_id, pair_id), b'"id":0', data)
    return re.sub(rb"/claims/%d\b" % claim_id, b"/claims/0", data)


def test_hidden_facts_change_no_byte_of_an_answer() -> None:
    """Two pairs alike in what is open; one has a source label, scores, models, another person's work. Same bytes."""
    texts: list[list[bytes]] = []
    for slug, label in (("plain", ""), ("baits", "b")):
        cast = make_cast(slug=slug)
        pair = make_baited_pair(cast, 1, source_label=label)
        if label:
            somebody_else_was_here(cast)
        claim = held(cast, cast.ana)
        api = Api(cast.ana)
        answers: list[Any] = [
            api.post(f"campaigns/{slug}/claims"),
            api.get(f"claims/{claim.pk}"),
            api.post(f"claims/{claim.pk}/renew"),
            api.post(f"claims/{claim.pk}/judgement", JUDGEMENT | {"confidence": 9}),
        ]
        found = [neutral(every_byte(answer), claim.pk, pair.pk).replace(slug.encode(), b"slug") for answer in answers]
        if claim.left == "b":
            found = [swapped(text) for text in found]
        texts.append(found)
    plain, bait = texts
    assert plain == bait


def swapped(text: bytes) -> bytes:
    return (
        text.replace(b"First answer", b"\0").replace(b"Second answer", b"First answer").replace(b"\0", b"Second answer")
    )


def test_the_order_of_the_queue_does_not_know_the_label() -> None:
    orders = []
    for slug, labels in (("one", "ababab"), ("two", "bababa")):
        cast = make_cast(slug=slug)
        first = [make_baited_pair(cast, number, source_label=label) for number, label in enumerate(labels)]
        order = []
        for _ in labels:
            claim = held(cast, cast.ana)
            order.append(first.index(claim.pair))
            leases.abandon(claim=claim, cause="other", actor=cast.ana)
        orders.append(order)
    assert orders[0] == orders[1]
