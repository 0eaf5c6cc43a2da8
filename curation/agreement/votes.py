"""A table of votes: who said what of which task. Missing cells are votes that nobody gave."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]
Vote = tuple[str, str, str]  # task, worker, label
MOST_LABELS = 1000  # tables are tasks x labels


class TooManyLabels(ValueError):
    """The labels are no categories: there are more than MOST_LABELS different ones."""


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """One entry a vote in `task`, `worker` and `label`, each a place in `tasks`, `workers` and `labels`."""

    tasks: Sequence[str]
    workers: Sequence[str]
    labels: Sequence[str]
    task: Codes
    worker: Codes
    label: Codes

    @classmethod
    def of(cls, votes: Iterable[Vote], *, labels: Sequence[str] | None = None) -> "Votes":
        """Workers and labels sorted as text, unless `labels` gives the labels in their order, unused ones included."""
        tasks: dict[str, int] = {}
        workers: dict[str, int] = {}
        found = {label: at for at, label in enumerate(labels or ())}
        rows = [
            (tasks.setdefault(task, len(tasks)), workers.setdefault(worker, len(workers)), _code(found, label, labels))
            for task, worker, label in votes
        ]
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        worker_names, worker = _sorted(workers, table[:, 1])
        label_names, label = _sorted(found, table[:, 2]) if labels is None else (list(labels), table[:, 2])
        return cls(list(tasks), worker_names, label_names, table[:, 0], worker, label)

    def __len__(self) -> int:
        return len(self.task)

    def where(self, wanted: npt.NDArray[np.bool_]) -> "Votes":
        """Of these votes those that are wanted. The names stay, so that a slice has the labels of the whole."""
        return replace(self, task=self.task[wanted], worker=self.worker[wanted], label=self.label[wanted])

    def first(self) -> "Votes":
        """Without the votes by which somebody repeats themselves: the first of each worker on each task."""
        wanted = np.zeros(len(self), dtype=bool)
        wanted[np.unique(self.task * len(self.workers) + self.worker, return_index=True)[1]] = True
        return self.where(wanted)

    def counts(self) -> Codes:
        """Tasks x labels: how many votes of each kind; tasks without any left out."""
        shape = (len(self.tasks), len(self.labels))
        cells = np.bincount(self.task * shape[1] + self.label, minlength=shape[0] * shape[1]).reshape(shape)
        return cells[cells.any(axis=1)]


def _code(found: dict[str, int], label: str, fixed: Sequence[str] | None) -> int:
    if fixed is not None:
        return found[label]
    if len(found) == MOST_LABELS and label not in found:
        raise TooManyLabels(f"there are more than {MOST_LABELS} different labels: are they categories?")
    return found.setdefault(label, len(found))


def _sorted(names: dict[str, int], codes: Any) -> tuple[list[str], Codes]:
    """Names in their order as text, and the codes by that order."""
    order = sorted(names)
    place = np.empty(len(names), dtype=np.int64)
    place[[names[name] for name in order]] = np.arange(len(names))
    return order, place[codes]
