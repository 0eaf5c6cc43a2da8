"""Which wanted qualities each response has: optional, by response, with the judgement and never after it."""

from typing import Any

import pytest

from annotate.domain import adjudication, corrections, disclosure, leases, protocol
from annotate.domain.errors import AlreadyDone, Invalid
from annotate.models import Claim, Judgement
from tests.annotate.domain.test_protocol import claim, said, shown
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
WANTED = ATTRIBUTES | {"desired_attributes": "Right; short; kind"}


@pytest.fixture
def cast() -> Cast:
    cast = make_cast(third=False)
    make_assistance(make_pair(cast.campaign), "attributes", WANTED)
    return cast


def mark(item: str, left: bool | None = None, right: bool | None = None) -> dict[str, Any]:
    return {"item": item, "left": left, "right": right}


def judge(cast: Cast, own: Claim, *marks: Any, **fields: Any) -> Any:
    return protocol.judge(claim_id=own.pk, user=own.annotator, said=said(checks=list(marks), **fields))


def test_they_are_kept_by_response_and_shown_by_side(cast: Cast) -> None:
    for user in (cast.ana, cast.ben):
        own = claim(cast, user)
        first, second = ("left", "right") if own.left == "a" else ("right", "left")
        judge(cast, own, {"item": "Right", first: True, second: False}, mark("short"), {"item": "kind", second: True})
        stored = Judgement.objects.get(claim=own).checks
        assert stored == [{"item": "Right", "a": True, "b": False}, {"item": "kind", "a": None, "b": True}]
        again = leases.own_claim(claim_id=own.pk, user_id=user.pk)
        page = disclosure.show_claim(again)
        assert page["stage"] == "verdict"
        assert page["judgement"]["checks"] == [
            {"item": "Right", first: True, second: False},
            {"item": "kind", first: None, second: True},
        ]


def test_nothing_needs_to_be_marked(cast: Cast) -> None:
    judge(cast, claim(cast, cast.ana))
    assert Judgement.objects.get().checks == []


@pytest.mark.parametrize(
    "marks",
    [
        "all",
        ["Right"],
        [{"left": True}],
        [mark("Right") | {"left": "yes"}],
        [mark("Right") | {"left": 1}],
        [mark("Right") | {"middle": True}],
        [mark("Right", True), mark("Right", False)],
        [mark("tall", True)],
        [mark(f"{n}", True) for n in range(99)],
    ],
)
def test_what_is_no_mark_of_a_wanted_quality_is_refused(cast: Cast, marks: Any) -> None:
    own = claim(cast, cast.ana)
    with pytest.raises(Invalid) as refused:
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said(checks=marks))
    assert set(refused.value.fields) == {"checks"}
    assert not Judgement.objects.exists()


def test_marked_is_what_this_person_says_is_wanted(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    corrections.correct(claim_id=own.pk, user=cast.ana, values={"desired_attributes": "- Rhymes\n- Scans"})
    with pytest.raises(Invalid):
        judge(cast, own, mark("Right", True))
    judge(cast, own, mark("Rhymes", True, False))
    assert Judgement.objects.get().checks[0]["item"] == "Rhymes"


def test_the_same_again_is_answered_alike_and_other_marks_are_another_judgement(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    first = judge(cast, own, mark("Right", True))
    assert judge(cast, own, mark("Right", True)) == first
    with pytest.raises(AlreadyDone):
        judge(cast, own, mark("Right", False))


def test_a_verdict_takes_none(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    judge(cast, own)
    with pytest.raises(Invalid) as refused:
        protocol.decide(claim_id=own.pk, user=cast.ana, said=said(checks=[mark("Right", True)]))
    assert set(refused.value.fields) == {"checks"}


def test_a_reviewer_reads_both_in_one_orientation(cast: Cast) -> None:
    for user, response in ((cast.ana, "a"), (cast.ben, "b")):
        own = claim(cast, user)
        side = shown(own, "a")
        judge(cast, own, {"item": "Right", side: response == "a"}, choice=shown(own, response))
        protocol.decide(claim_id=own.pk, user=user, said=said(shown(own, response)))
    case = adjudication.open_case(campaign=cast.campaign, pair_id=own.pair_id, user=cast.rita)
    side = shown(case["first_claim"], "a")
    assert [verdict["judgement"]["checks"][0][side] for verdict in case["verdicts"]] == [True, False]
