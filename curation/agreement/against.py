"""People against something that is no person: a model, or the label that was settled."""

from curation.agreement.bootstrap import Estimate, estimate
from curation.agreement.percent import beyond, over
from curation.agreement.votes import Codes
from curation.agreement.weights import Floats


def against(kinds: Codes, times: Codes) -> dict[str, Estimate]:
    """`kinds` x (its labels x theirs): how many people gave which label beside which of its own.

    Percent: the share of people's votes that are the same as its. Cohen's kappa: of it and people taken together. Both
    by votes, with intervals by drawing tasks.
    """
    size = round(kinds.shape[1] ** 0.5)
    return {
        "percent_agreement": estimate(kinds, times, lambda kinds, times: _agreed(kinds, times, size)),
        "cohen_kappa": estimate(kinds, times, lambda kinds, times: _kappa(kinds, times, size)),
    }


def _crossed(kinds: Codes, times: Codes, size: int) -> tuple[Floats, Floats]:
    """Draws x its labels x theirs, and votes a draw."""
    table = (times @ kinds).reshape(-1, size, size).astype(float)
    return table, table.sum(axis=(1, 2))


def _agreed(kinds: Codes, times: Codes, size: int) -> Floats:
    table, votes = _crossed(kinds, times, size)
    return over(table.trace(axis1=1, axis2=2), votes)


def _kappa(kinds: Codes, times: Codes, size: int) -> Floats:
    table, votes = _crossed(kinds, times, size)
    chance = over((table.sum(axis=1) * table.sum(axis=2)).sum(axis=1), votes**2)
    return beyond(_agreed(kinds, times, size), chance)
