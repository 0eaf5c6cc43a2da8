"""The label that most votes of a task are for. All votes count, those by which somebody repeats themselves too."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from curation.agreement.votes import Votes
from curation.agreement.weights import Floats


@dataclass(frozen=True, slots=True)
class Majority:
    """`distribution`: of the tasks that have one such label, the share of each; `ties`: tasks that have several."""

    distribution: dict[str, float]
    ties: int
    accuracy: float | None


def majority(votes: Votes, truth: Mapping[str, str] | None = None) -> Majority:
    """Accuracy over the tasks of `truth` that have votes, None without any. A tie of k labels that has the true one
    counts 1/k, as if one of them were drawn."""
    counts = np.zeros((len(votes.tasks), len(votes.labels)), dtype=np.int64)
    np.add.at(counts, (votes.task, votes.label), 1)
    most = counts == np.maximum(counts.max(axis=1, keepdims=True), 1)
    tied = most.sum(axis=1)
    clear = most[tied == 1].sum(axis=0)
    shares = {label: n / max(int(clear.sum()), 1) for label, n in zip(votes.labels, clear.tolist(), strict=True)}
    return Majority(shares, int((tied > 1).sum()), accuracy(votes, truth or {}, most / np.maximum(tied, 1)[:, None]))


def accuracy(votes: Votes, truth: Mapping[str, str], given: Floats) -> float | None:
    """Mean over tasks with a true label and a vote of what `given` (tasks x labels) gives to the true label."""
    place = {label: at for at, label in enumerate(votes.labels)}
    voted = set(votes.task.tolist())
    told = [
        float(given[at, place[truth[task]]]) if truth[task] in place else 0.0
        for at, task in enumerate(votes.tasks)
        if task in truth and at in voted
    ]
    return sum(told) / len(told) if told else None
