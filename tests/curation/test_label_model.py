"""Dawid-Skene and GLAD find who is careful, who guesses and who says the opposite, from votes alone."""

import numpy as np
import pytest

from curation.agreement.majority import accuracy, majority
from curation.agreement.reading import read_truth, read_votes
from curation.agreement.votes import Vote, Votes
from curation.label_model import dawid_skene, glad, likeliest
from tests.curation.reading import shared

RIGHT = {"careful": 0.95, "good": 0.85, "guessing": 0.5, "opposite": 0.1, "second": 0.9}


def simulated(tasks: int = 200) -> tuple[Votes, dict[str, str]]:
    draw = np.random.default_rng(3)
    truth = {f"t{at}": "ab"[at % 2] for at in range(tasks)}
    votes: list[Vote] = [
        (task, worker, label if draw.random() < share else "ba"["ab".index(label)])
        for task, label in truth.items()
        for worker, share in RIGHT.items()
    ]
    return Votes.of(votes), truth


def test_dawid_skene_beats_the_majority_and_knows_everybody() -> None:
    votes, truth = simulated()
    model = dawid_skene(votes)
    most = majority(votes, truth).accuracy
    found = accuracy(votes, truth, likeliest(model.posteriors))
    assert found is not None
    assert most is not None
    assert found > most
    assert found > 0.95
    assert model.priors == pytest.approx([0.5, 0.5], abs=0.03)
    for worker, share in RIGHT.items():
        assert np.diag(model.confusion(worker)) == pytest.approx([share, share], abs=0.1), worker
        assert model.confusion(worker).sum(axis=0) == pytest.approx([1, 1])


def test_posteriors_are_by_task_and_label_and_sum_to_1() -> None:
    votes, _ = simulated(20)
    posteriors = dawid_skene(votes).posteriors
    assert posteriors.shape == (20, 2)
    assert posteriors.sum(axis=1) == pytest.approx(np.ones(20))


def test_repeated_votes_one_vote_and_one_label_are_taken() -> None:
    again = Votes.of([("t", "w", "a"), ("t", "w", "a"), ("t", "x", "b"), ("u", "x", "b")])
    assert dawid_skene(again).posteriors.shape == (2, 2)
    alone = Votes.of([("t", "w", "a")])
    assert dawid_skene(alone).posteriors.tolist() == [[1.0]]
    assert dawid_skene(alone).confusion("w").tolist() == [[1.0]]
    assert glad(alone) is None


def test_equally_likely_labels_share_a_task() -> None:
    assert likeliest(np.array([[0.4, 0.4, 0.2], [0.1, 0.2, 0.7]])).tolist() == [[0.5, 0.5, 0], [0, 0, 1]]


def test_glad_tells_ability_and_which_task_is_hard() -> None:
    rows = [(f"t{at}", f"good{one}", "ab"[at % 2]) for at in range(12) for one in range(4)]
    rows += [(f"t{at}", "coin", "ab"[at // 2 % 2]) for at in range(12)]
    rows += [("hard", f"good{one}", "ab"[one % 2]) for one in range(4)]
    votes = Votes.of(rows)
    model = glad(votes)
    assert model is not None
    assert votes.workers[int(model.ability.argmin())] == "coin"
    assert votes.tasks[int(model.ease.argmin())] == "hard"


def test_bluebirds() -> None:
    """Welinder et al. 2010: 108 photographs, 39 people; the majority has 82 right, Dawid-Skene 96 or 97."""
    votes, truth = read_votes(shared("bluebirds/votes.csv")), read_truth(shared("bluebirds/truth.csv"))
    found = accuracy(votes, truth, likeliest(dawid_skene(votes).posteriors))
    most = majority(votes, truth).accuracy
    assert found is not None
    assert most is not None
    assert round(108 * most) == 82
    assert 95 <= round(108 * found) <= 98
