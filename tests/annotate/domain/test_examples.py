"""Which gold a judge is shown for a pair: the nearest, never what would tell it the answer."""

from typing import Any

import numpy as np
import pytest

from annotate.domain import adjudication, examples
from annotate.models import Gold, Pair
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair
from tests.gold import make_gold

pytestmark = pytest.mark.django_db
BY = {"model": "encoder", "revision": "r1", "prompt_version": "p1"}


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    examples._kept.cache_clear()


def embed(pair: Pair, degrees: float, **more: Any) -> None:
    """Where the pair lies, on a circle."""
    vector = np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))], dtype="<f4")
    make_assistance(pair, "embed", {"dim": 2}, blob=vector.tobytes(), **(BY | more))


def gold(cast: Cast, number: int, degrees: float, *choices: str, **fields: Any) -> Pair:
    pair = make_gold(cast, number, *choices, **fields)
    embed(pair, degrees)
    return pair


def shown(pair: Pair, most: int = 8) -> list[int]:
    """The pairs that are shown for this one."""
    return [one.pair_id for one in examples.for_pairs(pair_ids=[pair.pk], most=most).get(pair.pk, [])]


def asked(cast: Cast, degrees: float = 0, **fields: Any) -> Pair:
    pair = make_pair(cast.campaign, 100, **fields)
    embed(pair, degrees)
    return pair


def test_the_nearest_come_first_with_what_people_said() -> None:
    cast = make_cast()
    far, near, nearer = (gold(cast, n, degrees) for n, degrees in enumerate((90, 20, 10)))
    pair = asked(cast)
    assert shown(pair) == [nearer.pk, near.pk, far.pk]
    assert shown(pair, most=2) == [nearer.pk, near.pk]
    assert shown(pair, most=0) == []
    first = examples.for_pairs(pair_ids=[pair.pk])[pair.pk][0]
    assert first.gold_id == Gold.objects.get(pair=nearer).pk
    assert (first.choice, first.reason, first.attributes) == ("a", "It is right.", ATTRIBUTES)
    assert (first.conversation, first.response_a) == (nearer.conversation, nearer.response_a)


def test_of_equally_near_ones_the_earlier_gold_comes_first() -> None:
    cast = make_cast()
    same = [gold(cast, n, 45) for n in range(10)]
    assert shown(asked(cast)) == [pair.pk for pair in same[:8]]


def test_never_the_pair_itself_nor_its_group_nor_the_same_conversation() -> None:
    cast = make_cast()
    kin = gold(cast, 1, 1, group="g")
    again = gold(cast, 2, 2, conversation=[{"role": "user", "content": "question  100?"}])
    alone = gold(cast, 3, 3)
    pair = asked(cast, group="g")
    assert shown(pair) == [alone.pk]
    assert shown(again) == [kin.pk, alone.pk], "not itself"
    other = make_pair(cast.campaign, 101)
    embed(other, 0)
    assert shown(other) == [kin.pk, again.pk, alone.pk], "pairs without a group are not one group"


def test_only_clear_gold_that_stands_and_of_this_campaign() -> None:
    cast = make_cast(third=False)
    gold(cast, 1, 5, "equal", "equal")
    disputed = gold(cast, 2, 5, "a", "b")
    embed(make_pair(cast.campaign, 3), 5)
    gold(make_cast(slug="other", third=False), 1, 5)
    pair = asked(cast)
    assert shown(pair) == []
    said = {"choice": "b", "strength": 1, "cause": "slip", "reason": "B is."}
    adjudication.adjudicate(campaign=cast.campaign, pair_id=disputed.pk, user=cast.rita, **said)
    (one,) = examples.for_pairs(pair_ids=[pair.pk])[pair.pk]
    assert (one.pair_id, one.choice, one.reason) == (disputed.pk, "b", "B is.")


def test_vectors_compare_only_with_those_of_the_same_model() -> None:
    cast = make_cast()
    old, late = make_gold(cast, 1), gold(cast, 2, 30)
    embed(old, 0, model="another")
    pair = asked(cast)
    assert shown(pair) == [late.pk]
    embed(old, 0, engine="default.2")
    assert shown(pair) == [old.pk, late.pk]
    embed(old, 50, engine="default.3")
    assert shown(pair) == [late.pk, old.pk], "embedded anew it lies elsewhere"


def test_a_pair_without_an_embedding_is_shown_nothing() -> None:
    cast = make_cast()
    gold(cast, 1, 5)
    assert shown(make_pair(cast.campaign, 100)) == []
