"""What every benchmark is made of: items with responses to score, and a report in percent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from curation.pairs import Conversation

Row = Mapping[str, Any]
Scores = Sequence[Sequence[float]]
"""One list an item, in the order of its responses."""
Verdicts = Sequence[Sequence[str | None]]


class BenchmarkError(ValueError):
    """Data, scores or verdicts that cannot be used as a whole. Says which file, which row, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Item:
    """One question of a benchmark. `also` holds what tells it from others of the same id."""

    id: str
    subset: str
    size: int
    """How many responses it has."""
    row: Row
    where: str = ""
    also: Mapping[str, str] = field(default_factory=dict)
    counts: bool = True
    """Whether the official metric counts it; items whose label is a tie need no scores."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number beside the totals, and what it is."""

    what: str
    percent: float


@dataclass(slots=True)
class Report:
    """The official total, and the plain mean of the categories, which some papers report in its place.

    `ties` counts the comparisons whose scores were equal. `official` and `mean` say in words what the two totals are.
    """

    n: int
    overall: float
    macro: float
    ties: int
    subsets: dict[str, float]
    official: str
    mean: str
    figures: list[Figure] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Categories without data: the totals are of the rest alone."""
    notes: list[str] = field(default_factory=list)

    @property
    def remarks(self) -> list[str]:
        """Everything a reader of the figures must know."""
        lacking = f"No data for {', '.join(self.missing)}: the total is of the rest alone."
        return self.notes + ([lacking] if self.missing else [])


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark: how a published row is read, what a model is shown, and the official metric."""

    name: str
    title: str
    scores: str
    """The order of the scores of an item, in words."""
    categories: tuple[str, ...]
    """What the total is a mean of, where it is known beforehand."""
    read: Callable[[Row, str], Item]
    """An item from a row and the path of its file. Raises RowError."""
    texts: Callable[[Item], tuple[Conversation, list[str]]]
    """The conversation and the responses, in the order of the scores. Raises RowError."""
    report: Callable[[Sequence[Item], Scores], Report]
    judge: Callable[[Sequence[Item], Verdicts], Report] | None = None
    """The official metric for verdicts of a judge, where one is published."""


def mean(values: Iterable[float]) -> float:
    """The plain mean; there must be a value."""
    found = list(values)
    return sum(found) / len(found)


def percent(values: Iterable[float]) -> float:
    return 100 * mean(values)


def by_subset(items: Sequence[Item], values: Sequence[float]) -> dict[str, list[float]]:
    """The values of each subset, subsets in the order in which they come."""
    found: dict[str, list[float]] = {}
    for item, value in zip(items, values, strict=True):
        found.setdefault(item.subset, []).append(value)
    return found


def ordered(found: Mapping[str, float], names: Sequence[str]) -> dict[str, float]:
    """In the published order; only what is there."""
    return {name: found[name] for name in names if name in found}


def absent(found: Iterable[str], names: Sequence[str]) -> list[str]:
    """The published categories that have no data."""
    there = set(found)
    return [name for name in names if name not in there]
