"""The gold stream and the figures, over HTTP."""

import pytest

from annotate.models import Gold
from tests.api.calls import Api, rows_of
from tests.cast import make_cast
from tests.gold import make_gold, set_down_gold

pytestmark = pytest.mark.django_db


def test_the_stream_goes_on_behind_its_cursor() -> None:
    cast = make_cast()
    set_down_gold(cast, range(5))
    api = Api(cast.rita, "gold:read")
    answer = api.get("campaigns/bench/gold")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    rows = rows_of(answer)
    assert [row["cursor"] for row in rows] == list(Gold.objects.order_by("pk").values_list("pk", flat=True))
    assert rows_of(api.get(f"campaigns/bench/gold?after={rows[2]['cursor']}")) == rows[3:]
    assert rows_of(api.get(f"campaigns/bench/gold?after={rows[4]['cursor']}")) == []


def test_strata_are_a_stream_of_their_own() -> None:
    cast = make_cast()
    make_gold(cast, 1)
    make_gold(cast, 2, "undecidable", "undecidable")
    api = Api(cast.mira)
    assert [row["label"] for row in rows_of(api.get("campaigns/bench/gold"))] == ["a"]
    assert [row["label"] for row in rows_of(api.get("campaigns/bench/gold?strata=1"))] == ["undecidable"]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "after=1e3", f"after={10**40}", "strata=maybe"])
def test_a_query_that_cannot_be_read(query: str) -> None:
    cast = make_cast()
    assert Api(cast.mira).get(f"campaigns/bench/gold?{query}").status_code == 422


def test_figures() -> None:
    cast = make_cast()
    make_gold(cast, 1)
    make_gold(cast, 2, "a", "b", "b")
    make_gold(cast, 3, "equal", "equal")
    make_gold(cast, 4, "a")
    found = Api(cast.ana, "annotate").get("campaigns/bench/stats").json()
    assert found["progress"] == {
        "pairs": 4,
        "open": 1,
        "disputed": 0,
        "settled": 3,
        "gold": 2,
        "origins": {"consensus": 2, "adjudication": 0},
        "strata": {"equal": 1, "undecidable": 0, "broken": 0},
    }
    assert found["agreement"]["judgements"] == {"pairs": 3, "agreed": 2, "percent": 66.67}
    assert found["agreement"]["verdicts"] == {"pairs": 3, "agreed": 2, "percent": 66.67}
    (today,) = found["throughput"]
    assert {name: today[name] for name in ("judgements", "verdicts", "settled")} == {
        "judgements": 8,
        "verdicts": 8,
        "settled": 3,
    }


def test_figures_of_an_empty_campaign() -> None:
    found = Api(make_cast().ana).get("campaigns/bench/stats").json()
    assert found["agreement"]["verdicts"] == {"pairs": 0, "agreed": 0, "percent": None}
    assert found["throughput"] == []
