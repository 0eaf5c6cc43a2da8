"""Values worked out by hand. Two people, four tasks: aa, ab, bb, bb."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from curation.agreement import fleiss, gwet, krippendorff
from curation.agreement.bootstrap import alike, estimate
from curation.agreement.cohen import cohen, kappa, pairs_of_people
from curation.agreement.percent import percent
from curation.agreement.report import coefficients, in_order, repeats
from curation.agreement.votes import Codes, Votes
from curation.agreement.weights import identity, ordinal

FOUR = ["aa", "ab", "bb", "bb"]


def votes_of(rows: list[str], labels: str | None = None) -> Votes:
    """A task a word, a worker a letter's place; a dot is a missing cell."""
    given = ((str(task), f"w{worker}", label) for task, row in enumerate(rows) for worker, label in enumerate(row))
    return Votes.of((vote for vote in given if vote[2] != "."), labels=labels)


def values(rows: list[str]) -> dict[str, float | None]:
    return {name: one.value for name, one in coefficients(*alike(votes_of(rows).counts())).items()}


def close(*fractions: tuple[int, int]) -> Any:
    return pytest.approx([float(Fraction(*one)) for one in fractions], abs=1e-12)


def test_two_people_by_hand() -> None:
    # Labels given: 3 a and 5 b. Chance: Fleiss 34/64, Gwet 30/64, Brennan-Prediger 1/2.
    # Krippendorff: observed 2/8, expected 2 * 3 * 5 / (8 * 7).
    assert list(values(FOUR)) == [
        "percent_agreement",
        "fleiss_generalised",
        "krippendorff_alpha",
        "gwet_ac1",
        "brennan_prediger",
    ]
    assert list(values(FOUR).values()) == close((3, 4), (7, 15), (8, 15), (9, 17), (1, 2))
    assert fleiss.fleiss(votes_of(FOUR).counts()) == pytest.approx(7 / 15, abs=1e-12)


def test_a_task_with_one_vote_counts_for_how_often_a_label_is_given_and_not_for_agreement() -> None:
    # Mean shares of the labels are now 1/2 and 1/2.
    assert list(values([*FOUR, "a."]).values()) == close((3, 4), (1, 2), (8, 15), (1, 2), (1, 2))
    assert fleiss.fleiss(votes_of([*FOUR, "a."]).counts()) is None


def test_cohen_by_hand() -> None:
    # The one gives a, a, b, b, the other a, b, b, b: chance is 1/2 * 1/4 + 1/2 * 3/4.
    ((one, other, table),) = pairs_of_people(votes_of(FOUR))
    assert (one, other, table.tolist()) == ("w0", "w1", [[1, 1], [0, 2]])
    found = cohen(table)
    assert found.value == pytest.approx(0.5, abs=1e-12)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= 0.5 <= found.high


def test_cohen_is_not_defined_without_a_common_task_or_with_one_label() -> None:
    tables = {f"{one}|{other}": table for one, other, table in pairs_of_people(votes_of(["aa.", "b.b", "a.b"]))}
    assert {pair: kappa(table) for pair, table in tables.items()} == {"w0|w1": None, "w0|w2": 0.0, "w1|w2": None}


def test_labels_in_order_by_hand() -> None:
    # Three labels, tasks 12 and 11. Weights: 1, 2/3 for neighbours, 0. Observed (2/3 + 1) / 2.
    # Chance: (3 + 4 * 2/3) / (3 * 2) * (3/4 * 1/4 + 1/4 * 3/4).
    found = in_order(*alike(votes_of(["12", "11"], labels="123").counts()))
    assert found["gwet_ac2"].value == pytest.approx(23 / 31, abs=1e-12)
    # Two labels that occur: an order does not matter. Observed 2/4, expected 2 * 3 * 1 / (4 * 3).
    assert found["krippendorff_alpha"].value == pytest.approx(0.0, abs=1e-12)


def test_a_label_that_nobody_gave_changes_chance_only_where_the_number_of_labels_does() -> None:
    two, three = (coefficients(*alike(votes_of(FOUR, labels=labels).counts())) for labels in ("ab", "abc"))
    same = {name for name in two if two[name].value == pytest.approx(three[name].value, abs=1e-12)}
    assert same == {"percent_agreement", "fleiss_generalised", "krippendorff_alpha"}


