"""Items made ahead: in order, not too many, and nothing of it left behind."""

import threading
from collections.abc import Iterator

import pytest

from annotate.domain.ahead import made_ahead


def running() -> int:
    return sum(thread.name == "made ahead" for thread in threading.enumerate())


def test_the_same_items_in_the_same_order_from_another_thread() -> None:
    def items() -> Iterator[tuple[int, int]]:
        for number in range(50):
            yield number, threading.get_ident()

    with made_ahead(items()) as made:
        found = list(made)
    assert [number for number, _ in found] == list(range(50))
    assert {maker for _, maker in found}.isdisjoint({threading.get_ident()})
    assert running() == 0


def test_what_making_raises_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ConnectionError("the client is gone")

    found: list[int] = []
    with pytest.raises(ConnectionError), made_ahead(items()) as made:
        found.extend(made)
    assert found == [1]
    assert running() == 0


def test_no_more_is_made_than_one_waiting_and_one_in_the_making() -> None:
    begun: list[int] = []
    third = threading.Event()

    def items() -> Iterator[int]:
        for number in range(100):
            begun.append(number)
            if number == 2:
                third.set()
            yield number

    with made_ahead(items()) as made:
        assert next(made) == 0
        assert third.wait(10)
        assert begun == [0, 1, 2]


def test_a_reader_that_fails_ends_the_maker() -> None:
    begun: list[int] = []

    def items() -> Iterator[int]:
        for number in range(10_000):
            begun.append(number)
            yield number

    def read() -> None:
        with made_ahead(items()) as made:
            next(made)
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="disk"):
        read()
    assert running() == 0
    assert len(begun) < 6
