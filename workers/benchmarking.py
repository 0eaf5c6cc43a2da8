"""Benchmark items scored by a reward model of ours, two responses a row, as it scores pairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from curation.benchmarks.items import Benchmark, BenchmarkError, Item
from curation.pairs import Conversation, RowError
from workers.engines.rows import Engine, Row

ROWS_TOGETHER = 64


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of each item, and how many responses lost text to the model's limit."""

    scores: list[list[float]]
    truncated: int


def score(
    benchmark: Benchmark, items: Sequence[Item], engine: Engine, *, on_progress: Callable[[int], object]
) -> Scored:
    """`on_progress` is told how many responses were scored since it was told last.

    Raises BenchmarkError where one response cannot be scored: a benchmark is scored whole or not at all.
    """
    rows = [(place, row) for place, item in enumerate(items) for row in _rows(benchmark, place, item)]
    scores: list[list[float]] = [[] for _ in items]
    together, truncated = max(engine.batch, ROWS_TOGETHER), 0
    for start in range(0, len(rows), together):
        some = rows[start : start + together]
        done = 0
        for (place, _), result in zip(some, engine.run([row for _, row in some]), strict=True):
            if result.payload is None:
                raise BenchmarkError(f"{items[place].where}: {items[place].id!r} cannot be scored: {result.error}")
            both = [result.payload["score_a"], result.payload["score_b"]]
            wanted = both[: items[place].size - len(scores[place])]
            scores[place] += wanted
            done += len(wanted)
            truncated += bool(result.payload["truncated"])
        on_progress(done)
    return Scored(scores, truncated)


def _rows(benchmark: Benchmark, place: int, item: Item) -> list[Row]:
    """The responses two by two; where they are odd, the last stands in for its partner and is counted once."""
    try:
        conversation, responses = benchmark.texts(item)
    except RowError as error:
        raise BenchmarkError(f"{item.where}: {error.reason}") from None
    pairs = [responses[n : n + 2] for n in range(0, len(responses), 2)]
    return [_row(place, conversation, pair[0], pair[-1]) for pair in pairs]


def _row(place: int, conversation: Conversation, first: str, second: str) -> Row:
    return Row(
        place,
        conversation,
        [{"role": "assistant", "content": first}],
        [{"role": "assistant", "content": second}],
    )
