"""The table of votes, majorities, and files: bad ones are refused with their line."""

import gzip
from pathlib import Path

import pytest

from curation.agreement.majority import majority
from curation.agreement.reading import BadFile, read_truth, read_votes
from curation.agreement.votes import MOST_LABELS, TooManyLabels, Votes

GOOD = "task,worker,label\n1,ben,yes\n1,ana,no\n2,ana,no\n"


def test_names_are_sorted_and_codes_are_their_places() -> None:
    votes = Votes.of([("2", "ben", "no"), ("1", "ana", "yes"), ("1", "10", "no")])
    assert (votes.tasks, votes.workers, votes.labels) == (["2", "1"], ["10", "ana", "ben"], ["no", "yes"])
    assert [votes.task.tolist(), votes.worker.tolist(), votes.label.tolist()] == [[0, 1, 1], [2, 1, 0], [0, 1, 0]]
    assert votes.counts().tolist() == [[1, 0], [1, 1]]
    assert votes.where(votes.worker == 1).counts().tolist() == [[0, 1]]


def test_labels_that_are_no_categories_are_refused() -> None:
    with pytest.raises(TooManyLabels, match="are they categories"):
        Votes.of((str(at), "w", str(at)) for at in range(MOST_LABELS + 1))
    assert len(Votes.of((str(at), "w", str(at)) for at in range(MOST_LABELS))) == MOST_LABELS


def test_majority_tells_ties_apart_and_counts_repeated_votes() -> None:
    votes = Votes.of(
        [("t", "w", "a"), ("t", "w", "a"), ("t", "x", "b"), ("u", "w", "a"), ("u", "x", "b"), ("v", "x", "b")]
    )
    found = majority(votes, {"t": "a", "u": "b", "v": "a", "elsewhere": "a"})
    assert (found.distribution, found.ties, found.accuracy) == ({"a": 0.5, "b": 0.5}, 1, 0.5)
    assert majority(votes).accuracy is None
    assert majority(votes, {"u": "c"}).accuracy == 0.0


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "votes.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace("\n", "\r\n") + "\n\n",
        "label,note,worker, task \nyes,,ben,1\nno,x, ana ,1\nno,,ana,2\n",
        gzip.compress(GOOD.encode()),
    ],
    ids=["plain", "BOM", "CRLF and empty lines", "other order", "gzip"],
)
def test_a_good_file(tmp_path: Path, text: str | bytes) -> None:
    votes = read_votes(write(tmp_path, text))
    assert (votes.tasks, votes.workers, votes.labels) == (["1", "2"], ["ana", "ben"], ["no", "yes"])
    assert votes.counts().tolist() == [[1, 1], [1, 0]]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", r"line 1: the file is empty"),
        ("task,worker,label\n", r"line 2: there is no vote"),
        ("1,ana,yes\n2,ana,no\n", r"line 1: the header has no column task and no worker and no label"),
        ("task;worker;label\n1;ana;yes\n", r"line 1: the header has no column task.*needs task,worker,label"),
        ("task,task,worker,label\n", r"line 1: the first line must name each column once"),
        ("task,worker,label\n1,ana,yes\n1,ben\n", r"line 3: the row has 2 columns, the header 3"),
        ("task,worker,label\n1,ana,yes\n1, ,no\n", r"line 3: the worker is empty"),
        ('task,worker,label\n1,"ana\nmaria",yes\n,b,no\n', r"line 4: the task is empty"),
        ("task,worker,label\n1,an\u00e9,yes\n".encode("latin-1"), r"line 2: the worker is not UTF-8"),
        ('task,worker,label\n1,"ana"x,yes\n', r"line 2: not a valid row"),
        ("task,worker,label\n" + "1,,a\n" * 99, r"line 11: the worker is empty.\nThere may be more"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said) as refused:
        read_votes(write(tmp_path, text))
    assert "votes.csv" in str(refused.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match=r"no such file"):
        read_votes(tmp_path / "votes.csv")


def test_truth_may_repeat_itself_but_not_contradict_itself(tmp_path: Path) -> None:
    assert read_truth(write(tmp_path, "task,label\n1,a\n2,b\n1,a\n")) == {"1": "a", "2": "b"}
    with pytest.raises(BadFile, match=r"line 4: task '1' is 'b' here and 'a' before"):
        read_truth(write(tmp_path, "task,label\n1,a\n2,b\n1,b\n"))
    with pytest.raises(BadFile, match=r"line 2: there is no label"):
        read_truth(write(tmp_path, "task,label\n"))
