"""What is true, how good each person is and how hard each task, from votes alone. By crowd-kit, so for workers only:
it brings transformers along.

Both models take all votes, those by which somebody repeats themselves too: a person's second look is one more vote
of a person of their quality.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from crowdkit.aggregation import GLAD, DawidSkene

from curation.agreement.votes import Votes
from curation.agreement.weights import Floats

ROUNDS = 100  # of expectation and maximisation
NEVER = -np.inf


@dataclass(frozen=True, slots=True, eq=False)
class LabelModel:
    """`posteriors`: tasks x labels; `priors`: labels; `errors`: per worker and given label (rows) the probability of
    giving it, by true label (columns)."""

    votes: Votes
    posteriors: Floats
    priors: Floats
    errors: pd.DataFrame

    def confusion(self, worker: str) -> Floats:
        """Labels given x true labels; a label this worker never gave has probability 0."""
        rows = self.errors.loc[self.votes.workers.index(worker)]
        every = range(len(self.votes.labels))
        table: Floats = rows.reindex(index=every, columns=every, fill_value=0).to_numpy(dtype=float)
        return table


@dataclass(frozen=True, slots=True, eq=False)
class Difficulty:
    """`posteriors`: tasks x labels; `ability`: of each worker, below 0 worse than chance; `ease`: of each task, its
    logarithm, the lower the harder."""

    posteriors: Floats
    ability: Floats
    ease: Floats


def dawid_skene(votes: Votes) -> LabelModel:
    """Dawid and Skene (1979): each person has a confusion matrix. From the shares of votes, ROUNDS rounds.

    crowd-kit's stop rule is off: its loss counts the prior once a vote, so it falls, and stops after two rounds.
    """
    with _quiet():
        model = DawidSkene(n_iter=ROUNDS, tol=NEVER).fit(_frame(votes))
    every = range(len(votes.labels))
    priors = pd.Series(model.priors_).reindex(every, fill_value=0)
    return LabelModel(votes, _table(votes, model.probas_), priors.to_numpy(dtype=float), pd.DataFrame(model.errors_))


def glad(votes: Votes) -> Difficulty | None:
    """Whitehill et al. (2009): P(right) = sigmoid(ability * exp(ease)). None with fewer than two labels."""
    if len(np.unique(votes.label)) < 2:
        return None
    with _quiet():
        model = GLAD(n_iter=ROUNDS).fit(_frame(votes))
    ability = model.alphas_.reindex(range(len(votes.workers)))
    ease = model.betas_.reindex(range(len(votes.tasks)))
    return Difficulty(_table(votes, model.probas_), ability.to_numpy(dtype=float), ease.to_numpy(dtype=float))


def likeliest(posteriors: Floats) -> Floats:
    """Tasks x labels: all of a task to its likeliest label, shared where several are equally likely."""
    best = np.isclose(posteriors, posteriors.max(axis=1, keepdims=True), rtol=0, atol=1e-9)
    shared: Floats = best / best.sum(axis=1, keepdims=True)
    return shared


def _frame(votes: Votes) -> pd.DataFrame:
    return pd.DataFrame({"task": votes.task, "worker": votes.worker, "label": votes.label})


def _table(votes: Votes, posteriors: "pd.DataFrame | None") -> Floats:
    """By task and label in the order of the table; tasks without votes nan, labels without votes 0."""
    assert posteriors is not None
    table = posteriors.reindex(index=range(len(votes.tasks)), columns=range(len(votes.labels)))
    voted = table.notna().any(axis=1)
    table.loc[voted] = table.loc[voted].fillna(0)
    found: Floats = table.to_numpy(dtype=float)
    return found


@contextmanager
def _quiet() -> Iterator[None]:
    """crowd-kit speaks to a pandas of two versions ago, which warns of every call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pd.errors.Pandas4Warning)
        yield
