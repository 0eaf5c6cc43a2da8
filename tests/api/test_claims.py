"""The protocol over HTTP."""

from typing import Any

import pytest
from django.utils import timezone

from annotate.models import Claim, Gold, Judgement, Verdict
from tests.api.calls import JUDGEMENT, Api
from tests.cast import ATTRIBUTES, REWARD, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db


def claim(api: Api, cast: Cast) -> dict[str, Any]:
    answer = api.post(f"campaigns/{cast.campaign.slug}/claims")
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def test_a_claim_on_the_wire() -> None:
    cast = make_cast()
    pair = make_pair(cast.campaign)
    make_assistance(pair, "attributes", ATTRIBUTES)
    shown = claim(Api(cast.ana), cast)
    assert {"id", "pair", "stage", "expires"} <= set(shown)
    assert {"id", "conversation", "left", "right", "attributes"} <= set(shown["pair"])
    assert (shown["stage"], shown["pair"]["id"]) == ("judgement", pair.pk)
    assert shown["pair"]["conversation"] == pair.conversation
    assert {shown["pair"]["left"][0]["content"], shown["pair"]["right"][0]["content"]} == {
        "First answer 1",
        "Second answer 1",
    }
    assert shown["pair"]["attributes"]["task_category"] == "math"
    assert shown["revealed"] is None
    assert "T" in shown["expires"]


def test_a_live_claim_is_answered_again_and_an_empty_queue_with_204() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    first = claim(api, cast)
    again = api.post("campaigns/bench/claims", **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    assert api.post(f"claims/{first['id']}/abandon", {"cause": "offensive"}).status_code == 200
    nothing = api.post("campaigns/bench/claims")
    assert (nothing.status_code, nothing.content) == (204, b"")


def test_two_people_make_gold_over_http() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "reward", REWARD, model="rm-1")
    for user in (cast.ana, cast.ben):
        api = Api(user, "annotate")
        own = claim(api, cast)
        side = "left" if own["pair"]["left"][0]["content"].startswith("First") else "right"
        answer = api.post(f"claims/{own['id']}/judgement", JUDGEMENT | {"choice": side})
        assert set(answer.json()) == {"next", "revealed"}
        assert answer.json()["next"] == "verdict"
        assert answer.json()["revealed"]["reward"]["model"] == "rm-1"
        verdict = api.post(f"claims/{own['id']}/verdict", JUDGEMENT | {"choice": side})
        assert verdict.json() == {"next": "done", "changed": False}
        assert api.get(f"claims/{own['id']}").json()["stage"] == "done"
    assert Gold.objects.get().label == "a"


def test_where_the_policy_shows_nothing_revealed_is_empty() -> None:
    cast = make_cast(reveal="never")
    make_assistance(make_pair(cast.campaign), "reward", REWARD)
    api = Api(cast.ana)
    answer = api.post(f"claims/{claim(api, cast)['id']}/judgement", JUDGEMENT)
    assert answer.json() == {"next": "done", "revealed": {}}


def test_the_idempotency_key_answers_a_repeat_as_the_first_time() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    own = claim(api, cast)["id"]
    first = api.post(f"claims/{own}/judgement", JUDGEMENT, **{"Idempotency-Key": "one"})
    repeat = api.post(f"claims/{own}/judgement", JUDGEMENT | {"reason": "x"}, **{"Idempotency-Key": "one"})
    assert (repeat.status_code, repeat.json()) == (200, first.json())
    other = api.post(f"claims/{own}/judgement", JUDGEMENT | {"reason": "x"}, **{"Idempotency-Key": "two"})
    assert other.status_code == 409
    assert other.json()["kept"] == "Your first judgement stands. This text was not recorded."
    assert Judgement.objects.count() == 1
    for _ in range(2):
        assert api.post(f"claims/{own}/verdict", JUDGEMENT, **{"Idempotency-Key": "v"}).status_code == 200
    assert Verdict.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 65, "with blank", "nön"])
