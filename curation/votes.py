"""Votes of judges: within each model first (self-consistency), then across models (METHOD.md, stage 1, step 3).

The published method leaves number of samples, weights and merge rule open. Ours: a majority of the clear votes decides,
at each level, where at least half of all votes are clear; anything else is undecided, and an undecided pair is dropped.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SIDES = ("a", "b")
UNDECIDED = "undecided"
CHOICES = (*SIDES, UNDECIDED)


@dataclass(frozen=True, slots=True)
class Vote:
    """What a group of votes comes to. `share` is the winner's of all votes, 0 where it is undecided."""

    choice: str
    votes: dict[str, float]
    share: float


def within(samples: Iterable[str]) -> Vote:
    """One model's samples, each `a`, `b` or `undecided`, as one vote. No sample at all is undecided."""
    return _merged((sample, 1.0) for sample in samples)


def across(models: Mapping[str, Vote], *, weights: Mapping[str, float] | None = None) -> Vote:
    """The models' votes as one. Each counts by its weight, 1 unless given, however many samples it had."""
    given = weights or {}
    return _merged((vote.choice, given.get(name, 1.0)) for name, vote in models.items())


def _merged(weighed: Iterable[tuple[str, float]]) -> Vote:
    votes = dict.fromkeys(CHOICES, 0.0)
    for choice, weight in weighed:
        if weight < 0:
            raise ValueError(f"A vote weighs {weight}, less than nothing.")
        votes[choice] += weight
    total, a, b = sum(votes.values()), votes["a"], votes["b"]
    if a == b or 2 * (a + b) < total:
        return Vote(UNDECIDED, votes, 0.0)
    choice = "a" if a > b else "b"
    return Vote(choice, votes, votes[choice] / total)


@dataclass(frozen=True, slots=True)
class Position:
    """How often clear verdicts went to the candidate that stood first: near one half where order does not matter."""

    first: int
    clear: int

    @property
    def share(self) -> float | None:
        return self.first / self.clear if self.clear else None

    def __add__(self, other: "Position") -> "Position":
        return Position(self.first + other.first, self.clear + other.clear)


def position(samples: Sequence[tuple[str, str]]) -> Position:
    """Of (order, choice) samples, where order is `ab` or `ba` as the candidates stood."""
    clear = [(order, choice) for order, choice in samples if choice in SIDES]
    return Position(first=sum(order[0] == choice for order, choice in clear), clear=len(clear))
