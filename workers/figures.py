"""Stored figures on agreement: tallies brought up to date, then every stale slice computed anew."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from annotate.domain import tallies
from annotate.domain.opinions import CHOICES
from annotate.domain.tallies import PEOPLE, Slice
from curation.agreement.against import against
from curation.agreement.bootstrap import Estimate
from curation.agreement.cohen import MOST_WORKERS, cohen
from curation.agreement.report import coefficients, in_order
from curation.agreement.votes import Codes
from workers.agreement import SCALE

SIDES = CHOICES[:2]
Kinds = Counter[tuple[str, ...]]
Found = tuple[dict[str, Estimate], int]  # coefficients, and the pairs they are of


def refresh(*, campaign_id: int) -> int:
    """How many slices were computed; 0 where another worker is at this campaign."""
    mark = tallies.lease(campaign_id=campaign_id)
    if mark is None:
        return 0
    try:
        tallies.absorb(mark=mark)
        stale: list[Slice] = [(dimension, value) for dimension, value in mark.stale]
        for dimension in sorted({dimension for dimension, _ in stale}):
            values = [value for name, value in stale if name == dimension]
            compute(mark, dimension, values)
        return len(stale)
    finally:
        tallies.release(mark=mark)


def compute(mark: Any, dimension: str, values: Sequence[str]) -> None:
    """All figures of these slices, one statement a fact whatever the number of slices."""
    figures = []
    for fact, (every, own, measure) in FACTS.items():
        columns = own if dimension == PEOPLE else every
        counted = tallies.kinds(campaign_id=mark.campaign_id, columns=columns, dimension=dimension, values=values)
        for value, kinds in counted.items():
            found, items = measure(kinds)
            figures += [
                tallies.figure(mark, fact, (dimension, value), name, (one.value, one.low, one.high), items)
                for name, one in found.items()
                if items
            ]
    done = [(dimension, value) for value in values]
    if dimension == PEOPLE and tallies.people(campaign_id=mark.campaign_id) <= MOST_WORKERS:
        kappas = _by_two(mark, values)
        done += [(one.dimension, one.slice) for one in kappas]
        figures += kappas
    tallies.store(mark=mark, done=done, figures=figures)


def _by_two(mark: Any, values: Sequence[str]) -> list[Any]:
    """Cohen's kappa of each two people of whom one's slice is stale."""
    figures = []
    for two, said in tallies.crossed(campaign_id=mark.campaign_id, values=values).items():
        table = np.zeros((len(CHOICES), len(CHOICES)), dtype=np.int64)
        for (one, other), n in said.items():
            table[CHOICES.index(one), CHOICES.index(other)] = n
        kappa = cohen(table)
        limits = (kappa.value, kappa.low, kappa.high)
        figures.append(tallies.figure(mark, "judgements", ("people", two), "cohen_kappa", limits, int(table.sum())))
    return figures


def _among_people(kinds: Kinds) -> Found:
    """Nominal on the choice, ordinal on signed strength."""
    nominal, times = _table([(choices, n) for (choices, _), n in kinds.items()], CHOICES)
    ordered, ordered_times = _table([(strengths, n) for (_, strengths), n in kinds.items()], SCALE)
    found = coefficients(nominal, times)
    on_order = in_order(ordered, ordered_times)
    found |= {"ordinal_alpha": on_order["krippendorff_alpha"], "gwet_ac2": on_order["gwet_ac2"]}
    return found, int(times[nominal.sum(axis=1) >= 2].sum())


def _against_reward(kinds: Kinds) -> Found:
    """Only where both the model and the person prefer a side."""
    return _against(kinds, SIDES)


def _against_settled(kinds: Kinds) -> Found:
    return _against(kinds, CHOICES)


def _against(kinds: Kinds, labels: Sequence[str]) -> Found:
    place = {label: at for at, label in enumerate(labels)}
    rows = [
        (np.bincount([place[its] * len(labels) + place[one] for one in said], minlength=len(labels) ** 2), n)
        for (its, choices), n in kinds.items()
        if its in place and (said := [one for one in (choices or "").split(",") if one in place])
    ]
    table = np.array([row for row, _ in rows], dtype=np.int64).reshape(-1, len(labels) ** 2)
    times = np.array([n for _, n in rows], dtype=np.int64)
    return against(table, times), int(times.sum())


def _table(said: Sequence[tuple[str, int]], labels: Sequence[str]) -> tuple[Codes, Codes]:
    """Kinds of pairs x labels, and how many pairs of each; pairs of which nothing was said left out."""
    place = {label: at for at, label in enumerate(labels)}
    merged: Counter[str] = Counter()
    for text, n in said:
        merged[text] += n
    merged.pop("", None)
    rows = [np.bincount([place[one] for one in text.split(",")], minlength=len(labels)) for text in merged]
    return np.array(rows, dtype=np.int64).reshape(-1, len(labels)), np.array(list(merged.values()), dtype=np.int64)


JUDGED, DECIDED = ("judged", "judged_strengths"), ("decided", "decided_strengths")
OWN = "pair__claims__judgement"
# By fact: from which columns it is counted, from which of one person alone, and how. Somebody's agreement with others
# is that of all who said something of their pairs; against what is no person only their own choices count.
FACTS: dict[str, tuple[Sequence[str], Sequence[str], Callable[[Kinds], Found]]] = {
    "judgements": (JUDGED, JUDGED, _among_people),
    "verdicts": (DECIDED, DECIDED, _among_people),
    "reward": (("reward", "judged"), ("reward", f"{OWN}__choice"), _against_reward),
    "settled": (("settled", "decided"), ("settled", f"{OWN}__verdict__choice"), _against_settled),
}