@pytest.mark.parametrize("rows", [["a.", ".b"], ["a"]], ids=["nobody shares a task", "one person"])
def test_nothing_is_defined_where_no_task_has_two_votes(rows: list[str]) -> None:
    counts = votes_of(rows).counts()
    assert set(values(rows).values()) == {None}
    assert fleiss.fleiss(counts) is None
    assert {one.value for one in in_order(*alike(counts)).values()} == {None}


def test_only_percent_is_defined_where_one_label_occurs() -> None:
    found = values(["aa", "aa", "aa"])
    assert found.pop("percent_agreement") == 1.0
    assert set(found.values()) == {None}
    assert fleiss.fleiss(votes_of(["aa", "aa"]).counts()) is None


def test_perfect_agreement_is_1_and_the_opposite_of_it_below_0() -> None:
    assert list(values(["aa", "bb"]).values()) == pytest.approx([1.0] * 5)
    counts = votes_of(["ab", "ba"]).counts()
    assert [one.value for one in coefficients(*alike(counts)).values()] == pytest.approx([0.0, -1.0, -0.5, -1.0, -1.0])


def test_weights() -> None:
    assert ordinal(1).tolist() == [[1.0]]
    assert ordinal(2).tolist() == identity(2).tolist()
    assert ordinal(4)[0] == pytest.approx([1, 5 / 6, 1 / 2, 0])


def test_the_interval_is_that_of_a_share_where_tasks_agree_or_not() -> None:
    counts = votes_of(["aa"] * 80 + ["ab"] * 20).counts()
    found = estimate(*alike(counts), lambda kinds, times: percent(kinds, times, identity(2)))
    assert found.value == pytest.approx(0.8)
    assert found.low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.015)
    assert found.high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.015)


def test_there_is_no_interval_of_one_task() -> None:
    found = coefficients(*alike(votes_of(["ab", "a."]).counts()))
    assert {(one.low, one.high) for one in found.values()} == {(None, None)}


def random_counts(labels: int) -> Codes:
    return np.random.default_rng(7).integers(0, 3, size=(40, labels)) + np.eye(40, labels, dtype=np.int64)


@pytest.mark.parametrize("level", ["nominal", "ordinal"])
def test_a_draw_has_the_alpha_that_the_library_gives_to_the_tasks_drawn(level: Any) -> None:
    counts = random_counts(4)
    counts = counts[counts.any(axis=1)]
    times = np.random.default_rng(8).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=5)
    drawn = krippendorff.drawn(counts, times, level=level)
    expected = [krippendorff.alpha(counts, draw, level=level) for draw in times]
    assert drawn == pytest.approx(expected, abs=1e-12)


def test_a_draw_of_two_people_has_the_kappa_that_the_library_gives() -> None:
    table = np.array([[13, 0, 2], [1, 20, 7], [0, 4, 6]])
    assert cohen(table).value == pytest.approx(kappa(table), abs=1e-12)
    doubled = cohen(table * 100)
    assert doubled.value == pytest.approx(kappa(table), abs=1e-12)
    assert doubled.low == pytest.approx(kappa(table), abs=0.05)


def test_fleiss_with_every_cell_there_is_the_library_s() -> None:
    counts = np.random.default_rng(9).multinomial(5, [0.5, 0.3, 0.2], size=30)
    ours = fleiss.generalised(counts, np.ones((1, 30), dtype=np.int64), identity(3))[0]
    assert ours == pytest.approx(fleiss.fleiss(counts), abs=1e-12)


def test_ac2_with_weights_of_the_same_or_not_is_ac1() -> None:
    counts, times = random_counts(3), np.ones((1, 40), dtype=np.int64)
    assert gwet.ac(counts, times, identity(3))[0] == pytest.approx(
        coefficients(*alike(counts))["gwet_ac1"].value, abs=1e-12
    )


def test_people_who_repeat_themselves_count_once_and_agree_with_themselves() -> None:
    votes = Votes.of([("t", "w", "a"), ("t", "w", "b"), ("t", "w", "b"), ("t", "x", "b"), ("u", "x", "a")])
    assert votes.first().counts().tolist() == [[1, 1], [1, 0]]
    assert repeats(votes) == {"repeated": 1, "value": pytest.approx(1 / 3), "low": None, "high": None}
