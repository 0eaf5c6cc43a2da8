"""Fleiss' kappa: chance by how often each label is given, the same for everybody. For two people it is Scott's pi."""

import numpy as np
from statsmodels.stats.inter_rater import fleiss_kappa

from curation.agreement.percent import beyond, percent, prevalence
from curation.agreement.votes import Codes
from curation.agreement.weights import Floats


def fleiss(counts: Codes) -> float | None:
    """Fleiss (1971), by statsmodels. Not defined where tasks differ in their number of votes, have but one, or where
    only one label occurs."""
    votes = counts.sum(axis=1)
    defined = len(votes) > 0 and votes.min() == votes.max() >= 2 and np.count_nonzero(counts.any(axis=0)) > 1
    return float(fleiss_kappa(counts)) if defined else None


def generalised(counts: Codes, times: Codes, weights: Floats) -> Floats:
    """With missing cells, and with weights (Gwet 2014, ch. 2 and 4). Chance: sum(weights * p_k p_l).

    Not defined where no task has two votes or only one label occurs.
    """
    shares = prevalence(counts, times)
    return beyond(percent(counts, times, weights), ((shares @ weights) * shares).sum(axis=1))
