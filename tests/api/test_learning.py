"""Practice and qualification through the API: a program learns and qualifies as a person does."""

import pytest

from annotate.domain import qualification
from annotate.models import Claim, KnownAnswer
from tests.api.calls import JUDGEMENT, Api, every_byte
from tests.cast import Cast, make_cast, make_pair
from tests.learning import WHY, make_known

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_pair(cast.campaign)
    for number in range(2):
        make_known(cast, "practice", number)
        make_known(cast, "qualification", number)
    qualification.set_rules(campaign=cast.campaign, actor=cast.mira, pairs=2, percent=100, attempts=2)
    return cast


def right(claim_id: int) -> str:
    claim = Claim.objects.get(pk=claim_id)
    return "left" if claim.left == KnownAnswer.objects.get(pair_id=claim.pair_id).choice else "right"


OTHER = {"left": "right", "right": "left"}


def test_no_claim_before_the_qualification_is_passed(cast: Cast) -> None:
    api = Api(cast.ana)
    refused = api.post("campaigns/bench/claims")
    assert refused.status_code == 403
    assert "campaigns/bench/qualification/claims" in refused.json()["error"]
    for good in (False, True):
        if good:
            assert api.post("campaigns/bench/qualification/claims").status_code == 204
            assert api.post("campaigns/bench/qualification").json()["under_way"] == {"number": 2, "done": 0, "asked": 2}
        for _ in range(2):
            claim = api.post("campaigns/bench/qualification/claims")
            assert claim.status_code == 201
            assert api.post("campaigns/bench/qualification/claims").status_code == 200
            number = claim.json()["id"]
            choice = right(number) if good else OTHER[right(number)]
            answer = api.post(f"claims/{number}/judgement", JUDGEMENT | {"choice": choice})
            assert answer.json() == {"next": "done", "revealed": {}}
            assert api.post(f"claims/{number}/abandon").status_code == 422
    standing = api.get("campaigns/bench/qualification").json()
    assert [(one["right"], one["asked"], one["passed"]) for one in standing["attempts"]] == [
        (0, 2, False),
        (2, 2, True),
    ]
    assert (standing["needed"], standing["attempts_left"], standing["under_way"]) == (False, 0, None)
    assert api.post("campaigns/bench/qualification/claims").status_code == 409
    assert api.post("campaigns/bench/claims").status_code == 201


def test_practice_answers_when_it_is_done_and_not_a_byte_before(cast: Cast) -> None:
    api = Api(cast.ana)
    first = api.post("campaigns/bench/practice/claims")
    number = first.json()["id"]
    before = [first, api.get(f"claims/{number}"), api.post(f"claims/{number}/renew")]
    choice = OTHER[right(number)]
    before.append(api.post(f"claims/{number}/judgement", JUDGEMENT | {"choice": choice}))
    before.append(api.get(f"claims/{number}"))
    assert not any(WHY.encode() in every_byte(answer) for answer in before)
    changed = JUDGEMENT | {"choice": right(number), "reason": "I looked again."}
    assert api.post(f"claims/{number}/verdict", changed).json()["changed"]
    feedback = api.get(f"claims/{number}").json()["feedback"]
    assert feedback["right"]
    assert not feedback["first_right"]
    assert feedback["choice"] == right(number)
    assert feedback["explanation"].startswith(WHY)


def test_a_claim_for_work_looks_the_same_whether_its_answer_is_known(cast: Cast) -> None:
    qualification.exempt(campaign=cast.campaign, user_id=cast.ana.pk, actor=cast.mira)
    make_known(cast, "check", 1)
    api = Api(cast.ana)
    shown = []
    for _ in range(2):
        claim = api.post("campaigns/bench/claims").json()
        api.post(f"claims/{claim['id']}/judgement", JUDGEMENT)
        api.post(f"claims/{claim['id']}/verdict", JUDGEMENT)
        done = api.get(f"claims/{claim['id']}")
        assert WHY.encode() not in every_byte(done)
        shown.append({name: done.json()[name] for name in ("purpose", "feedback", "stage", "revealed")})
    assert shown[0] == shown[1]


def test_who_may(cast: Cast) -> None:
    for path in ("practice/claims", "qualification/claims"):
        assert Api(cast.rita).post(f"campaigns/bench/{path}").status_code == 403
        assert Api(cast.stranger).post(f"campaigns/bench/{path}").status_code == 404
        assert Api(cast.ana, "gold:read").post(f"campaigns/bench/{path}").status_code == 403
    for slug in ("bench-practice", "bench-qualification"):
        assert Api(cast.ana).post(f"campaigns/{slug}/claims").status_code == 404
        assert Api(cast.mira).get(f"campaigns/{slug}/gold").status_code == 404
