"""A chat with an assistant as facts: what it may read, how turns follow each other, and that it is never enough."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.domain import adjudication, assistant, citing, disclosure, leases, protocol, running, tools, verification
from annotate.domain.errors import Invalid, Missing
from annotate.domain.protocol import Said
from annotate.models import Answering, AuditEvent, Claim, Gold, Judgement, ToolRun, User
from tests.bait import found_in, make_baited_pair, somebody_else_was_here
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_document, make_pair

pytestmark = pytest.mark.django_db
ALL = "conversation left right"
SELF = "As an AI developed by OpenAI, I say four."


@pytest.fixture(autouse=True)
def _assistant(settings: Any) -> None:
    settings.ASSISTANT_URL, settings.ASSISTANT_MODEL = "http://127.0.0.1:1/v1", "some/model"


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_pair(cast.campaign, response_a=[{"role": "assistant", "content": SELF}])
    return cast


def claim(cast: Cast, user: User) -> Claim:
    found, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert found is not None
    return found


def asked(own: Claim, question: str = "Is it four?", **given: str) -> ToolRun:
    return tools.ask(claim_id=own.pk, user=own.annotator, kind="llm", input={"question": question, **given})


def done(answer: str = "Yes.", status: str = "finished") -> None:
    work = running.lease(chat=True)
    assert work is not None
    assert running.record(work=work, status=status, output={"answer": answer, "note": ""}, version="v")


def answered(own: Claim, question: str = "Is it four?", answer: str = "Yes.", **given: str) -> ToolRun:
    run = asked(own, question, **given)
    done(answer)
    return ToolRun.objects.get(pk=run.pk)


def said(choice: str = "equal", **fields: Any) -> Said:
    return Said(**({"choice": choice, "confidence": 3, "reason": "It is right."} | fields))


def test_a_turn_reads_what_was_ticked_as_the_page_shows_it(cast: Cast) -> None:
    for user in (cast.ana, cast.ben):
        own = claim(cast, user)
        side = "left" if own.left == "a" else "right"
        run = answered(own, **{"with": f"{side} conversation"})
        assert run.input["with"] == ["conversation", "a"]
        content = run.input["content"]
        page = disclosure.show_claim(own)["pair"]
        for part, tag in assistant.TAGS.items():
            words = page[part][0]["content"]
            assert (f"<{tag}>" in content) == (words in content) == (part in {side, "conversation"})
        assert content.endswith("Is it four?")
        assert "OpenAI" not in content
        assert disclosure.HIDDEN in content
        shown = tools.runs_of(own)[0]["input"]
        assert shown["with"] == ["conversation", side]
        assert shown["turned"] is False
        assert "left" not in shown


def test_nothing_that_is_kept_back_is_ever_put_before_it() -> None:
    """Not before the judgement, and not after the reveal either, when the page itself shows it."""
    cast = make_cast(overlap=3)
    make_baited_pair(cast)
    somebody_else_was_here(cast)
    own = claim(cast, cast.ana)
    before = answered(own, **{"with": ALL})
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert found_in(str(Judgement.objects.get(claim=own).reveal.payload).encode())
    after = answered(own, fresh="yes", **{"with": ALL})
    assert before.input["content"] == after.input["content"]
    for run in (before, after):
        sent = str(assistant.messages(run_id=run.pk)) + str(run.input) + str(tools.runs_of(own))
        assert found_in(sent.encode()) == []
    with pytest.raises(ValueError, match="revealed"):
        disclosure.show_to_assistant(own, "revealed")


def test_turns_follow_each_other_until_one_begins_anew(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    answered(own, "One?", "1")
    asked(own, "Lost?")
    done("", "failed")
    second = answered(own, "Two?", "2")
    third = asked(own, "Three?", fresh="yes")
    done("3", "stopped")
    fourth = asked(own, "Four?")

    def sent(run: ToolRun) -> list[tuple[str, str]]:
        return [(one["role"], one["content"]) for one in assistant.messages(run_id=run.pk)]

    system = ("system", assistant.SYSTEM)
    assert sent(second)[:-1] == [system, ("user", "One?"), ("assistant", "1"), ("user", "Two?")]
    assert sent(third) == [system, ("user", "Three?"), ("assistant", "3")]
    assert sent(fourth) == [system, ("user", "Three?"), ("assistant", "3"), ("user", "Four?")]


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({}, {"question"}),
        ({"question": " \n"}, {"question"}),
        ({"question": "x" * 4001}, {"question"}),
        ({"question": "x\x00"}, {"question"}),
        ({"question": "x", "with": "revealed"}, {"with"}),
        ({"question": "x", "with": "left attributes"}, {"with"}),
        ({"question": "x", "fresh": "no"}, {"fresh"}),
        ({"question": ["x"]}, {"question"}),
    ],
)
def test_what_cannot_be_asked_is_refused_and_says_where(cast: Cast, given: dict[str, Any], fields: set[str]) -> None:
    own = claim(cast, cast.ana)
    with pytest.raises(Invalid) as refused:
        tools.ask(claim_id=own.pk, user=cast.ana, kind="llm", input=given)
    assert set(refused.value.fields) == fields
    assert not ToolRun.objects.exists()
    assert Claim.objects.get().assistant == ""


def test_where_none_is_set_up_nobody_asks(cast: Cast, settings: Any) -> None:
    settings.ASSISTANT_URL = ""
    assert not assistant.is_there()
    with pytest.raises(Invalid) as refused:
        asked(claim(cast, cast.ana))
    assert refused.value.fields == {"kind": "no assistant is set up here"}


def test_one_answer_at_a_time_and_so_many_a_pair(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assistant, "MOST_TURNS", 2)
    other = make_cast(slug="other")
    make_pair(other.campaign)
    own, elsewhere = claim(cast, cast.ana), claim(other, cast.ana)
    asked(own)
    for held in (own, elsewhere):
        with pytest.raises(Invalid) as refused:
            asked(held)
        assert refused.value.fields == {"kind": "one at a time"}
    asked(claim(cast, cast.ben))
    done()
    done()
    answered(own)
    with pytest.raises(Invalid) as refused:
        asked(own)
    assert refused.value.fields == {"kind": "there are enough"}
    answered(elsewhere)


def test_a_pair_too_long_for_any_model_is_refused(cast: Cast) -> None:
    long = make_cast(slug="long")
    make_pair(long.campaign, response_a=[{"role": "assistant", "content": "x" * assistant.LONGEST_CONTENT}])
    with pytest.raises(Invalid) as refused:
        asked(claim(long, cast.ana), **{"with": ALL})
    assert set(refused.value.fields) == {"with"}


def test_other_workers_leave_questions_alone_and_theirs_leave_the_rest(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    asked(own)
    assert (running.is_due(), running.is_due(chat=True)) == (False, True)
    assert running.lease() is None
    tools.ask(claim_id=own.pk, user=cast.ana, kind="maths", input={"expression": "1"})
    work = running.lease(chat=True)
    assert work is not None
    assert work.kind == "llm"
    assert running.lease(chat=True) is None
    assert running.is_due()


def test_what_comes_is_kept_until_it_is_there_and_only_for_who_asked(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    run = asked(own)
    work = running.lease(chat=True, seconds=assistant.LEASE)
    assert work is not None
    assert assistant.so_far(claim_id=own.pk, user=cast.ana, number=1) == ""
    ToolRun.objects.update(due=timezone.now())
    assert assistant.progress(run_id=run.pk, lease=work.lease, text="Ye")
    assert ToolRun.objects.get().due > timezone.now() + timedelta(seconds=assistant.LEASE - 5)
    assert assistant.so_far(claim_id=own.pk, user=cast.ana, number=1) == "Ye"
    assert assistant.coming(own) == {run.pk: {"text": "Ye", "stop": False}}
    for user, number in ((cast.ben, 1), (cast.rita, 1), (cast.ana, 2)):
        with pytest.raises(Missing):
            assistant.so_far(claim_id=own.pk, user=user, number=number)
        with pytest.raises(Missing):
            running.stop(claim_id=own.pk, user=user, number=number)
    assert not assistant.progress(run_id=run.pk, lease="somebody else's", text="No")
    running.stop(claim_id=own.pk, user=cast.ana, number=1)
    assert not assistant.progress(run_id=run.pk, lease=work.lease, text="Yes, b")
    assert running.record(work=work, status="stopped", output={"answer": "Yes, b", "note": "Stopped."})
    assert assistant.so_far(claim_id=own.pk, user=cast.ana, number=1) is None
    running.stop(claim_id=own.pk, user=cast.ana, number=1)
    assert not Answering.objects.exists()
    assert ToolRun.objects.get().output == {"answer": "Yes, b", "note": "Stopped."}


def test_a_question_that_nobody_works_on_is_stopped_at_once(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    asked(own)
    running.stop(claim_id=own.pk, user=cast.ana, number=1)
    asked(own, "Again?")
    work = running.lease(chat=True)
    assert work is not None
    assistant.progress(run_id=work.run_id, lease=work.lease, text="Half")
    ToolRun.objects.filter(number=2).update(due=timezone.now())
    running.stop(claim_id=own.pk, user=cast.ana, number=2)
    assert list(ToolRun.objects.order_by("number").values_list("status", "output__answer")) == [
        ("stopped", ""),
        ("stopped", "Half"),
    ]
    assert not running.record(work=work, status="finished", output={"answer": "Half and half"})
    assert [name for name, check in verification.CHECKS.items() if "release" not in name and list(check())] == []


def test_what_was_asked_of_a_pair_that_is_over_holds_nobody_up(cast: Cast) -> None:
    make_pair(cast.campaign, 2)
    first = claim(cast, cast.ana)
    run = asked(first)
    leases.abandon(claim=first, cause="other", actor=cast.ana)
    asked(claim(cast, cast.ana))
    assert Answering.objects.get(run=run).stop


def test_a_turn_is_recorded_for_good_with_its_events_and_digest(cast: Cast) -> None:
    run = answered(claim(cast, cast.ana))
    assert len(run.sha256) == 64
    assert list(AuditEvent.objects.filter(data__run=run.pk).values_list("verb", flat=True)) == [
        "tool.asked",
        "tool.ran",
    ]
    assert [name for name, check in verification.CHECKS.items() if "release" not in name and list(check())] == []
    for change in ({"output": {}}, {"status": "failed"}, {"input": {}}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ToolRun.objects.filter(pk=run.pk).update(**change)


@pytest.mark.parametrize(
    ("category", "kind"), [("coding & debugging", "code"), ("math", "maths"), ("information seeking", "search")]
)
@pytest.mark.parametrize("status", ["finished", "failed", "timeout", "overflow", "stopped", "refused"])
def test_an_answer_of_a_model_satisfies_no_rule(category: str, kind: str, status: str) -> None:
    cast = make_cast()
    make_document(cast.campaign)
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES | {"task_category": category}, engine="imported")
    own = claim(cast, cast.ana)
    run = asked(own, **{"with": ALL})
    done("The left one is right.", status)
    for evidence in ([], [run.pk]):
        with pytest.raises(Invalid) as refused:
            protocol.judge(claim_id=own.pk, user=cast.ana, said=said(evidence=evidence))
        assert set(refused.value.fields) == {"evidence"}
    assert not Judgement.objects.exists()
    missing = citing.still_missing(
        claim=own,
        attributes=ATTRIBUTES | {"task_category": category, "written_by": "source"},
        runs=tools.runs_of(own),
        places=("documents",),
    )
    assert missing == [str(citing.MISSING[kind])]


@pytest.mark.parametrize("policy", ["always", "never"])
@pytest.mark.parametrize(("use", "told"), [("none", "not asked"), ("asked", "asked"), ("cited", "cited")])
def test_gold_says_of_every_verdict_what_was_done_with_an_assistant(policy: str, use: str, told: str) -> None:
    from annotate.domain import export

    cast = make_cast(overlap=1, reveal=policy)
    make_assistance(make_pair(cast.campaign), "reward", {"score_a": 1, "score_b": 0})
    own = claim(cast, cast.ana)
    run = answered(own) if use != "none" else None
    evidence = [run.pk] if run and use == "cited" else []
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said("left", strength=2, evidence=evidence))
    if policy == "always":
        protocol.decide(claim_id=own.pk, user=cast.ana, said=said("left", strength=2))
    assert Gold.objects.count() == 1
    row = b"".join(export.stream(campaign=cast.campaign))
    assert f'"assistant":"{told}"'.encode() in row
    assert Claim.objects.get().assistant == ("" if use == "none" else use)


def test_one_that_is_cited_at_the_verdict_alone_counts_as_cited_and_never_less(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    run = answered(own)
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said("left", strength=1))
    protocol.decide(claim_id=own.pk, user=cast.ana, said=said("left", strength=1, evidence=[run.pk]))
    assert Claim.objects.get(pk=own.pk).assistant == "cited"
    other = claim(cast, cast.ben)
    answered(other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=other.pk).update(assistant="")


def test_a_reviewer_is_told_where_left_was_elsewhere(cast: Cast) -> None:
    for user, choice in ((cast.ana, "left"), (cast.ben, "left"), (cast.chen, "equal")):
        own = claim(cast, user)
        answered(own, **{"with": "left"})
        given = said(choice, strength=None if choice == "equal" else 1)
        protocol.judge(claim_id=own.pk, user=user, said=given)
        protocol.decide(claim_id=own.pk, user=user, said=given)
    case = adjudication.open_case(campaign=cast.campaign, pair_id=own.pair_id, user=cast.rita)
    seen = [verdict["runs"][0]["input"] for verdict in case["verdicts"]]
    assert [(one["turned"], one["with"]) for one in seen] == [(False, ["left"]), (True, ["right"]), (False, ["left"])]
