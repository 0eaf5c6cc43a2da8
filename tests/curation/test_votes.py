"""Votes within a model and across models, and what the position of a candidate does."""

import pytest

from curation.guideline import for_judges
from curation.votes import Position, Vote, across, position, within


@pytest.mark.parametrize(
    ("samples", "choice", "share"),
    [
        (["a"], "a", 1.0),
        (["a", "b", "a"], "a", 2 / 3),
        (["b", "b", "undecided"], "b", 2 / 3),
        (["a", "b"], "undecided", 0),
        (["a", "undecided"], "a", 1 / 2),
        (["a", "undecided", "undecided"], "undecided", 0),
        (["undecided"], "undecided", 0),
        ([], "undecided", 0),
    ],
)
def test_within_a_model(samples: list[str], choice: str, share: float) -> None:
    vote = within(samples)
    assert (vote.choice, vote.share) == (choice, share)
    assert sum(vote.votes.values()) == len(samples)


def vote(choice: str) -> Vote:
    return within([choice])


def test_each_model_counts_once_however_many_samples_it_had() -> None:
    sure, other, third = within(["a"] * 9), vote("b"), vote("b")
    assert across({"one": sure, "two": other, "three": third}).choice == "b"
    assert across({"one": sure, "two": other}).choice == "undecided"


def test_weights() -> None:
    models = {"large": vote("a"), "small": vote("b"), "tiny": vote("b")}
    assert across(models, weights={"large": 3}).choice == "a"
    assert across(models, weights={"large": 2}).choice == "undecided"
    with pytest.raises(ValueError, match="less than nothing"):
        across(models, weights={"tiny": -1})


def test_a_mirrored_vote_is_the_mirror_image() -> None:
    mirror = {"a": "b", "b": "a", "undecided": "undecided"}
    for samples in (["a", "a", "b"], ["a", "undecided"], ["b", "a"], ["undecided"]):
        assert within(mirror[one] for one in samples).choice == mirror[within(samples).choice]


def test_the_first_candidates_share() -> None:
    always_first = position([("ab", "a"), ("ba", "b"), ("ab", "a"), ("ba", "undecided")])
    assert always_first == Position(first=3, clear=3)
    fair = position([("ab", "a"), ("ba", "a")])
    assert (fair.share, (always_first + fair).share) == (1 / 2, 4 / 5)
    assert position([("ab", "undecided")]).share is None


def test_judges_are_not_told_about_helpers() -> None:
    text = (
        "Judge by the guideline, not by taste. You may use a search engine and assistants.\n\n"
        "Relying on a language model alone is forbidden. Read to the end."
    )
    assert for_judges(text) == "Judge by the guideline, not by taste.\n\nRead to the end."
    assert for_judges("请按指南判断。可以使用搜索引擎。读到最后。") == "请按指南判断。读到最后。"
    assert for_judges("Above 3.5 it counts. See a.b! Or not") == "Above 3.5 it counts. See a.b! Or not"
