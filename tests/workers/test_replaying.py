"""Recorded runs come to the same again, and where they do not, it is said what differs."""

import json
from contextlib import suppress
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotate.domain import leases, tools
from annotate.domain import running as runs
from annotate.models import Claim, ToolRun
from tests.cast import make_cast, make_document, make_pair
from workers import running

pytestmark = pytest.mark.django_db


@pytest.fixture
def claim() -> Claim:
    cast = make_cast()
    make_pair(cast.campaign)
    make_document(cast.campaign)
    found, _ = leases.claim_next(campaign=cast.campaign, user=cast.ana)
    assert found is not None
    return found


def ran(claim: Claim, kind: str, **given: str) -> ToolRun:
    asked = tools.ask(claim_id=claim.pk, user=claim.annotator, kind=kind, input=given)
    assert running.run_one()
    return ToolRun.objects.get(pk=asked.pk)


def replay(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    with suppress(CommandError):  # some differ
        call_command("replay_runs", "--json", *arguments, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_what_ran_comes_to_the_same_again(claim: Claim) -> None:
    runs = [
        ran(claim, "maths", expression="1 mi in km"),
        ran(claim, "maths", expression="1/2", other="0.5"),
        ran(claim, "code", language="python", code="print({'b', 'a'}, hash('x')); 1 / 0"),
        ran(claim, "search", query="leap", where="documents"),
        ran(claim, "search", query="leap", where="web"),
    ]
    found = replay("--campaign", "bench")
    assert (found["equal"], found["different"], found["not again"]) == (4, 0, 1)
    assert [(one["run"], one["recorded"]) for one in found["runs"]] == [(run.pk, run.sha256) for run in runs]
    assert [one["now"] for one in found["runs"][:4]] == [run.sha256 for run in runs[:4]]
    assert ToolRun.objects.count() == 5, "nothing is recorded"


def test_what_differs_is_named_and_the_command_says_so(claim: Claim) -> None:
    same, other = ran(claim, "maths", expression="1 + 1"), ran(claim, "search", query="leap", where="documents")
    make_document(claim.campaign, "Leap of faith", "A leap.")
    found = replay()
    assert [(one["run"], one["replay"]) for one in found["runs"]] == [(same.pk, "equal"), (other.pk, "different")]
    assert found["runs"][1]["differs"] == ["output", "environment"]
    assert replay("--run", str(same.pk))["equal"] == 1
    out = StringIO()
    with pytest.raises(CommandError, match="Not all"):
        call_command("replay_runs", stdout=out)
    assert f"different  run {other.pk} (search, E2 of pair {claim.pair_id})" in out.getvalue()
    assert out.getvalue().endswith("1 equal, 1 different, 0 not again\n")


def test_a_record_that_was_tampered_with_is_found(claim: Claim) -> None:
    """A row that was written past all guards: its own digest no longer is what its input comes to."""
    run = ran(claim, "maths", expression="2 + 2")
    false = runs.digest("maths", run.input, run.status, {**run.output, "result": "5"}, run.version, run.environment)
    ToolRun.objects.create(
        claim=claim, pair=claim.pair, kind="maths", number=2, input=run.input, state="done", status=run.status,
        output={**run.output, "result": "5"}, version=run.version, environment=run.environment, sha256=false,
        finished=run.finished,
    )  # fmt: skip
    assert [(one["replay"], one["differs"]) for one in replay()["runs"]] == [("equal", []), ("different", ["output"])]


@pytest.mark.parametrize("arguments", [("--campaign", "nowhere"), ("--run", "999")])
def test_what_is_not_there_is_an_error(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError, match="There is no"):
        call_command("replay_runs", *arguments)
