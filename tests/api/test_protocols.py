"""Versions of a protocol over HTTP."""

from typing import Any

import pytest

from annotate.domain.defaults import DEFAULT_RULES
from annotate.models import Campaign, Protocol
from tests.api.calls import JUDGEMENT, Api
from tests.cast import ATTRIBUTES, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
PATH = "campaigns/bench/protocols"
RULE = {"when": {}, "text": "Run it.", "requires": ["code"]}


def test_versions_are_listed_written_and_put_in_force() -> None:
    cast = make_cast()
    api = Api(cast.mira)
    first = api.get(PATH).json()["protocols"]
    assert [(row["version"], row["in_force"], row["draft"], row["rules"]) for row in first] == [
        (1, True, False, DEFAULT_RULES)
    ]
    sent = {"text": "Read both.", "rules": [RULE], "attestation": "Mine.", "after": first[0]["id"]}
    answer = api.post(PATH, sent)
    made = answer.json()
    assert (answer.status_code, made["version"], made["draft"], made["by"]) == (201, 2, True, "mira")
    assert (made["text"], made["rules"], made["attestation"]) == ("Read both.\n", [RULE], "Mine.")
    again = api.post(PATH, sent)
    assert (again.status_code, again.json()) == (200, made)
    forced = api.post(f"{PATH}/{made['id']}/force", {"instead_of": first[0]["id"]})
    assert (forced.status_code, forced.json()["in_force"]) == (200, True)
    assert Campaign.objects.get(pk=cast.campaign.pk).protocol.version == 2
    assert api.post(f"{PATH}/{made['id']}/force").status_code == 409


def test_what_was_put_in_force_is_enforced() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES, engine="imported")
    api = Api(cast.mira)
    made = api.post(PATH, {"text": "Run everything.", "rules": [RULE]}).json()
    api.post(f"{PATH}/{made['id']}/force")
    ana = Api(cast.ana)
    claim = ana.post("campaigns/bench/claims").json()
    assert (claim["protocol"]["version"], claim["protocol"]["rules"]) == (2, ["Run it."])
    refused = ana.post(f"claims/{claim['id']}/judgement", JUDGEMENT)
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {"evidence"})


def test_of_two_who_write_at_once_the_second_is_409() -> None:
    cast = make_cast()
    api = Api(cast.mira)
    seen = api.get(PATH).json()["protocols"][0]["id"]
    assert api.post(PATH, {"text": "One.", "after": seen}).status_code == 201
    late = api.post(PATH, {"text": "Two.", "after": seen})
    assert late.status_code == 409
    assert late.json()["kept"]
    assert Protocol.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"text": None}, "text"),
        ({"text": " "}, "text"),
        ({"attestation": 3}, "attestation"),
        ({"after": "1"}, "after"),
        ({"after": -1}, "after"),
        ({"after": 2**70}, "after"),
        ({"rules": {}}, "rules"),
        ({"rules": [RULE | {"requires": ["llm"]}]}, "rules.0.requires"),
    ],
)
def test_what_is_no_version_is_422(wrong: dict[str, Any], field: str) -> None:
    answer = Api(make_cast().mira).post(PATH, {"text": "Read.", "rules": [RULE]} | wrong)
    assert (answer.status_code, set(answer.json()["fields"])) == (422, {field})
    assert Protocol.objects.count() == 1


def test_another_campaigns_version_is_not_there() -> None:
    cast, other = make_cast(), make_cast(slug="other")
    theirs = Api(other.mira).post("campaigns/other/protocols", {"text": "Theirs."}).json()
    answer = Api(cast.mira).post(f"{PATH}/{theirs['id']}/force", {})
    assert answer.status_code == 404
    wrong = Api(cast.mira).post(f"{PATH}/{theirs['id']}/force", {"instead_of": "x"})
    assert (wrong.status_code, set(wrong.json()["fields"])) == (422, {"instead_of"})
