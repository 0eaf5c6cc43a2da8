from collections import Counter
from itertools import combinations

import pytest

from tests.curation.reading import parse, reason, winner


def row(count: int, **more):
    return {"prompt": "p", "responses": [f"r{number}" for number in range(count)], **more}


def contents(pair):
    return frozenset((pair.response_a[0]["content"], pair.response_b[0]["content"]))


@pytest.mark.parametrize("count", [2, 3, 4, 7, 8])
def test_all_pairs_once_in_one_group(count):
    pairs, reasons = parse(row(count))
    names = [f"r{number}" for number in range(count)]
    assert not reasons
    assert Counter(map(contents, pairs)) == Counter(frozenset(two) for two in combinations(names, 2))
    assert {bool(pair.group) for pair in pairs} == {count > 2}
    assert len({pair.group for pair in pairs}) == 1


@pytest.mark.parametrize(("count", "select"), [(8, 4), (8, 8), (7, 7), (5, 3)])
def test_a_chosen_number_is_spread(count, select):
    pairs, _ = parse(row(count), select=select)
    used = Counter(name for pair in pairs for name in contents(pair))
    assert len(set(map(contents, pairs))) == select
    assert max(used.values()) - min(used.get(f"r{number}", 0) for number in range(count)) <= 1


def test_the_choice_does_not_depend_on_the_order_of_the_row():
    forth, _ = parse(row(9), select=4)
    back, _ = parse({"prompt": "p", "responses": row(9)["responses"][::-1]}, select=4)
    assert {pair.digest for pair in forth} == {pair.digest for pair in back}
    assert {pair.group for pair in forth} == {pair.group for pair in back}


def test_labels_scores_and_models_follow_their_response():
    pairs, _ = parse(row(4, scores=[0.1, 3, 3, -2], models=["m0", "m1", "m2", "m3"]))
    assert Counter(pair.source_label == "equal" for pair in pairs) == {True: 1, False: 5}
    for pair in pairs:
        for side, response in (("a", pair.response_a), ("b", pair.response_b)):
            number = int(response[0]["content"][1:])
            assert pair.extra[f"position_{side}"] == number
            assert pair.extra[f"model_{side}"] == f"m{number}"
            assert pair.scores[f"score_{side}"] == [0.1, 3, 3, -2][number]
        if pair.source_label != "equal":
            assert pair.scores[f"score_{pair.source_label}"] == max(pair.scores.values())


def test_ranks_are_no_scores():
    pairs, _ = parse(row(3, ranks=[3, 1, 2]))
    assert {pair.scores for pair in pairs} == {None}
    assert Counter(winner(pair)[0]["content"] for pair in pairs) == {"r1": 2, "r2": 1}


def test_good_responses_land_beside_bad_ones():
    pairs, reasons = parse({"prompt": "p", "responses": ["x", None, "y", "x", True]})
    assert [contents(pair) for pair in pairs] == [{"x", "y"}]
    assert reasons == [
        "response 2 is null, not text or a list of messages",
        "response 5 is the JSON value true, not text or a list of messages",
        "the responses 1 and 4 are identical, one is kept",
    ]


def test_lists_may_come_as_json_text():
    pairs, _ = parse({"prompt": "p", "responses": '["x", "y"]', "scores": "[1, 2]"})
    assert winner(pairs[0])[0]["content"] == "y"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"responses": ["x"]}, "a pair needs two"),
        ({"responses": "x"}, "not a JSON list"),
        ({"responses": None}, "not a list"),
        ({"responses": ["x", "x"]}, "identical"),
        ({"scores": [1]}, "1 entries for 3 responses"),
        ({"responses": [f"r{number}" for number in range(65)]}, "too many"),
    ],
)
def test_what_cannot_be_expanded(change, words):
    assert words in reason(row(3) | change)
