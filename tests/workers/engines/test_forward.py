"""Batches on their way through a network that runs out of memory, chokes on a text, or is told to stop."""

from collections.abc import Callable, Iterator
from threading import active_count
from typing import Any

import numpy as np
import pytest

from workers.engines.ahead import ahead
from workers.engines.batching import Budget, batches, isolate, of_like_length
from workers.engines.errors import RowError
from workers.engines.forward import Forward, Scored
from workers.engines.texts import Text

POISON = 99


def texts(*lengths: int, poisoned: tuple[int, ...] = ()) -> list[Text]:
    """Text number k is made of tokens k; a poisoned one holds a token that no network here survives."""
    return [
        Text(k, np.full(length, POISON if k in poisoned else k, dtype=np.int32)) for k, length in enumerate(lengths)
    ]


def sums(inputs: dict[str, Any]) -> Any:
    """What stands for a network: the sum of a text's tokens, padding left out."""
    return (inputs["input_ids"] * inputs["attention_mask"]).sum(1)


class Network:
    """Holds so many tokens; is not survived by poison."""

    def __init__(self, room: int = 1 << 30) -> None:
        self.room, self.shapes = room, list[tuple[int, int]]()

    def __call__(self, inputs: dict[str, Any]) -> Any:
        import torch

        self.shapes.append(tuple(inputs["input_ids"].shape))
        if inputs["input_ids"].numel() > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        if (inputs["input_ids"] == POISON).any():
            raise RuntimeError("the kernel did not like this text")
        return sums(inputs)


def forward(network: Callable[[dict[str, Any]], Any], *, budget: int = 64, **options: Any) -> Forward:
    import torch

    return Forward(network, device=torch.device("cpu"), pad=0, budget=budget, **options)


def outcome(passes: Forward, given: list[Text]) -> dict[int, Scored]:
    found = [scored for group in passes.values(given) for scored in group]
    assert sorted(scored.text.key for scored in found) == [text.key for text in given], "each once"
    return {scored.text.key: scored for scored in found}


@pytest.mark.parametrize("padding", ["left", "right"])
def test_every_text_gets_its_own_value(padding: Any) -> None:
    given = texts(9, 7, 7, 3, 1, 8)
    found = outcome(forward(Network(), budget=16, padding=padding), given)
    assert {k: float(one.value) for k, one in found.items()} == {k: float(k * len(given[k])) for k in range(6)}


def test_out_of_memory_halves_the_batch_and_later_batches_are_smaller() -> None:
    network = Network(room=20)
    passes = forward(network, budget=64)
    given = texts(*[8] * 40)
    found = outcome(passes, given)
    assert not any(one.error for one in found.values())
    assert {k: float(one.value) for k, one in found.items()} == {k: 8.0 * k for k in range(40)}
    assert passes.budget.tokens == 16
    assert {shape[0] for shape in network.shapes[-4:]} == {2}, "the lesson is kept"


def test_a_text_that_does_not_fit_alone_is_told_so() -> None:
    found = outcome(forward(Network(room=20)), texts(30, 5, 5))
    assert "does not fit into memory, even alone" in found[0].error
    assert [found[k].error for k in (1, 2)] == ["", ""]


@pytest.mark.parametrize("poisoned", [(0,), (7,), (3, 4), (0, 5, 15)])
def test_poison_is_found_by_halving_and_fails_alone(poisoned: tuple[int, ...]) -> None:
    network = Network()
    found = outcome(forward(network, budget=1_000), texts(*[5] * 16, poisoned=poisoned))
    assert {k for k, one in found.items() if one.error} == set(poisoned)
    assert all("did not like this text" in found[k].error for k in poisoned)
    assert len(network.shapes) <= 1 + 2 * 4 * len(poisoned), "a few passes a poisoned text, not one a text"


def test_an_unread_text_costs_no_pass() -> None:
    network = Network()
    found = outcome(forward(network), [Text(0, [], error="no such role")])
    assert (found[0].error, network.shapes) == ("no such role", [])


def test_what_is_nobodys_row_ends_the_run() -> None:
    def gone(inputs: dict[str, Any]) -> Any:
        raise SystemError("the device fell off the bus")

    with pytest.raises(SystemError):
        outcome(forward(gone), texts(3))


def test_stopped_in_the_middle_no_thread_stays() -> None:
    before = active_count()
    groups = forward(Network(), budget=8).values(iter(texts(*[8] * 500)))
    next(groups)
    groups.close()
    assert active_count() == before


def test_batches_are_full_sorted_and_within_their_budget() -> None:
    lengths = [5, 1, 9, 9, 2, 30, 4]
    found = batches(lengths, budget=20, most=3)
    assert sorted(i for batch in found for i in batch) == list(range(7))
    assert [[lengths[i] for i in batch] for batch in found] == [[30], [9, 9], [5, 4, 2], [1]]


def test_roughly_sorted_items_are_sorted_while_they_wait() -> None:
    lengths = [n + (3 if n % 2 else -3) for n in range(60, 0, -1)]
    found = list(of_like_length(lengths, length=lambda n: n, budget=Budget(120), most=64))
    assert sorted(n for batch in found for n in batch) == sorted(lengths)
    waste = sum(max(batch) * len(batch) - sum(batch) for batch in found)
    assert waste < 0.08 * sum(lengths)


def test_a_bug_is_not_blamed_on_a_row() -> None:
    def buggy(items: Any) -> list[Any]:
        raise AttributeError("no such attribute")

    with pytest.raises(AttributeError):
        isolate(buggy, [1, 2])


def test_an_error_in_the_making_comes_where_the_item_would_have() -> None:
    def made() -> Iterator[int]:
        yield 1
        raise RowError("no second")

    with ahead(made(), depth=2) as items:
        assert next(items) == 1
        with pytest.raises(RowError, match="no second"):
            next(items)
