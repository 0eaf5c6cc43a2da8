"""Intervals by drawing tasks anew, with replacement: votes on one task are not independent, tasks are."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from curation.agreement.votes import Codes
from curation.agreement.weights import Floats

DRAWS = 1000
LEVEL = 0.95
SEED = 20261126  # the same votes give the same interval
CELLS = 20_000_000  # that one round of draws may take in memory

Coefficient = Callable[[Codes, Codes], Floats]
Interval = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A coefficient and its interval; None is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


def estimate(kinds: Codes, times: Codes, coefficient: Coefficient, *, value: float | None = None) -> Estimate:
    """The coefficient of all tasks (unless a library gave it already) with its percentile interval.

    `kinds` are the tasks that differ, `times` how often each is there (`alike` makes them of single tasks).
    """
    if not len(kinds):
        return Estimate(None)
    if value is None:
        value = _known(coefficient(kinds, times[None, :])[0])
    return Estimate(value, *interval(kinds, times, coefficient)) if value is not None else Estimate(None)


def alike(counts: Codes) -> tuple[Codes, Codes]:
    """Single tasks by kind: the kinds, and how many there are of each."""
    kinds, times = np.unique(counts, axis=0, return_counts=True)
    return kinds, times


def interval(kinds: Codes, times: Codes, coefficient: Coefficient) -> Interval:
    """Percentiles over the draws in which the coefficient is defined.

    Tasks with the same votes are exchangeable, so a draw is how often each kind of task comes up: a multinomial.
    None where fewer than two tasks have two votes: one task says nothing of how tasks vary.
    """
    if times[kinds.sum(axis=1) >= 2].sum() < 2:
        return None, None
    draw, total = np.random.default_rng(SEED), int(times.sum())
    most = max(1, CELLS // (len(kinds) + kinds.shape[1] ** 2))
    values = [
        coefficient(kinds, draw.multinomial(total, times / total, size=min(most, DRAWS - at)))
        for at in range(0, DRAWS, most)
    ]
    found = np.concatenate(values)
    found = found[np.isfinite(found)]
    if not len(found):
        return None, None
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
