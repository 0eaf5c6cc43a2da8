"""Cohen's kappa (1960) of two people: chance by how often each of the two gives each label."""

from collections.abc import Iterator

import numpy as np
from statsmodels.stats.inter_rater import cohens_kappa

from curation.agreement.bootstrap import Estimate, interval
from curation.agreement.percent import beyond
from curation.agreement.votes import Codes, Votes
from curation.agreement.weights import Floats

MOST_WORKERS = 50


def pairs_of_people(votes: Votes) -> Iterator[tuple[str, str, Codes]]:
    """Of every two workers, in the order of their names, the labels x labels table of the tasks that both judged."""
    grid = np.full((len(votes.workers), len(votes.tasks)), -1, dtype=np.int64)
    first = votes.first()
    grid[first.worker, first.task] = first.label
    size = len(votes.labels)
    for one in range(len(grid)):
        for other in range(one + 1, len(grid)):
            both = (grid[one] >= 0) & (grid[other] >= 0)
            cells = np.bincount(grid[one, both] * size + grid[other, both], minlength=size * size)
            yield votes.workers[one], votes.workers[other], cells.reshape(size, size)


def kappa(table: Codes) -> float | None:
    """By statsmodels. Not defined without a common task, or where both gave one and the same label throughout."""
    said = table.sum(axis=0) + table.sum(axis=1)
    if np.count_nonzero(said) < 2:
        return None
    return float(cohens_kappa(table, return_results=False))


def cohen(table: Codes) -> Estimate:
    """With an interval by drawing the common tasks anew."""
    value = kappa(table)
    if value is None:
        return Estimate(None)
    cells = np.argwhere(table)
    votes = np.zeros((len(cells), 2 * len(table)), dtype=np.int64)  # one column a person and label
    np.put_along_axis(votes, cells + np.array([0, len(table)]), 1, axis=1)
    return Estimate(value, *interval(votes, table[table > 0], _drawn))


def _drawn(votes: Codes, times: Codes) -> Floats:
    size = votes.shape[1] // 2
    one, other = votes[:, :size], votes[:, size:]
    total = times.sum(axis=1)
    agreed = times @ (one * other).sum(axis=1) / total
    chance = ((times @ one) * (times @ other)).sum(axis=1) / total**2
    return beyond(agreed, chance)
