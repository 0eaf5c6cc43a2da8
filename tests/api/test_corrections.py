"""Corrections of attributes and checks of wanted qualities over HTTP."""

from typing import Any

import pytest

from annotate.domain import citing
from annotate.models import AttributeCorrection, Judgement
from tests.api.calls import JUDGEMENT, Api
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db


def held(engine: str = "default", **attributes: str) -> tuple[Cast, Api, int]:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES | attributes, engine=engine)
    api = Api(cast.ana, "annotate")
    return cast, api, int(api.post("campaigns/bench/claims").json()["id"])


def test_attributes_are_corrected_beside_what_was_there() -> None:
    _cast, api, own = held(desired_attributes="Right; short")
    before = api.get(f"claims/{own}/corrections").json()
    assert before["attributes"]["written_by"] == "model"
    assert (before["corrected"], before["corrections"], before["wanted"]) == ({}, [], ["Right", "short"])
    values = {"controversiality": "high", "desired_attributes": "Fair"}
    answer = api.post(f"claims/{own}/corrections", {"attributes": values})
    assert answer.status_code == 200
    after = answer.json()
    assert after["corrected"]["controversiality"] == {"was": "low", "value": "high"}
    assert after["wanted"] == ["Fair"]
    assert "On a controversial topic" in " ".join(after["rules"])
    assert "On a controversial topic" not in " ".join(before["rules"])
    assert [(row["attribute"], row["was"]) for row in after["corrections"]] == [
        ("controversiality", "low"),
        ("desired_attributes", "Right; short"),
    ]
    claim = api.get(f"claims/{own}").json()
    assert (claim["pair"]["corrected"], claim["pair"]["wanted"]) == (after["corrected"], ["Fair"])
    assert claim["pair"]["attributes"] == before["attributes"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "attributes"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {}}, "attributes"),
        ({"attributes": {"task_category": "knitting"}}, "task_category"),
        ({"attributes": {"colour": "red"}}, "colour"),
    ],
)
def test_what_is_no_correction_is_refused(body: dict[str, Any], field: str) -> None:
    _cast, api, own = held()
    answer = api.post(f"claims/{own}/corrections", body)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {field})
    assert not AttributeCorrection.objects.exists()


def test_the_corrections_of_somebody_else_are_missing() -> None:
    cast, _api, own = held()
    for user in (cast.ben, cast.rita, cast.mira, cast.stranger):
        assert Api(user).get(f"claims/{own}/corrections").status_code == 404
        body = {"attributes": {"objectivity": "subjective"}}
        assert Api(user).post(f"claims/{own}/corrections", body).status_code == 404


def test_a_rule_that_a_correction_lifted_is_told_with_the_judgement() -> None:
    _cast, api, own = held("imported")
    refused = api.post(f"claims/{own}/judgement", JUDGEMENT)
    assert refused.json()["fields"] == {"evidence": str(citing.MISSING["maths"])}
    api.post(f"claims/{own}/corrections", {"attributes": {"task_category": "role playing"}})
    assert api.post(f"claims/{own}/judgement", JUDGEMENT).status_code == 200
    assert api.get(f"claims/{own}").json()["judgement"]["lifted"] == ["maths"]


def test_checks_go_with_the_judgement() -> None:
    _cast, api, own = held(desired_attributes="Right; short", task_category="planning")
    checks = [{"item": "Right", "left": True, "right": False}, {"item": "short", "right": True}]
    assert api.post(f"claims/{own}/judgement", JUDGEMENT | {"checks": checks}).status_code == 200
    told = api.get(f"claims/{own}").json()["judgement"]["checks"]
    assert told == [checks[0], {"item": "short", "left": None, "right": True}]
    refused = api.post(f"claims/{own}/verdict", JUDGEMENT | {"checks": checks})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"checks"})


@pytest.mark.parametrize("checks", ["x", [1], [{"item": "tall", "left": True}], [{"item": "Right", "left": "yes"}], {}])
def test_what_is_no_check_is_refused(checks: Any) -> None:
    _cast, api, own = held(desired_attributes="Right; short")
    refused = api.post(f"claims/{own}/judgement", JUDGEMENT | {"checks": checks})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"checks"})
    assert not Judgement.objects.exists()
