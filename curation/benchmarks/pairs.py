"""What the benchmarks of two responses share: the first is better, or the one that a label names."""

from collections.abc import Sequence

from curation.benchmarks.items import Item, Scores

OPPOSITE = {"A>B": "B>A", "B>A": "A>B", "A=B": "A=B"}


def strictly(first: float, second: float) -> float:
    """1 where the first score is higher; an equal one is wrong."""
    return float(first > second)


def equal(scores: Scores) -> int:
    """How many of the pairs have equal scores."""
    return sum(a == b for a, b in scores)


def counted(items: Sequence[Item], scores: Scores) -> tuple[list[Item], list[Sequence[float]]]:
    """Only the items that the official metric counts, and their scores."""
    both = [(item, values) for item, values in zip(items, scores, strict=True) if item.counts]
    return [item for item, _ in both], [values for _, values in both]


def undone(said: Sequence[str | None]) -> list[str | None]:
    """A judge's verdicts with the order undone: every second one was given with the responses exchanged."""
    return [OPPOSITE.get(one or "") if place % 2 else one for place, one in enumerate(said)]
