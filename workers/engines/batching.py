"""Batches by token budget, of like lengths; what does not fit is halved, and one bad item never fails the others."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from workers.engines.errors import RowError

Item = TypeVar("Item")
Out = TypeVar("Out")
LOOKAHEAD = 4  # budgets of tokens that wait to be sorted before the longest of them go
FULL = ("out of memory", "can't allocate memory", "not enough memory")


@dataclass(slots=True)
class Budget:
    """How many tokens one forward pass may hold, padding counted. It only ever shrinks, to what memory allows."""

    tokens: int

    def shrink(self, failed: int) -> None:
        """A batch of `failed` tokens did not fit."""
        self.tokens = max(1, min(self.tokens, failed // 2))


def batches(lengths: Sequence[int], *, budget: int, most: int) -> list[list[int]]:
    """Indices into `lengths`, longest first, so that what does not fit into memory shows at once.

    A batch holds at most `most` items, and at most `budget` tokens counted with padding, but always one item.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    out: list[list[int]] = []
    while order:
        size = room([lengths[i] for i in order[:most]], budget=budget)
        out.append(order[:size])
        order = order[size:]
    return out


def room(lengths: Sequence[int], *, budget: int) -> int:
    """How many of these, longest first, go together; one at least."""
    return max(1, min(len(lengths), budget // max(1, lengths[0])))


def of_like_length(
    items: Iterable[Item], *, length: Callable[[Item], int], budget: Budget, most: int
) -> Iterator[list[Item]]:
    """Batches of items that come roughly longest first, and are sorted truly while a few budgets of them wait."""
    waiting: list[Item] = []
    tokens = 0
    for item in items:
        waiting.append(item)
        tokens += length(item)
        if tokens > LOOKAHEAD * budget.tokens:
            batch = _longest(waiting, length=length, budget=budget, most=most)
            tokens -= sum(map(length, batch))
            yield batch
    while waiting:
        yield _longest(waiting, length=length, budget=budget, most=most)


def _longest(waiting: list[Item], *, length: Callable[[Item], int], budget: Budget, most: int) -> list[Item]:
    """Takes the batch out of `waiting`."""
    waiting.sort(key=length, reverse=True)
    size = room([length(item) for item in waiting[:most]], budget=budget.tokens)
    batch, waiting[:] = waiting[:size], waiting[size:]
    return batch


def isolate(work: Callable[[Sequence[Item]], list[Out]], items: Sequence[Item]) -> list[Out | RowError]:
    """`work(items)`; where it fails, each half for itself, down to the items that are at fault.

    Halving is also what a batch wants that does not fit into memory.
    """
    try:
        return list(work(items))
    except Exception as error:
        failure = as_row_error(error)
    return halved(work, items, failure)


def halved(
    work: Callable[[Sequence[Item]], list[Out]], items: Sequence[Item], failure: RowError
) -> list[Out | RowError]:
    """What to do about items that failed together."""
    if len(items) == 1:
        return [failure]
    half = len(items) // 2
    return isolate(work, items[:half]) + isolate(work, items[half:])


def as_row_error(error: Exception) -> RowError:
    """The error as one of the row's; anything that is nobody's row goes on: a device that is gone, a bug in a name."""
    if isinstance(error, RowError):
        return error
    if is_full(error):
        return RowError(f"It does not fit into memory, even alone: {error}")
    if isinstance(error, RuntimeError | ValueError | IndexError | TypeError | OverflowError):
        return RowError(f"{type(error).__name__}: {error}")
    raise error


def is_full(error: BaseException) -> bool:
    """Whether memory ran out: torch says so by a class of its own on a GPU, and in words on a CPU."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in FULL)
