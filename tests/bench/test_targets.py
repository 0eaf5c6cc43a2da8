"""Targets are checked in the right direction, and only where something was measured."""

from bench import targets
from bench.load import spread
from bench.meter import grown


def test_which_way_a_target_points() -> None:
    scale = {"crowd": {"ratio": 1.5}, "lone": {"ratio": 1.51}}
    assert {name: one["met"] for name, one in targets.met({"scale": scale}).items()} == {
        "claim_ratio_crowd": True,
        "claim_ratio_lone": False,
    }
    assert targets.met({"machine": {}}) == {}


def test_half_the_floor_is_enough_and_a_little_less_is_not() -> None:
    gold = {
        "floor": {"rows_per_second": 1000},
        "assay": {"rows_per_second": 500, "memory": {"growth_mb": 3.0}},
    }
    assert targets.met({"gold": gold})["gold_of_floor"]["met"] is True
    gold["assay"]["rows_per_second"] = 499
    assert targets.met({"gold": gold})["gold_of_floor"]["met"] is False


def test_percentiles_of_answers() -> None:
    assert spread([float(n) for n in range(1, 101)]) == {"p50": 50.0, "p95": 95.0}
    assert spread([]) == {"p50": 0.0, "p95": 0.0}


def test_cpu_of_a_process_that_came_later_counts_whole_and_of_one_that_left_not_at_all() -> None:
    assert grown({1: 2.0, 2: 5.0}, {1: 2.5, 3: 1.0}) == 1.5
