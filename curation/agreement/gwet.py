"""Gwet's AC1 and AC2 (2008; Handbook of Inter-Rater Reliability, 4th ed. 2014, ch. 2 to 4), Brennan and Prediger.

Both define chance by the number of labels, so labels that could be given and were not belong into `counts`.
"""

from curation.agreement.percent import beyond, percent, prevalence
from curation.agreement.votes import Codes
from curation.agreement.weights import Floats


def ac(counts: Codes, times: Codes, weights: Floats) -> Floats:
    """AC1 with identity weights, AC2 with others. Chance: sum(weights) / (q (q - 1)) * sum(p (1 - p)) for q labels.

    Not defined with one label, or where no task has two votes.
    """
    labels = counts.shape[1]
    shares = prevalence(counts, times)
    chance = (shares * (1 - shares)).sum(axis=1) * weights.sum() / max(labels * (labels - 1), 1)
    observed = percent(counts, times, weights)
    return beyond(observed, chance) if labels > 1 else observed * float("nan")


def brennan_prediger(counts: Codes, times: Codes, weights: Floats) -> Floats:
    """Every label as likely as any other by chance: sum(weights) / q^2 (Brennan and Prediger 1981).

    Not defined with one label, or where no task has two votes.
    """
    observed = percent(counts, times, weights)
    return beyond(observed, observed * 0 + weights.sum() / weights.size)
