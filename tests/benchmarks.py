"""Results on benchmarks, recorded as the command records them."""

from hashlib import sha256
from typing import Any

from annotate.domain import benchmarks
from annotate.models import BenchmarkResult
from curation.benchmarks.published import TITLES


def report(benchmark: str = "judgebench", overall: float = 66.6667, **more: Any) -> dict[str, Any]:
    told = {
        "benchmark": benchmark,
        "n": 350,
        "overall": overall,
        "macro": overall,
        "ties": 1,
        "subsets": {"math": overall},
        "official": "share of all pairs",
        "mean": "mean of the four categories",
        "figures": [],
        "missing": [],
        "notes": [],
    }
    return told | more


def make_result(model: str, benchmark: str, overall: float, *, by: str | None = None, **more: Any) -> BenchmarkResult:
    return benchmarks.record(
        model=model,
        revision="sha256:" + "ab" * 32,
        answered="model",
        data=sha256(benchmark.encode()).hexdigest(),
        answers=sha256(f"{model} {benchmark} {overall}".encode()).hexdigest(),
        report=report(benchmark, overall, **more),
        by=by,
    )


def make_results(model: str, first: float, *, by: str | None = None) -> None:
    """One model on all seven, each a point higher than the one before."""
    for place, benchmark in enumerate(TITLES):
        make_result(model, benchmark, first + place, by=by)