def test_a_key_that_cannot_be_kept_is_refused(key: str) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    answer = Api(cast.ana).post("campaigns/bench/claims", **{"Idempotency-Key": key})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"choice": 1}, {"choice"}),
        ({"choice": "a"}, {"choice"}),
        ({"choice": None}, {"choice"}),
        ({"strength": True}, {"strength"}),
        ({"strength": 1.0}, {"strength"}),
        ({"strength": None}, {"strength"}),
        ({"confidence": "3"}, {"confidence"}),
        ({"confidence": 10**30}, {"confidence"}),
        ({"reason": ["x"]}, {"reason"}),
        ({"reason": ""}, {"reason"}),
        ({"evidence": {}}, {"evidence"}),
        ({"evidence": [0]}, {"evidence"}),
        ({"evidence": [2**63]}, {"evidence"}),
        ({"attested": 1}, {"attested"}),
        ({"attested": False}, {"attested"}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_recorded(wrong: dict[str, Any], fields: set[str]) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    answer = api.post(f"claims/{claim(api, cast)['id']}/judgement", JUDGEMENT | wrong)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, fields)
    assert not Judgement.objects.exists()


@pytest.mark.parametrize("data", [b"{", b"[]", b'"x"', b"\xff", b'{"choice": "\\ud800"}', b'{"confidence": NaN}'])
def test_what_is_no_json_object_is_400(data: bytes) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    path = f"claims/{claim(api, cast)['id']}/judgement"
    assert api.send(path, data, "application/json").status_code == 400


def test_other_content_and_too_much_of_it_are_refused(settings: Any) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    path = f"claims/{claim(api, cast)['id']}/judgement"
    assert api.send(path, b"choice=left", "application/x-www-form-urlencoded").status_code == 415
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    long = api.post(path, JUDGEMENT | {"reason": "x" * 200})
    assert (long.status_code, set(long.json())) == (413, {"error", "kept", "fields"})


def test_a_late_judgement_is_kept_and_says_so() -> None:
    cast = make_cast(overlap=1)
    make_pair(cast.campaign)
    late = claim(Api(cast.ana), cast)["id"]
    Claim.objects.update(expires=timezone.now())
    claim(Api(cast.ben), cast)
    api = Api(cast.ana)
    gone = api.post(f"claims/{late}/renew")
    assert (gone.status_code, gone.json()["kept"]) == (410, "What you send is still kept, as surplus.")
    assert api.post(f"claims/{late}/judgement", JUDGEMENT).json()["surplus"] is True
    assert api.post(f"claims/{late}/verdict", JUDGEMENT).json()["surplus"] is True
    assert not Gold.objects.exists()


def test_renewing_answers_a_later_end() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    own = claim(api, cast)
    assert api.post(f"claims/{own['id']}/renew").json()["expires"] > own["expires"]


def test_a_pair_is_not_skipped_without_a_cause() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    own = claim(api, cast)["id"]
    for nothing in (None, {}, {"cause": ""}, {"cause": "  "}, {"cause": None}, {"cause": 3}):
        refused = api.post(f"claims/{own}/abandon", nothing)
        assert (refused.status_code, set(refused.json()["fields"])) == (422, {"cause"})
    assert Claim.objects.get().abandoned is None
    assert api.post(f"claims/{own}/abandon", {"cause": "too long"}).json() == {"stage": "abandoned"}
    assert Claim.objects.get().cause == "too long"
    assert api.post(f"claims/{own}/abandon", {"cause": "too long"}).status_code == 409


@pytest.mark.parametrize("verb", ["judgement", "verdict", "abandon", "renew"])
def test_the_claim_of_somebody_else_is_missing(verb: str) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(Api(cast.ana), cast)["id"]
    for user in (cast.ben, cast.mira, cast.stranger):
        answer = Api(user).post(f"claims/{own}/{verb}", JUDGEMENT)
        assert answer.status_code == 404
    assert Api(cast.ben).get(f"claims/{own}").status_code == 404
    assert Api(cast.ana).get(f"claims/{10**25}").status_code == 404


def test_a_verdict_before_the_judgement_is_out_of_order() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    assert api.post(f"claims/{claim(api, cast)['id']}/verdict", JUDGEMENT).status_code == 409
