"""What Assay promises (docs/bench.md), and whether this run kept it."""

from typing import Any

from bench import asking

Checked = dict[str, dict[str, Any]]


def met(found: dict[str, Any]) -> Checked:
    """Only what was measured is checked; `at_most` and `at_least` say which way."""
    checked: Checked = {}
    for part, check in CHECKS.items():
        if part in found:
            checked |= check(found[part])
    return checked


def _at_most(figure: float, limit: float, digits: int = 2) -> dict[str, Any]:
    return {"figure": round(figure, digits), "at_most": limit, "met": figure <= limit}


def _at_least(figure: float, limit: float) -> dict[str, Any]:
    return {"figure": round(figure, 2), "at_least": limit, "met": figure >= limit}


def _cycles(found: dict[str, Any]) -> Checked:
    checked = {f"cpu_ratio_at_{n}": _at_most(one["cpu_ratio"]["both"], 3) for n, one in found.items()}
    if "8" in found:
        checked["cycles_per_second_at_8"] = _at_least(found["8"]["assay"]["cycles_per_second"], 40)
    if "32" in found:
        checked["p95_ms_at_32"] = _at_most(found["32"]["assay"]["latency_ms"]["all"]["p95"], 150)
    return checked


def _exhausted(found: dict[str, Any]) -> Checked:
    return {"verdicts_exact": {"figure": found["verdicts"], "exactly": found["wanted"], "met": found["exact"]}}


def _import(found: dict[str, Any]) -> Checked:
    floor = found["floor"]["pairs_per_second"]
    return {
        "import_of_floor": _at_least(found["ndjson"]["pairs_per_second"] / floor, 0.5),
        "import_gzip_of_floor": _at_least(found["gzip"]["pairs_per_second"] / floor, 0.5),
        "import_growth_mb": _at_most(found["many"]["memory"]["growth_mb"], 100),
    }


def _gold(found: dict[str, Any]) -> Checked:
    ratio = found["assay"]["rows_per_second"] / found["floor"]["rows_per_second"]
    return {
        "gold_of_floor": _at_least(ratio, 0.5),
        "gold_growth_mb": _at_most(found["assay"]["memory"]["growth_mb"], 20),
    }


def _scale(found: dict[str, Any]) -> Checked:
    return {f"claim_ratio_{who}": _at_most(one["ratio"], 1.5) for who, one in found.items()}


def _agreement(found: dict[str, Any]) -> Checked:
    return {
        "agreement_seconds": _at_most(found["seconds"], 60),
        "agreement_peak_mb": _at_most(found["peak_mb"], 1024),
    }


def _assist(found: dict[str, Any]) -> Checked:
    checked: Checked = {}
    for kind in ("reward", "embed"):
        for name, one in found[kind].items():
            checked[f"{kind}_{name}_of_ideal"] = _at_least(one["of_ideal"], 0.9)
            checked[f"{kind}_{name}_of_naive"] = _at_least(one["of_naive"], 2)
        checked[f"{kind}_loop_share"] = _at_most(found["loop_share"][kind], 0.05)
    return checked


def _asking(found: dict[str, Any]) -> Checked:
    return {
        "asking_core_for_10_a_second": _at_most(found["core_for_10_a_second"], asking.MOST, digits=4),
        "asking_in_flight": _at_least(found["in_flight"], asking.IN_FLIGHT),
    }


def _page(found: dict[str, Any]) -> Checked:
    return {
        "page_kb": _at_most(found["kb"], 150),
        "page_server_ms_first": _at_most(found["server_ms"]["first"]["p50"], 50),
        "page_server_ms_again": _at_most(found["server_ms"]["again"]["p50"], 50),
        "page_first_paint_ms": _at_most(found["first_paint_ms"], 300),
        "page_layout_shift": _at_most(found["layout_shift"], 0),
        "page_next_layout_shift": _at_most(found["next_shift"] + found["next_shift_slow_network"], 0),
        "page_next_ms": _at_most(found["next_ms"]["p95"], 100),
        "page_next_ms_slow_network": _at_most(found["next_ms_slow_network"]["p95"], 100),
    }


CHECKS = {
    "cycles": _cycles,
    "exhausted": _exhausted,
    "import": _import,
    "gold": _gold,
    "scale": _scale,
    "agreement": _agreement,
    "assist": _assist,
    "asking": _asking,
    "page": _page,
}
