"""Each call costs the same number of SQL statements, whatever the campaign's size."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotate.domain import queue, releases
from tests.api.calls import JUDGEMENT, Api, body_of
from tests.cast import ATTRIBUTES, REWARD, Cast, make_assistance, make_cast, make_pair
from tests.gold import make_gold, set_down_gold

pytestmark = pytest.mark.django_db
SIZES = (5, 50)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The queue's cursor is written with every claim here, not now and then: the dearest claim is counted."""
    settings.ASSAY_HOME = tmp_path
    monkeypatch.setattr(queue, "ADVANCE_EVERY", 1)
    return tmp_path


def statements(call: Callable[[], Any], status: int = 200) -> int:
    """Without those that only open and close transactions and savepoints."""
    with CaptureQueriesContext(connection) as captured:
        answer = call()
        assert answer.status_code == status, body_of(answer)
        body_of(answer)
    markers = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
    return len([query for query in captured.captured_queries if not query["sql"].startswith(markers)])


def campaign(size: int) -> Cast:
    """`size` open pairs with assistance, after as many settled ones."""
    cast = make_cast(slug=f"of{size}")
    set_down_gold(cast, range(1000, 1000 + size))
    connection.cursor().execute("UPDATE annotate_queueentry SET free = 0, state = 'settled'")
    for number in range(size):
        pair = make_pair(cast.campaign, number)
        make_assistance(pair, "reward", REWARD)
        make_assistance(pair, "attributes", ATTRIBUTES)
    return cast


def cycle(cast: Cast) -> dict[str, int]:
    slug, api = cast.campaign.slug, Api(cast.ana)
    counted = {"claim": statements(lambda: api.post(f"campaigns/{slug}/claims"), 201)}
    own = api.post(f"campaigns/{slug}/claims").json()["id"]
    counted["resume"] = statements(lambda: api.post(f"campaigns/{slug}/claims"))
    counted["read"] = statements(lambda: api.get(f"claims/{own}"))
    counted["renew"] = statements(lambda: api.post(f"claims/{own}/renew"))
    code = {"kind": "code", "input": {"language": "python", "code": "1"}}
    counted["tool"] = statements(lambda: api.post(f"claims/{own}/tools", code), 201)
    counted["tools"] = statements(lambda: api.get(f"claims/{own}/tools"))
    values = {"attributes": {"annotation_guideline": "The sum.", "desired_attributes": "Right; short."}}
    counted["correct"] = statements(lambda: api.post(f"claims/{own}/corrections", values))
    counted["corrections"] = statements(lambda: api.get(f"claims/{own}/corrections"))
    judged = JUDGEMENT | {"checks": [{"item": "Right", "left": True, "right": False}]}
    counted["judgement"] = statements(lambda: api.post(f"claims/{own}/judgement", judged))
    counted["verdict"] = statements(lambda: api.post(f"claims/{own}/verdict", JUDGEMENT))
    own = api.post(f"campaigns/{slug}/claims").json()["id"]
    counted["abandon"] = statements(lambda: api.post(f"claims/{own}/abandon", {"cause": "other"}))
    api = Api(cast.mira)
    counted["stats"] = statements(lambda: api.get(f"campaigns/{slug}/stats"))
    counted["gold"] = statements(lambda: api.get(f"campaigns/{slug}/gold"))
    counted["ask"] = statements(lambda: api.post(f"campaigns/{slug}/releases", {"version": "1"}), 201)
    leased = releases.lease_wanted()
    assert leased is not None
    releases.build(release=leased)
    counted["releases"] = statements(lambda: api.get(f"campaigns/{slug}/releases"))
    counted["release"] = statements(lambda: api.get(f"releases/{leased.pk}"))
    counted["file"] = statements(lambda: api.get(f"releases/{leased.pk}/files/gold.parquet"))
    return counted


# Of the protocol's own requests PostgreSQL is spared most: they are what its figures are about (docs/bench.md).
HOT = {"postgresql": {"claim": 8, "judgement": 4, "verdict": 3}, "sqlite": {"claim": 12, "judgement": 6, "verdict": 5}}
MOST = {
    **HOT[connection.vendor],
    "resume": 6,
    "read": 3,
    "renew": 3,
    "tool": 8,
    "tools": 4,
    "corrections": 4,
    "correct": 13,
    "abandon": 7,
    "stats": 10,
    "gold": 9,
    "ask": 6,
    "releases": 3,
    "release": 3,
    "file": 3,
}


def test_a_constant_number_of_statements() -> None:
    small, large = (cycle(campaign(size)) for size in SIZES)
    assert small == large
    assert {name: count for name, count in small.items() if count > MOST[name]} == {}


def test_the_verdict_that_settles() -> None:
    counted = []
    for size in SIZES:
        cast = make_cast(slug=f"of{size}")
        for number in range(size):
            make_gold(cast, 1000 + number, help=False)
        make_pair(cast.campaign)
        for user in (cast.ana, cast.ben):
            api = Api(user)
            own = api.post(f"campaigns/of{size}/claims").json()
            side = "left" if own["pair"]["left"][0]["content"].startswith("First") else "right"
            said = JUDGEMENT | {"choice": side}
            api.post(f"claims/{own['id']}/judgement", said)
            counted.append(
                statements(lambda api=api, own=own, said=said: api.post(f"claims/{own['id']}/verdict", said))
            )  # type: ignore[misc]
    assert counted[:2] == counted[2:]
    assert max(counted) <= {"postgresql": 7, "sqlite": 10}[connection.vendor]
