"""From data and answers to the official figures, and how they are told."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from curation.benchmarks.items import Benchmark, BenchmarkError, Item, Report

DIGITS = 4


def from_scores(benchmark: Benchmark, items: Sequence[Item], scores: Sequence[Sequence[float] | None]) -> Report:
    """Raises BenchmarkError where no item counts."""
    _require_items(items)
    return benchmark.report(items, [one or [] for one in scores])


def from_verdicts(
    benchmark: Benchmark, items: Sequence[Item], verdicts: Sequence[Sequence[str | None] | None]
) -> Report:
    """Raises BenchmarkError where the benchmark publishes no rule for judges."""
    if benchmark.judge is None:
        raise BenchmarkError(f"{benchmark.title} publishes no rule for verdicts in two orders; give scores.")
    _require_items(items)
    return benchmark.judge(items, [one or [] for one in verdicts])


def _require_items(items: Sequence[Item]) -> None:
    if not any(item.counts for item in items):
        raise BenchmarkError("No item of the data counts.")


def as_json(benchmark: Benchmark, report: Report) -> dict[str, Any]:
    """What programs rely on; all but the two counts in percent."""
    return {
        "benchmark": benchmark.name,
        "n": report.n,
        "overall": round(report.overall, DIGITS),
        "macro": round(report.macro, DIGITS),
        "ties": report.ties,
        "subsets": {name: round(value, DIGITS) for name, value in report.subsets.items()},
    }


def details(report: Report) -> dict[str, Any]:
    """What the two totals are, and everything that stands beside them."""
    return {
        "official": report.official,
        "mean": report.mean,
        "figures": [asdict(figure) | {"percent": round(figure.percent, DIGITS)} for figure in report.figures],
        "missing": report.missing,
        "notes": report.remarks,
    }


def score_lines(items: Sequence[Item], scores: Sequence[Sequence[float]]) -> bytes:
    """The scores file: one line an item in the order of the data, with what tells items of one id apart."""
    lines = [{"id": item.id, **_also(item), "scores": list(values)} for item, values in zip(items, scores, strict=True)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _also(item: Item) -> Mapping[str, str]:
    return {name: value for name, value in item.also.items() if name not in ("id", "scores")}


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()
