"""`manage.py agreement`: any file of votes, or a campaign's own judgements and verdicts."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotate.domain import leases, protocol
from annotate.domain.protocol import Said
from annotate.domain.record import pseudonym
from annotate.models import User
from tests.cast import Cast, make_cast, make_pair
from tests.curation.reading import shared
from tests.gold import decide

KEYS = {
    "tasks", "workers", "votes", "percent_agreement", "cohen_kappa", "fleiss_kappa", "fleiss_generalised",
    "krippendorff_alpha", "gwet_ac1", "brennan_prediger", "intervals", "self_agreement", "majority", "dawid_skene",
}  # fmt: skip
FOUR = "task,worker,label\n" + "".join(
    f"{task},{worker},{label}\n"
    for task, row in enumerate(["aa", "ab", "bb", "bb"])
    for worker, label in zip("xw", row, strict=True)
)


def agreement(*arguments: str) -> str:
    out = StringIO()
    call_command("agreement", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def told(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(agreement(*arguments, "--json"))
    return found


def write(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


def test_the_keys_and_values_of_a_small_file(tmp_path: Path) -> None:
    truth = write(tmp_path / "truth.csv", "task,label\n0,a\n1,b\n2,b\n9,a\n")
    found = told("--votes", write(tmp_path / "votes.csv", FOUR), "--truth", truth)
    assert set(found) == KEYS
    assert (found["tasks"], found["workers"], found["votes"]) == (4, 2, 8)
    assert found["cohen_kappa"] == {"w|x": pytest.approx(0.5)}
    assert found["fleiss_kappa"] == pytest.approx(7 / 15)
    assert set(found["krippendorff_alpha"]) == {"nominal", "low", "high"}
    assert found["krippendorff_alpha"]["nominal"] == pytest.approx(8 / 15)
    assert found["gwet_ac1"] == pytest.approx(9 / 17)
    assert found["percent_agreement"] == pytest.approx(0.75)
    assert found["majority"] == {
        "distribution": {"a": pytest.approx(1 / 3), "b": pytest.approx(2 / 3)},
        "ties": 1,
        "accuracy": pytest.approx(2.5 / 3),
    }
    assert set(found["dawid_skene"]) == {"accuracy", "class_priors"}
    assert sum(found["dawid_skene"]["class_priors"].values()) == pytest.approx(1)


def test_figures_are_told_in_lines(tmp_path: Path) -> None:
    said = agreement("--votes", write(tmp_path / "votes.csv", FOUR + "3,w,a\n"))
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert lines[0] == "4 tasks, 2 workers, 9 votes"
    assert any(line.startswith("Cohen's kappa w|x 0.5000 (") for line in lines)
    assert "self-agreement (1 repeated) 0.0000" in lines
    assert "majority: a 0.3333, b 0.6667" in lines


def test_more_than_fifty_workers_are_not_compared_one_by_one(tmp_path: Path) -> None:
    rows = "".join(f"{at % 5},w{at},{'ab'[at % 2]}\n" for at in range(51))
    found = told("--votes", write(tmp_path / "votes.csv", "task,worker,label\n" + rows))
    assert found["cohen_kappa"] is None
    assert found["workers"] == 51
    assert found["majority"]["accuracy"] is None
    assert found["dawid_skene"]["accuracy"] is None


def test_difficulty_is_asked_for(tmp_path: Path) -> None:
    found = told("--votes", write(tmp_path / "votes.csv", FOUR), "--difficulty")
    assert set(found) == KEYS | {"glad"}
    assert set(found["glad"]["ability"]) == {"w", "x"}
    assert set(found["glad"]["ease"]) == {"0", "1", "2", "3"}


@pytest.mark.parametrize(
    ("votes", "truth", "said"),
    [
        ("task,worker\n1,a\n", None, r"votes.csv, line 1: the header has no column label"),
        ("task,worker,label\n1,a,\n", None, r"votes.csv, line 2: the label is empty"),
        (FOUR, "task,label\n1\n", r"truth.csv, line 2: the row has 1 columns"),
        (FOUR, "task,label\nelsewhere,a\n", r"No task of the truth has a vote"),
    ],
)
def test_bad_files_are_refused(tmp_path: Path, votes: str, truth: str | None, said: str) -> None:
    given = ["--votes", write(tmp_path / "votes.csv", votes)]
    given += ["--truth", write(tmp_path / "truth.csv", truth)] if truth else []
    with pytest.raises(CommandError, match=said):
        agreement(*given)


def test_a_label_spelt_otherwise_is_told(tmp_path: Path) -> None:
    err = StringIO()
    truth = write(tmp_path / "truth.csv", "task,label\n1,A\n")
    votes = write(tmp_path / "votes.csv", FOUR)
    call_command("agreement", "--votes", votes, "--truth", truth, stdout=StringIO(), stderr=err)
    assert err.getvalue() == "Labels of the truth that nobody gave: A\n"


def test_one_source_is_needed() -> None:
    with pytest.raises(CommandError, match="required"):
        agreement()
    with pytest.raises(CommandError, match="not allowed with"):
        agreement("--votes", "v", "--campaign", "c")


def judge(cast: Cast, user: User, first: str, final: str) -> None:
    """One pair from claim to verdict; canonical choices, `a` with strength 3."""
    claim, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert claim is not None
    for choice, act in ((first, protocol.judge), (final, protocol.decide)):
        side = {claim.left: "left"}.get(choice, "right") if choice in "ab" else choice
        strength = {"a": 3, "b": 1}.get(choice)
        act(
            claim_id=claim.pk,
            user=user,
            said=Said(choice=side, strength=strength, confidence=2, reason=f"Because of {choice}."),
        )


@pytest.mark.django_db
def test_a_campaign_before_and_after_the_reveal() -> None:
    cast = make_cast(third=False, slug="here")
    for number in range(3):
        make_pair(cast.campaign, number)
    for choices in (("a", "a"), ("b", "a"), ("equal", "equal")):
        judge(cast, cast.ana, *choices)
    for choices in (("a", "a"), ("a", "a"), ("undecidable", "equal")):
        judge(cast, cast.ben, *choices)
    found = told("--campaign", "here")
    assert set(found) == KEYS | {"ordinal", "verdicts"}
    assert set(found["verdicts"]) == KEYS | {"ordinal"}
    assert (found["tasks"], found["votes"]) == (3, 6)
    assert found["percent_agreement"] == pytest.approx(1 / 3)
    assert found["verdicts"]["percent_agreement"] == 1.0
    assert set(found["cohen_kappa"]) == {"|".join(sorted(pseudonym(user.pk) for user in (cast.ana, cast.ben)))}
    # Strengths 3 3, -1 3, 0 and nothing: the third pair has one vote.
    assert (found["ordinal"]["tasks"], found["ordinal"]["votes"]) == (3, 5)
    assert "AC2 on signed strength" in agreement("--campaign", "here")


@pytest.mark.django_db
def test_only_the_campaign_itself_and_what_counts() -> None:
    here = make_cast(slug="here")
    there = make_cast(slug="there")
    make_pair(here.campaign)
    make_pair(there.campaign)
    decide(here, here.ana, "a")
    decide(there, there.ana, "b")
    assert told("--campaign", "here")["votes"] == 1
    assert told("--campaign", "there")["majority"]["distribution"] == {
        "a": 0, "b": 1, "equal": 0, "undecidable": 0, "broken": 0
    }  # fmt: skip


@pytest.mark.django_db
def test_a_campaign_that_is_not_there_or_has_nothing_yet() -> None:
    make_cast(slug="here")
    with pytest.raises(CommandError, match="no campaign 'elsewhere'"):
        agreement("--campaign", "elsewhere")
    with pytest.raises(CommandError, match="Nobody has judged a pair of here yet"):
        agreement("--campaign", "here")


def test_pandalm(tmp_path: Path) -> None:
    rows = json.loads(shared("pandalm/first200.json").read_text())
    path = tmp_path / "votes.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["task", "worker", "label"])
        writer.writerows([row["idx"], f"annotator{at}", row[f"annotator{at}"]] for row in rows for at in (1, 2, 3))
    found = told("--votes", str(path))
    assert (found["tasks"], found["workers"], found["votes"]) == (200, 3, 600)
    same = sum(len({row[f"annotator{at}"] for at in (1, 2, 3)}) == 1 for row in rows)
    two = sum(len({row[f"annotator{at}"] for at in (1, 2, 3)}) == 2 for row in rows)
    assert found["percent_agreement"] == pytest.approx((same + two / 3) / 200)
    assert found["majority"]["ties"] == 200 - same - two
    assert None not in {found["fleiss_kappa"], *found["cohen_kappa"].values(), *found["krippendorff_alpha"].values()}


def test_mt_bench(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    with shared("mtbench/human_votes.csv").open() as source, path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["task", "worker", "label"])
        for row in csv.DictReader(source):
            task = "-".join(row[name] for name in ("question_id", "turn", "model_a", "model_b"))
            writer.writerow([task, row["judge"], row["winner"]])
    found = told("--votes", str(path))
    assert (found["tasks"], found["workers"], found["votes"]) == (1232, 65, 1751)
    assert found["fleiss_kappa"] is None
    assert found["cohen_kappa"] is None
    assert 0 < found["krippendorff_alpha"]["low"] < found["krippendorff_alpha"]["nominal"] < found["percent_agreement"]
