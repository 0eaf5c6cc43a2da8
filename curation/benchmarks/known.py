"""The seven benchmarks by their names."""

import re

from curation.benchmarks import judgebench, ppe_correctness, ppe_preference, rewardbench, rewardbench2, rmb, rmbench
from curation.benchmarks.items import Benchmark, BenchmarkError

BENCHMARKS: dict[str, Benchmark] = {
    module.BENCHMARK.name: module.BENCHMARK
    for module in (rewardbench, rewardbench2, ppe_preference, ppe_correctness, rmb, rmbench, judgebench)
}
ALIASES = {
    "rewardbench1": "rewardbench",
    "rewardbenchv1": "rewardbench",
    "rewardbenchv2": "rewardbench2",
    "ppepref": "ppe-preference",
    "ppehumanpreference": "ppe-preference",
    "ppehumanpreferencev1": "ppe-preference",
    "ppecorr": "ppe-correctness",
}


def benchmark(name: str) -> Benchmark:
    """By its name, whatever its capitals and dashes. Raises BenchmarkError."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    names = {re.sub(r"[^a-z0-9]", "", known): known for known in BENCHMARKS} | ALIASES
    if plain not in names:
        raise BenchmarkError(f"There is no benchmark {name!r}; known are {', '.join(BENCHMARKS)}.")
    return BENCHMARKS[names[plain]]
