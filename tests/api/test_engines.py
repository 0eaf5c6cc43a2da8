"""Engines at work over the API: what the page shows, in the shape that the document promises."""

from typing import Any

import pytest

from annotate.domain import answers, assistance
from annotate.domain.answers import Answer, Provenance
from api import engine_schemas
from tests.api.calls import Api
from tests.cast import REWARD, make_assistance, make_cast, make_pair
from tests.gold import make_gold

pytestmark = pytest.mark.django_db


def fits(value: Any, schema: dict[str, Any]) -> None:
    """Every object has exactly the fields of its schema."""
    if value is None:
        assert schema.get("nullable")
    elif "properties" in schema:
        assert set(value) == set(schema["properties"])
        for name, part in schema["properties"].items():
            fits(value[name], part)
    elif schema["type"] == "array":
        for one in value:
            fits(one, schema["items"])
    elif "enum" in schema:
        assert value in schema["enum"]
    else:
        kinds = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "object": dict}
        assert isinstance(value, kinds[schema["type"]])


def test_a_manager_watches_engines_at_work(settings: Any) -> None:
    settings.ASSISTANCE_KINDS = ["reward"]
    settings.ASSISTANCE_MODELS = settings.ASSISTANCE_MODELS | {"reward": "/models/r tokens_a_day=1000"}
    cast = make_cast()
    for number in range(3):
        make_assistance(make_pair(cast.campaign, number), "reward")
    make_assistance(make_pair(cast.campaign, 3), "reward", state="parked", error="no", attempts=4)
    work = assistance.lease(kind="reward", most=2)
    answers.record(
        answers=[Answer(work[0], REWARD, tokens_read=7)], by=Provenance("/models/r", "r1", "", {"dtype": "x"})
    )
    assistance.postpone(work=work[1], error="away")
    told = Api(cast.mira, "gold:read").get("campaigns/bench/engines").json()
    fits(told, engine_schemas.WATCHED)
    (engine,) = told["engines"]
    assert (engine["waiting"], engine["failed"], engine["done"], engine["health"]) == (2, 1, 1, "working")
    assert engine["error"]["text"] == "away"
    assert [one["error"] for one in told["failures"]] == ["no"]
    assert [(card["answers"], card["settings"]) for card in told["cards"]] == [(1, {"dtype": "x"})]
    assert [Api(user).get("campaigns/bench/engines").status_code for user in (cast.ana, cast.rita, cast.stranger)] == [
        403,
        403,
        404,
    ]


def test_provenance_has_the_shape_that_is_promised() -> None:
    cast = make_cast()
    pair = make_gold(cast, 1)
    fits(Api(cast.rita).get(f"campaigns/bench/pairs/{pair.pk}/provenance").json(), engine_schemas.SETTLED)
    own = cast.ana.claims.get().pk
    fits(Api(cast.ana).get(f"claims/{own}/provenance").json(), engine_schemas.TOLD)
    assert Api(cast.rita).get("campaigns/bench/pairs/999999/provenance").status_code == 404
    assert Api(cast.rita, "annotate").get(f"campaigns/bench/pairs/{pair.pk}/provenance").status_code == 403
