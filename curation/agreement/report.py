"""All coefficients of a table of votes, as one plain dictionary. Shares are fractions, None is not defined."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from curation.agreement import fleiss, gwet, krippendorff
from curation.agreement.bootstrap import Estimate, alike, estimate
from curation.agreement.cohen import MOST_WORKERS, cohen, pairs_of_people
from curation.agreement.krippendorff import Level
from curation.agreement.majority import majority
from curation.agreement.percent import percent
from curation.agreement.votes import Codes, Votes
from curation.agreement.weights import identity, ordinal

Told = dict[str, Any]


def nominal(votes: Votes, truth: Mapping[str, str] | None = None) -> Told:
    """For labels without an order. Between people a repeated vote does not count, in the majority it does."""
    counts = votes.first().counts()
    found = coefficients(*alike(counts))
    people = {f"{one}|{other}": cohen(table) for one, other, table in _people(votes)}
    most = majority(votes, truth)
    return {
        "tasks": len(counts),
        "workers": len(set(votes.worker.tolist())),
        "votes": len(votes),
        "percent_agreement": found["percent_agreement"].value,
        "cohen_kappa": {pair: one.value for pair, one in people.items()} if _few(votes) else None,
        "fleiss_kappa": fleiss.fleiss(counts),
        "fleiss_generalised": found["fleiss_generalised"].value,
        "krippendorff_alpha": _told(found["krippendorff_alpha"], "nominal"),
        "gwet_ac1": found["gwet_ac1"].value,
        "brennan_prediger": found["brennan_prediger"].value,
        "intervals": {name: [one.low, one.high] for name, one in found.items()}
        | {"cohen_kappa": {pair: [one.low, one.high] for pair, one in people.items()} if _few(votes) else None},
        "self_agreement": repeats(votes),
        "majority": {"distribution": most.distribution, "ties": most.ties, "accuracy": most.accuracy},
    }


def coefficients(kinds: Codes, times: Codes) -> dict[str, Estimate]:
    """What does not ask who voted, of kinds of tasks and how many there are of each."""
    same = identity(kinds.shape[1])
    return {
        "percent_agreement": estimate(kinds, times, lambda kinds, times: percent(kinds, times, same)),
        "fleiss_generalised": estimate(kinds, times, lambda kinds, times: fleiss.generalised(kinds, times, same)),
        "krippendorff_alpha": _alpha(kinds, times, "nominal"),
        "gwet_ac1": estimate(kinds, times, lambda kinds, times: gwet.ac(kinds, times, same)),
        "brennan_prediger": estimate(kinds, times, lambda kinds, times: gwet.brennan_prediger(kinds, times, same)),
    }


def in_order(kinds: Codes, times: Codes) -> dict[str, Estimate]:
    """For labels that have an order, in which the columns stand; those that nobody gave included."""
    near = ordinal(kinds.shape[1])
    return {
        "krippendorff_alpha": _alpha(kinds, times, "ordinal"),
        "gwet_ac2": estimate(kinds, times, lambda kinds, times: gwet.ac(kinds, times, near)),
    }


def ordered(votes: Votes) -> Told:
    """The coefficients in order as `nominal` tells its own."""
    counts = votes.first().counts()
    found = in_order(*alike(counts))
    return {
        "tasks": len(counts),
        "votes": len(votes),
        "krippendorff_alpha": _told(found["krippendorff_alpha"], "ordinal"),
        "gwet_ac2": {"value": (ac2 := found["gwet_ac2"]).value, "low": ac2.low, "high": ac2.high},
    }


def repeats(votes: Votes) -> Told:
    """How often people say the same when they vote again on the same task: over (person, task), the share of pairs
    of such votes that agree. None where nobody did."""
    _, looks, often = np.unique(votes.task * len(votes.workers) + votes.worker, return_inverse=True, return_counts=True)
    wanted = often[looks] >= 2
    _, looks = np.unique(looks[wanted], return_inverse=True)
    size = len(votes.labels)
    again = np.zeros((int((often >= 2).sum()), size), dtype=np.int64)
    np.add.at(again, (looks, votes.label[wanted]), 1)
    found = estimate(*alike(again), lambda kinds, times: percent(kinds, times, identity(size)))
    return {"repeated": len(again), "value": found.value, "low": found.low, "high": found.high}


def _alpha(kinds: Codes, times: Codes, level: Level) -> Estimate:
    value = krippendorff.alpha(kinds, times, level=level)
    if value is None:
        return Estimate(None)
    return estimate(kinds, times, lambda kinds, times: krippendorff.drawn(kinds, times, level=level), value=value)


def _told(found: Estimate, level: Level) -> Told:
    return {level: found.value, "low": found.low, "high": found.high}


def _few(votes: Votes) -> bool:
    return len(votes.workers) <= MOST_WORKERS


def _people(votes: Votes) -> Any:
    return pairs_of_people(votes) if _few(votes) else ()
