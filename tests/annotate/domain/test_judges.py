"""What models judged, as a reveal shows it: canonical inside, left and right outside, models merged."""

from typing import Any

import pytest

from annotate.domain import disclosure, judges
from annotate.models import Assistance, Claim
from tests.bait import held, judged
from tests.cast import Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db


def revealed(cast: Cast, choice: str) -> tuple[dict[str, Any], bool, Claim]:
    claim = held(cast, cast.ana)
    shown, conflict = disclosure.revealing(claim, choice, disclosure.help_for(claim.pair_id))
    return shown, conflict, claim


def test_a_judge_s_choice_and_reason_are_turned_to_the_sides_that_the_reader_sees() -> None:
    cast = make_cast()
    payload = judged("b")
    payload["samples"] = [{"order": "ba", "choice": "b", "reason": "Candidate 1 is right, candidate 2 is not."}]
    make_assistance(make_pair(cast.campaign), "judge", payload, model="m")
    shown, conflict, claim = revealed(cast, "b")
    b, a = disclosure.side(claim, "b"), disclosure.side(claim, "a")
    assert shown["judge"] == {
        "favours": b,
        "share": 1.0,
        "models": [
            {
                "model": "m",
                "choice": b,
                "votes": {a: 0, b: 2, "equal": 0},
                "reason": f"the {b} response is right, the {a} response is not.",
            }
        ],
    }
    assert conflict is False
    assert disclosure.revealing(claim, "a", disclosure.help_for(claim.pair_id))[1] is True


def test_models_count_once_each_and_the_newest_answer_of_each_counts() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign)
    make_assistance(pair, "judge", judged("a"), engine="one")
    make_assistance(pair, "judge", judged("b"), engine="two")
    make_assistance(pair, "judge", engine="three")
    shown, conflict, claim = revealed(cast, "a")
    assert (shown["judge"]["favours"], conflict, len(shown["judge"]["models"])) == ("equal", False, 2)
    make_assistance(pair, "judge", judged("b"), engine="one.2")
    again, conflict = disclosure.revealing(claim, "a", disclosure.help_for(pair.pk))
    assert (again["judge"]["favours"], conflict) == (disclosure.side(claim, "b"), True)
    assert disclosure.not_ready(disclosure.help_for(pair.pk)) == [], "one judge is there"


@pytest.mark.parametrize(
    ("a", "b", "favours"),
    [
        ("correct", "incorrect", "a"),
        ("incorrect", "correct", "b"),
        ("correct", "correct", ""),
        ("correct", "cannot tell", ""),
    ],
)
def test_verification_favours_the_only_right_response(a: str, b: str, favours: str) -> None:
    cast = make_cast()
    payload = {"a": {"verdict": a, "reason": "A"}, "b": {"verdict": b, "reason": "B"}, "truncated": False}
    make_assistance(make_pair(cast.campaign), "preverify", payload, model="m")
    shown, _, claim = revealed(cast, "a")
    assert shown["preverify"][disclosure.side(claim, "b")] == {"verdict": b, "reason": "B"}
    assert shown["preverify"]["favours"] == (disclosure.side(claim, favours) if favours else "equal")


def test_position_bias_of_a_campaign() -> None:
    cast = make_cast()
    for number, (first, clear) in enumerate([(2, 2), (1, 2), (0, 0)]):
        payload = judged("a") | {"first": first, "clear": clear}
        make_assistance(make_pair(cast.campaign, number), "judge", payload, model="m", engine="qwen")
    make_assistance(make_pair(cast.campaign, 9), "judge", engine="qwen")
    assert judges.bias(campaign=cast.campaign) == [
        {"engine": "qwen", "model": "m", "first": 3, "clear": 4, "share": 0.75}
    ]
    assert Assistance.objects.filter(kind="judge").count() == 4
