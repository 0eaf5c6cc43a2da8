"""PPE, correctness (Frick et al. 2024, arXiv 2410.14872): 32 sampled responses a prompt, each known right or wrong.

The total is the pairwise accuracy on the sampled conflict pairs (places from 0), in each of the five sets, then their
plain mean. Best-of-K and the area under the ROC curve stand beside it.
"""

import re
from collections.abc import Sequence
from itertools import chain
from math import comb
from pathlib import PurePath

import numpy as np

from curation.benchmarks import fields
from curation.benchmarks.items import (
    Benchmark,
    Figure,
    Item,
    Report,
    Row,
    Scores,
    absent,
    by_subset,
    mean,
    ordered,
    percent,
)  # fmt: skip
from curation.benchmarks.pairs import strictly
from curation.pairs import Conversation, RowError

SETS = ("MMLU-Pro", "MATH", "GPQA", "MBPP-Plus", "IFEval")
COLUMNS = {
    "MMLU-Pro": {"options", "answer_index"},
    "MATH": {"problem", "level"},
    "GPQA": {"canary_string"},
    "MBPP-Plus": {"test_list", "source_file"},
    "IFEval": {"instruction_id_list"},
}
SPELLINGS = {"mmlupro": "MMLU-Pro", "gpqa": "GPQA", "mbpp": "MBPP-Plus", "ifeval": "IFEval", "math": "MATH"}
CURVE = (1, 2, 4, 8, 16, 32)


def read(row: Row, path: str) -> Item:
    labels, pairs = _labels(row), _pairs(row)
    for i, j in pairs:
        if not (min(i, j) >= 0 and max(i, j) < len(labels)):
            raise RowError(f"the conflict pair [{i}, {j}] names no response; places go from 0 to {len(labels) - 1}")
        if labels[i] == labels[j]:
            raise RowError(
                f"the conflict pair [{i}, {j}] is none: both responses are {'right' if labels[i] else 'wrong'}"
            )
    found = set_of(row, path)
    also = {"subset": found} | ({"model_name": str(row["model_name"])} if row.get("model_name") else {})
    return Item(fields.identity(row, "question_id"), found, len(labels), row, also=also)


def set_of(row: Row, path: str) -> str:
    """Which of the five: said by a field `subset`, else by the published columns, else by the file's path."""
    if named := _spelt(str(row.get("subset") or "")):
        return named
    for name, columns in COLUMNS.items():
        if columns <= set(row):
            return name
    for part in reversed(PurePath(path).parts):
        if named := _spelt(part):
            return named
    raise RowError(f"which set this is cannot be told; name it in the file's path or a field subset: {', '.join(SETS)}")


def _spelt(words: str) -> str | None:
    plain = re.sub(r"[^a-z0-9]", "", words.lower())
    return next((name for spelling, name in SPELLINGS.items() if spelling in plain), None)


def _labels(row: Row) -> list[bool]:
    found = fields.listing(row, "scores")
    if not all(one in (0, 1) for one in found):
        raise RowError("scores, the labels of the responses, must be true and false")
    return [bool(one) for one in found]


def _pairs(row: Row) -> list[tuple[int, int]]:
    found = fields.listing(row, "sampled_conflict_pairs")
    try:
        return [(int(i), int(j)) for i, j in found]
    except (TypeError, ValueError):
        raise RowError("sampled_conflict_pairs must be a list of pairs of places") from None


def texts(item: Item) -> tuple[Conversation, list[str]]:
    return fields.prompt(item.row, "prompt"), [fields.text(item.row, f"response_{n + 1}") for n in range(item.size)]


def report(items: Sequence[Item], scores: Scores) -> Report:
    pairs = [_compared(item, values) for item, values in zip(items, scores, strict=True)]
    owners = [item for item, those in zip(items, pairs, strict=True) for _ in those]
    flat = list(chain.from_iterable(pairs))
    found = {name: percent(those) for name, those in by_subset(owners, [strictly(*pair) for pair in flat]).items()}
    total = mean(found.values())
    return Report(
        n=len(items),
        overall=total,
        macro=total,
        ties=sum(right == wrong for right, wrong in flat),
        subsets=ordered(found, SETS),
        official="mean of the sets' pairwise accuracy on the conflict pairs",
        mean="mean of the sets",
        figures=[
            Figure("share of all conflict pairs", percent(strictly(*pair) for pair in flat)),
            *_beside(items, scores),
        ],
        missing=absent(found, SETS),
    )


def _compared(item: Item, values: Sequence[float]) -> list[tuple[float, float]]:
    """The score of the right response and of the wrong one, a conflict pair each."""
    labels = _labels(item.row)
    return [(values[i], values[j]) if labels[i] else (values[j], values[i]) for i, j in _pairs(item.row)]


def _beside(items: Sequence[Item], scores: Scores) -> list[Figure]:
    """Means of the sets' means over their prompts."""
    labels = [_labels(item.row) for item in items]
    measures = {
        f"best of {k}": [best_of(k, values, those) for values, those in zip(scores, labels, strict=True)]
        for k in CURVE
        if all(k <= item.size for item in items)
    }
    measures["ROC AUC within a prompt"] = [auc(values, those) for values, those in zip(scores, labels, strict=True)]
    return [
        Figure(f"{name}, mean of the sets", mean(percent(those) for those in by_subset(items, values).values()))
        for name, values in measures.items()
    ]


def best_of(k: int, values: Sequence[float], labels: Sequence[bool]) -> float:
    """How often the highest of k responses, drawn without replacement, is right. Equal scores share the place."""
    order = np.asarray(values, dtype=float)
    total, chance = comb(len(values), k), 0.0
    for value in np.unique(order):
        up_to, below = int((order <= value).sum()), int((order < value).sum())
        share = (comb(up_to, k) - comb(below, k)) / total
        chance += share * float(np.asarray(labels, dtype=float)[order == value].mean())
    return chance


def auc(values: Sequence[float], labels: Sequence[bool]) -> float:
    """The chance that a right response scores above a wrong one, an equal score counting half; 0.5 without either."""
    right = np.asarray(values, dtype=float)[np.asarray(labels)]
    wrong = np.asarray(values, dtype=float)[~np.asarray(labels)]
    if not right.size or not wrong.size:
        return 0.5
    gap = right[:, None] - wrong[None, :]
    return float(((gap > 0) + 0.5 * (gap == 0)).mean())


BENCHMARK = Benchmark(
    name="ppe-correctness",
    title="PPE Correctness",
    scores="response_1, ..., response_32",
    categories=SETS,
    read=read,
    texts=texts,
    report=report,
)
