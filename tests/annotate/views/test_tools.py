"""The tools on the workbench, in a browser that runs no script and as the page's script asks."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from annotate.domain import citing, preparing, running
from annotate.models import Judgement, Pair, ToolRun
from tests.annotate.views.browsing import send, signed_in, start
from tests.bait import found_in, make_baited_pair
from tests.cast import ATTRIBUTES, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
OWN = {"kind": "code", "block": "", "language": "python", "code": "print('<b>1</b>')"}


def address(page: HttpResponse, what: str) -> str:
    return f"/claims/{page.context['page']['id']}/{what}"


def done(**output: Any) -> None:
    """A worker does what waits."""
    work = running.lease()
    assert work is not None
    running.record(work=work, status=output.pop("status", "finished"), output=output)


def test_code_is_asked_for_by_a_form_and_shown_when_it_ran(nudged: list[str]) -> None:
    cast = make_cast()
    make_pair(cast.campaign, response_a=[{"role": "assistant", "content": "```python\nprint(1)\n```"}])
    client = signed_in(cast.ana)
    page = start(client)
    name = page.context["blocks"][0]["name"]
    assert f'value="{name}"' in page.content.decode()
    page = client.post(address(page, "tools"), {"kind": "code", "block": name}, follow=True)
    assert nudged == ["workers.tasks.run_tools"]
    assert "data-waiting" in page.content.decode()
    done(stdout="<script>1</script>", stderr="", note="")
    shown = client.get(address(page, "evidence")).content.decode()
    assert "<b>E1</b>" in shown
    assert "&lt;script&gt;1&lt;/script&gt;" in shown
    assert "data-waiting" not in shown


def test_the_pages_script_gets_a_number_or_what_is_wrong() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    json = {"Accept": "application/json"}
    answer = client.post(address(page, "tools"), OWN, headers=json)
    assert (answer.status_code, answer.json()) == (201, {"number": 1})
    wrong = client.post(address(page, "tools"), OWN | {"code": ""}, headers=json)
    assert (wrong.status_code, set(wrong.json())) == (422, {"error"})
    told = client.post(address(page, "tools"), {"kind": "maths", "expression": ""}, follow=True)
    assert "write an expression" in told.content.decode()


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"check": "equation", "holds": False, "result": "4 and 5"}, "does not hold"),
        ({"check": "compare", "holds": True, "result": "4 and 4"}, "the same"),
        ({"check": "equation", "holds": None, "result": "x"}, "cannot tell"),
        ({"check": "answers", "holds": False, "note": ""}, "not the same"),
        ({"check": "evaluate", "result": "4", "decimal": "4"}, "finished"),
        ({"status": "failed", "note": "This cannot be read."}, "failed"),
        ({"status": "refused", "note": "Not run."}, "did not run"),
    ],
)
def test_a_failed_tool_is_shown_as_failed_and_a_check_says_what_it_found(output: dict[str, Any], words: str) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    client = signed_in(cast.ana)
    page = start(client)
    client.post(address(page, "tools"), {"kind": "maths", "expression": "2 + 2 = 5"})
    done(**output)
    assert f">{words}</span>" in client.get(address(page, "evidence")).content.decode()


def test_both_final_answers_are_compared_by_one_button() -> None:
    cast = make_cast()
    make_pair(
        cast.campaign,
        response_a=[{"role": "assistant", "content": r"\boxed{<i>4}"}],
        response_b=[{"role": "assistant", "content": "The answer is 5."}],
    )
    client = signed_in(cast.ana)
    page = start(client)
    assert b'name="answer" value="both"' in page.content
    client.post(address(page, "tools"), {"kind": "maths", "answer": "both"})
    done(check="answers", holds=False, by="math-verify", note="")
    shown = client.get(address(page, "evidence")).content.decode()
    left, right = ("&lt;i&gt;4", "5") if ToolRun.objects.get().claim.left == "a" else ("5", "&lt;i&gt;4")
    assert f"Left: {left} | Right: {right}" in shown
    assert "boxed" in shown
    assert ">not the same</span>" in shown


def test_a_reason_cites_by_number_and_a_pair_that_needs_a_run_says_so() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES, engine="imported")
    client = signed_in(cast.ana)
    page = start(client)
    assert str(citing.MISSING["maths"]) in page.content.decode()
    filled = {"preference": "equal", "confidence": "2", "reason": "Both say 4 (E1); E7 is a road."}
    refused = send(client, page, "judgement", **filled)
    assert refused.status_code == 422
    assert str(citing.MISSING["maths"]) in refused.content.decode()
    client.post(address(page, "tools"), {"kind": "maths", "expression": "2 + 2"})
    done(check="evaluate", result="4")
    assert str(citing.MISSING["maths"]) not in client.get(address(page, "evidence")).content.decode()
    send(client, page, "judgement", **filled)
    assert Judgement.objects.get().evidence == [ToolRun.objects.get().pk]


def ahead(pair: Pair) -> None:
    """Both responses have a block; a worker ran the one of a."""
    coding = ATTRIBUTES | {"task_category": "coding & debugging"}
    make_assistance(pair, "attributes", coding, engine="imported")
    preparing.want(pair_id=pair.pk, attributes=coding)
    done(stdout="<b>ahead</b>", stderr="", note="")


def test_what_ran_ahead_is_there_and_counts_once_it_is_used() -> None:
    cast = make_cast()
    block = [{"role": "assistant", "content": "```python\nprint(1)\n```"}]
    ahead(make_pair(cast.campaign, response_a=block, response_b=block))
    client = signed_in(cast.ana)
    page = start(client)
    shown = page.content.decode()
    assert "&lt;b&gt;ahead&lt;/b&gt;" in shown
    assert "data-expecting" in shown, "the other one has not run yet"
    assert str(citing.MISSING["code"]) in shown, "that it lies there is no check"
    page = client.post(address(page, "tools"), {"use": "2"}, follow=True)
    assert "not run yet" in page.content.decode()
    page = client.post(address(page, "tools"), {"use": "1"}, follow=True)
    shown = page.content.decode()
    assert 'id="E1"' in shown
    assert 'id="P1"' not in shown
    assert str(citing.MISSING["code"]) not in shown
    assert client.post(address(page, "tools"), {"use": "x"}, headers={"Accept": "application/json"}).status_code == 422


def test_a_reason_that_names_what_ran_ahead_makes_it_ones_own() -> None:
    cast = make_cast()
    block = [{"role": "assistant", "content": "```python\nprint(1)\n```"}]
    ahead(make_pair(cast.campaign, response_a=block))
    client = signed_in(cast.ana)
    page = start(client)
    send(client, page, "judgement", preference="left-1", confidence="1", reason="It runs (P1); see P9 and E1.")
    own = ToolRun.objects.get(claim__annotator=cast.ana)
    assert (own.number, own.adopts.number, Judgement.objects.get().evidence) == (1, 1, [own.pk])


def test_the_evidence_alone_is_the_same_text_until_something_changes() -> None:
    cast = make_cast()
    ahead(make_pair(cast.campaign, response_a=[{"role": "assistant", "content": "```python\nprint(1)\n```"}]))
    client = signed_in(cast.ana)
    page = start(client)
    assert client.get(address(page, "evidence")).content == client.get(address(page, "evidence")).content


def test_runs_are_ones_own_alone_and_carry_nothing_that_is_kept_back() -> None:
    cast = make_cast(overlap=3)
    make_baited_pair(cast)
    others = signed_in(cast.ben)
    page = start(others)
    others.post(address(page, "tools"), OWN | {"code": "print('bait-run-quoll')"})
    done(stdout="bait-run-quoll")
    send(others, page, "judgement", preference="left-1", confidence="1", reason="E1")
    client = signed_in(cast.ana)
    mine = start(client)
    client.post(address(mine, "tools"), OWN)
    answers = [mine, client.get(address(mine, "")), client.get(address(mine, "evidence"))]
    assert not any(b"bait-run-quoll" in answer.content for answer in answers)
    assert found_in(*(answer.content for answer in answers)) == []
    assert client.get(address(page, "evidence")).status_code == 404
    assert client.post(address(page, "tools"), OWN).status_code == 404
    somebody_else = signed_in(cast.rita)
    assert somebody_else.get(address(page, "evidence")).status_code == 404


def test_a_page_with_many_runs_takes_as_many_statements_as_one_with_none(django_assert_num_queries: Any) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    cast = make_cast()
    make_pair(cast.campaign)
    client: Client = signed_in(cast.ana)
    page = start(client)
    with CaptureQueriesContext(connection) as captured:
        client.get(address(page, ""))
    none = len(captured)
    for _ in range(10):
        client.post(address(page, "tools"), OWN)
        done(stdout="1")
    with django_assert_num_queries(none):
        client.get(address(page, ""))
