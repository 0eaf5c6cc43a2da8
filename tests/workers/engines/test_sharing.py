"""Two texts as one, where that is less work."""

import numpy as np
import pytest

from workers.engines.sharing import joined
from workers.engines.texts import Text


def text(key: int, ids: str, error: str = "", truncated: bool = False) -> Text:
    return Text(key, np.frombuffer(ids.encode(), dtype=np.uint8).astype(np.int32), truncated, error)


def words(one: Text) -> str:
    return bytes(one.ids.astype(np.uint8)).decode()


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("asked: yes", "asked: no", ("asked: yesno", 7, 10)),
        ("asked", "asked: no", ("asked: no", 5, 5)),
        ("asked: yes", "asked", ("asked: yes", 5, 10)),
        ("same", "same", ("same", 4, 4)),
    ],
)
def test_the_beginning_stands_once(a: str, b: str, expected: tuple[str, int, int]) -> None:
    for order in ([text(4, a), text(5, b)], [text(5, b), text(4, a)]):
        (one,) = joined(order, worth=100, limit=20)
        assert (one.key, words(one), one.shared, one.turn) == (4, *expected)


def test_what_would_be_more_work_stays_apart() -> None:
    pair = [text(0, "q" + "a" * 30), text(1, "q" + "b" * 30)]
    assert len(list(joined(pair, worth=2_000, limit=100))) == 1
    assert list(joined(pair, worth=1_000, limit=100)) == pair, "endings look at each other in vain"
    assert list(joined(pair, worth=2_000, limit=60)) == pair, "longer than any text may be"


def test_nothing_is_joined_to_what_cannot_be_read() -> None:
    pairs = [text(0, "ab"), text(1, "", error="no such role"), text(2, "ab", truncated=True), text(3, "ac")]
    first, second, both = joined(pairs, worth=100, limit=9)
    assert [first, second] == pairs[:2]
    assert (both.key, both.truncated) == (2, True)
