"""Observed agreement: of two votes on the same task, how often they say the same.

Here and beside: `counts` is kinds of task x labels (how many votes of each), `times` is draws x kinds of task (how
often each is there). The answer has one value a draw, and is nan where the coefficient is not defined.
"""

import numpy as np

from curation.agreement.votes import Codes
from curation.agreement.weights import Floats


def percent(counts: Codes, times: Codes, weights: Floats) -> Floats:
    """Mean over tasks with two votes or more of the share of its pairs of votes that agree (Gwet 2014, eq. 2.6).

    Not defined where no task has two votes. Every task counts the same, however many votes it has.
    """
    votes = counts.sum(axis=1)
    several = votes >= 2
    counts, votes = counts[several], votes[several]
    near = counts @ weights  # of every label: votes for it, and for its neighbours by how near they are
    shares = (counts * (near - 1)).sum(axis=1) / (votes * (votes - 1))
    return over(times[:, several] @ shares, times[:, several].sum(axis=1))


def prevalence(counts: Codes, times: Codes) -> Floats:
    """Draws x labels: the mean over all tasks of each label's share of the task's votes."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    return over(times @ shares, times.sum(axis=1, keepdims=True))


def beyond(observed: Floats, chance: Floats) -> Floats:
    """(observed - chance) / (1 - chance): 1 is perfect, 0 is chance; not defined where chance is 1."""
    return over(observed - chance, 1 - chance)


def over(numerator: Floats, denominator: Floats) -> Floats:
    """Their quotient, nan where the denominator is 0 but for rounding."""
    defined = np.broadcast_to(np.abs(denominator) > 1e-12, np.shape(numerator))
    quotient: Floats = np.divide(numerator, denominator, out=np.full(np.shape(numerator), np.nan), where=defined)
    return quotient
