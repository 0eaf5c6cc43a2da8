"""Krippendorff's alpha (Content Analysis, 4th ed. 2018, ch. 12): 1 - observed / expected disagreement."""

from typing import Literal

import evalica
import numpy as np
import pandas as pd

from curation.agreement.percent import over
from curation.agreement.votes import Codes
from curation.agreement.weights import Floats

Level = Literal["nominal", "ordinal"]
MOST_CELLS = 2_000_000  # evalica wants a full table of tasks x the most votes that a task has; else the same by `drawn`


def alpha(kinds: Codes, times: Codes, *, level: Level) -> float | None:
    """By evalica. Tasks with one vote do not count. Not defined where no task has two, or only one label occurs."""
    several = kinds.sum(axis=1) >= 2
    kinds, times = kinds[several], times[several]
    if np.count_nonzero(kinds.any(axis=0)) < 2:
        return None
    most = int(kinds.sum(axis=1).max())
    if most * int(times.sum()) > MOST_CELLS:
        return float(drawn(kinds, times[None, :], level=level)[0])
    return float(evalica.alpha(_table(np.repeat(kinds, times, axis=0), most), distance=level).alpha)


def _table(counts: Codes, most: int) -> pd.DataFrame:
    """Votes by task (columns). Whose vote it is does not matter to alpha, so each takes the first free row."""
    votes = counts.sum(axis=1)
    cells = np.full((len(counts), most), np.nan)
    cells[np.arange(most) < votes[:, None]] = np.repeat(
        np.tile(np.arange(counts.shape[1]), len(counts)), counts.ravel()
    )
    return pd.DataFrame(cells.T)


def drawn(counts: Codes, times: Codes, *, level: Level) -> Floats:
    """Alpha of every draw, for the bootstrap over tasks, which evalica does not have (it draws pairs of votes)."""
    several = counts.sum(axis=1) >= 2
    counts, times = counts[several], times[:, several]
    totals = times @ counts
    disagreement = {"nominal": _nominal, "ordinal": _ordinal}[level]
    observed, expected = disagreement(counts, times, totals)
    return 1 - over(observed * (totals.sum(axis=1) - 1), expected)


def _nominal(counts: Codes, times: Codes, totals: Codes) -> tuple[Floats, Floats]:
    votes = counts.sum(axis=1)
    each = votes - (counts * (counts - 1)).sum(axis=1) / (votes - 1)
    return times @ each, (totals.sum(axis=1) ** 2 - (totals**2).sum(axis=1)).astype(float)


def _ordinal(counts: Codes, times: Codes, totals: Codes) -> tuple[Floats, Floats]:
    """Labels lie apart by how many votes of the draw lie between them, squared."""
    labels = counts.shape[1]
    middle = totals.cumsum(axis=1) - totals / 2
    apart = (middle[:, :, None] - middle[:, None, :]) ** 2
    each = counts[:, :, None] * counts[:, None, :] / (counts.sum(axis=1) - 1)[:, None, None]
    coincidences = (times @ each.reshape(len(counts), -1)).reshape(-1, labels, labels)
    return (coincidences * apart).sum(axis=(1, 2)), np.einsum("bk,bl,bkl->b", totals, totals, apart)
