"""Runs of tools as facts: asked for, leased, recorded once, cited as evidence, required by the protocol."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotate.domain import (
    adjudication,
    blocks,
    citing,
    disclosure,
    documents,
    leases,
    protocol,
    running,
    tools,
    verification,
)
from annotate.domain.errors import Gone, Invalid, Missing
from annotate.domain.protocol import Said
from annotate.models import AuditEvent, Claim, Gold, Judgement, Protocol, ToolRun, User
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_document, make_pair

pytestmark = pytest.mark.django_db
FENCED = "Look:\n\n```\nplain\n```\n\n```python\nprint(1)\n```\n\n~~~ js {x}\nlet a\n~~~\n\n```rust\nfn main\n```\n"
BOXES = {"response_a": r"So \boxed{4}.", "response_b": "The answer is 5."}
HOW = {"a": "boxed", "b": "said"}
CODE = {"language": "python", "code": "print(1)"}


def claim(cast: Cast, user: User) -> Claim:
    found, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert found is not None
    return found


def said(choice: str = "equal", **fields: Any) -> Said:
    return Said(**({"choice": choice, "confidence": 3, "reason": "It is right."} | fields))


def ran(own: Claim, status: str = "finished", kind: str = "code", **output: Any) -> ToolRun:
    """A run that was asked for and done."""
    given = {"code": CODE, "maths": {"expression": "1 + 1"}, "search": {"query": "leap years"}}[kind]
    asked = tools.ask(claim_id=own.pk, user=own.annotator, kind=kind, input=given)
    work = running.lease()
    assert work is not None
    assert running.record(work=work, status=status, output=output or {"stdout": "1\n"}, version="v", environment="e")
    return ToolRun.objects.get(pk=asked.pk)


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    response = [{"role": "assistant", "content": FENCED}]
    make_pair(cast.campaign, response_a=response)
    return cast


def test_blocks_are_counted_as_the_page_shows_them() -> None:
    found = [(block.number, block.language, block.code) for block in blocks.runnable([{"content": FENCED}])]
    assert found == [(2, "python", "print(1)\n"), (3, "javascript", "let a\n")]
    assert blocks.runnable([{"content": "no code"}]) == []


def test_a_block_is_named_by_its_side_and_kept_by_its_response(cast: Cast) -> None:
    for user in (cast.ana, cast.ben):
        own = claim(cast, user)
        side = "left" if own.left == "a" else "right"
        assert {block["name"] for block in tools.runnable_blocks(own)} == {f"{side}-2", f"{side}-3"}
        run = tools.ask(claim_id=own.pk, user=user, kind="code", input={"block": f"{side}-2", "code": "assert 1"})
        assert run.input == {
            "language": "python",
            "code": "print(1)\n\nassert 1",
            "block": {"response": "a", "number": 2},
            "own": "assert 1",
        }
        assert tools.runs_of(own)[0]["input"]["block"] == {"side": side, "number": 2}


def test_final_answers_are_kept_by_their_response_and_shown_by_their_side() -> None:
    cast = make_cast()
    said = {name: [{"role": "assistant", "content": text}] for name, text in BOXES.items()}
    make_pair(cast.campaign, **said)
    for user in (cast.ana, cast.ben):
        own = claim(cast, user)
        left, right = ("4", "5") if own.left == "a" else ("5", "4")
        both = tools.ask(claim_id=own.pk, user=user, kind="maths", input={"answer": "both"})
        assert both.input == {"answer": "both", "a": "4", "b": "5", "found": {"a": "boxed", "b": "said"}}
        one = tools.ask(claim_id=own.pk, user=user, kind="maths", input={"answer": "left", "other": "2 + 2"})
        assert one.input == {"answer": own.left, own.left: left, "other": "2 + 2", "found": {own.left: HOW[own.left]}}
        shown = [run["input"] for run in tools.runs_of(own)]
        other = disclosure.canonical(own, "right")
        found = {"left": HOW[own.left], "right": HOW[other]}
        assert shown == [
            {"answer": "both", "left": left, "right": right, "found": found},
            {"answer": "left", "left": left, "other": "2 + 2", "found": {"left": HOW[own.left]}},
        ]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"answer": "both"}, "answer"),
        ({"answer": "middle"}, "answer"),
        ({"answer": "a", "other": "1"}, "answer"),
        ({"answer": "left", "other": " "}, "other"),
        ({"answer": "left", "other": "1" * 501}, "other"),
    ],
)
def test_where_there_is_no_answer_to_compare_nothing_is_run(given: dict[str, str], field: str) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)
    with pytest.raises(Invalid) as refused:
        tools.ask(claim_id=own.pk, user=cast.ana, kind="maths", input=given)
    assert set(refused.value.fields) == {field}
    assert not ToolRun.objects.exists()


@pytest.mark.parametrize(
    ("kind", "given", "fields"),
    [
        ("ouija", {}, {"kind"}),
        ("search", {}, {"query"}),
        ("search", {"query": " \n"}, {"query"}),
        ("search", {"query": "x" * 401}, {"query"}),
        ("search", {"query": "x", "where": "attic"}, {"where"}),
        ("code", {"language": "perl", "code": "1"}, {"language"}),
        ("code", {"language": "python", "code": "  "}, {"code"}),
        ("code", {"language": "python", "code": "x" * 100_001}, {"code"}),
        ("code", {"language": "python", "code": "\x00"}, {"code"}),
        ("code", {"language": "python", "code": "\ud800"}, {"code"}),
        ("code", {"language": "python", "code": 1}, {"code"}),
        ("code", {"block": "left-99"}, {"block"}),
        ("code", {"block": "both-2"}, {"block"}),
        ("maths", {"expression": " "}, {"expression"}),
        ("maths", {"expression": "1" * 2001}, {"expression"}),
    ],
)
def test_what_cannot_be_run_is_refused_and_says_where(
    cast: Cast, kind: str, given: dict[str, Any], fields: set[str]
) -> None:
    own = claim(cast, cast.ana)
    with pytest.raises(Invalid) as refused:
        tools.ask(claim_id=own.pk, user=cast.ana, kind=kind, input=given)
    assert set(refused.value.fields) == fields
    assert not ToolRun.objects.exists()


def test_runs_are_numbered_per_claim_and_belong_to_one_person(cast: Cast) -> None:
    first, second = claim(cast, cast.ana), claim(cast, cast.ben)
    assert [ran(first).number, ran(first).number, ran(second).number] == [1, 2, 1]
    assert [run["number"] for run in tools.runs_of(first)] == [1, 2]
    assert len(tools.runs_of(second)) == 1
    with pytest.raises(Missing):
        tools.ask(claim_id=first.pk, user=cast.ben, kind="code", input=CODE)


def test_only_so_many_wait_and_only_while_the_pair_is_held(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    for _ in range(tools.MOST_WAITING):
        tools.ask(claim_id=own.pk, user=cast.ana, kind="code", input=CODE)
    with pytest.raises(Invalid):
        tools.ask(claim_id=own.pk, user=cast.ana, kind="code", input=CODE)
    leases.abandon(claim=own, cause="other", actor=cast.ana)
    with pytest.raises(Gone):
        tools.ask(claim_id=own.pk, user=cast.ana, kind="code", input=CODE)


def test_a_lost_lease_records_nothing_and_the_run_comes_again(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    tools.ask(claim_id=own.pk, user=cast.ana, kind="code", input=CODE)
    first = running.lease()
    assert first is not None
    assert running.lease() is None
    ToolRun.objects.update(due=timezone.now() - timedelta(seconds=1))
    assert running.is_due()
    second = running.lease()
    assert second is not None
    assert second.attempts == 2
    assert not running.record(work=first, status="finished", output={})
    assert running.record(work=second, status="finished", output={"stdout": "2"})
    assert (ToolRun.objects.get().output, running.is_due()) == ({"stdout": "2"}, False)


def test_a_run_has_its_digest_and_its_events(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    one, other = ran(own), ran(own)
    assert one.sha256 == other.sha256 != ran(own, stdout="2").sha256
    assert list(AuditEvent.objects.filter(data__run=one.pk).values_list("verb", flat=True)) == [
        "tool.asked",
        "tool.ran",
    ]
    assert [name for name, check in verification.CHECKS.items() if "release" not in name and list(check())] == []


def test_a_done_run_never_changes(cast: Cast) -> None:
    own, other = claim(cast, cast.ana), make_pair(cast.campaign, 2)
    run = ran(own)
    waiting = tools.ask(claim_id=own.pk, user=cast.ana, kind="code", input=CODE)

    def refused(act: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            act()

    rows = ToolRun.objects.filter(pk=run.pk)
    refused(lambda: rows.update(output={}))
    refused(lambda: rows.update(status="failed"))
    refused(lambda: rows._raw_delete("default"))
    refused(lambda: ToolRun.objects.filter(pk=waiting.pk).update(input={}))
    refused(lambda: ToolRun.objects.filter(pk=waiting.pk).update(claim=None))
    refused(lambda: ToolRun.objects.filter(pk=waiting.pk)._raw_delete("default"))
    refused(lambda: ToolRun.objects.filter(pk=waiting.pk).update(state="done"))
    refused(lambda: ToolRun.objects.create(claim=own, pair=other, kind="code", number=9, input={}))
    refused(lambda: ToolRun.objects.create(claim=own, pair=own.pair, kind="code", number=1, input={}))


@pytest.mark.parametrize(
    ("status", "fits"),
    [("finished", True), ("failed", True), ("timeout", True), ("overflow", True), ("refused", False)],
)
def test_what_ran_can_be_cited_and_what_did_not_cannot(cast: Cast, status: str, fits: bool) -> None:
    own = claim(cast, cast.ana)
    run = ran(own, status)
    if fits:
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said(evidence=[run.pk]))
        assert Judgement.objects.get().evidence == [run.pk]
        return
    with pytest.raises(Invalid) as refused:
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said(evidence=[run.pk]))
    assert set(refused.value.fields) == {"evidence"}


def test_nobody_cites_what_waits_or_is_somebody_elses(cast: Cast) -> None:
    own, other = claim(cast, cast.ana), ran(claim(cast, cast.ben))
    waiting = tools.ask(claim_id=own.pk, user=cast.ana, kind="code", input=CODE)
    for cited in ([other.pk], [waiting.pk], [999_999]):
        with pytest.raises(Invalid):
            protocol.judge(claim_id=own.pk, user=cast.ana, said=said(evidence=cited))
    assert citing.cited(claim_id=own.pk, user=cast.ana, names={"E1", "E7", "P1"}) == [waiting.pk]
    assert citing.cited(claim_id=other.claim_id, user=cast.ana, names={"E1"}) == []
    assert not Judgement.objects.exists()


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("coding & debugging", "code"),
        ("math", "maths"),
        ("information seeking", "search"),
        ("advice seeking", "search"),
        ("data analysis", "search"),
    ],
)
def test_the_protocol_asks_for_a_run_before_the_judgement(category: str, kind: str) -> None:
    cast = make_cast()
    make_document(cast.campaign)
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES | {"task_category": category}, engine="imported")
    own = claim(cast, cast.ana)
    with pytest.raises(Invalid) as refused:
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert str(citing.MISSING[kind]) in refused.value.message
    ran(own, kind="maths" if kind == "code" else "code")
    ran(own, "refused", kind=kind)
    with pytest.raises(Invalid):
        protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    ran(own, "failed", kind=kind)
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=said()).next == "verdict"
    assert Judgement.objects.get().waived == []


@pytest.mark.parametrize("objectivity", ["objective", "subjective"])
def test_a_search_that_nobody_could_make_is_waived_and_the_record_says_so(objectivity: str) -> None:
    cast = make_cast()
    facts = ATTRIBUTES | {"task_category": "information seeking", "objectivity": objectivity}
    make_assistance(make_pair(cast.campaign), "attributes", facts, engine="imported")
    own = claim(cast, cast.ana)
    waived = ["search"] if objectivity == "objective" else []
    missing = citing.still_missing(
        claim=own,
        attributes=facts | {"written_by": "source"},
        runs=[],
        places=tools.places(campaign_id=own.campaign_id),
    )
    assert missing == [citing.WAIVED] * len(waived)
    protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
    assert Judgement.objects.get().waived == waived
    assert AuditEvent.objects.get(verb="judgement.made").data["waived"] == waived


def test_one_can_search_where_there_is_something_to_search(settings: Any) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = claim(cast, cast.ana)

    def asked(**given: str) -> Any:
        return tools.ask(claim_id=own.pk, user=cast.ana, kind="search", input={"query": " leap\n years "} | given).input

    assert tools.places(campaign_id=own.campaign_id) == ()
    assert asked() == {"query": "leap years", "where": "web"}
    document = make_document(cast.campaign)
    settings.SEARCH_URL = "http://127.0.0.1:1/"
    assert tools.places(campaign_id=own.campaign_id) == ("documents", "web")
    assert asked()["where"] == "documents"
    assert asked(where="web")["where"] == "web"
    documents.retire(campaign=cast.campaign, document_id=document.pk, actor=cast.mira)
    assert tools.places(campaign_id=own.campaign_id) == ("web",)


@pytest.mark.parametrize(
    ("engine", "attributes"), [("default", {"task_category": "math"}), ("imported", {"task_category": "planning"})]
)
def test_a_models_attributes_stop_nobody_and_other_rules_ask_for_nothing(
    engine: str, attributes: dict[str, str]
) -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES | attributes, engine=engine)
    own = claim(cast, cast.ana)
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=said()).next == "verdict"


def test_a_rule_for_every_pair_needs_no_attributes_and_may_ask_for_two_kinds() -> None:
    cast = make_cast()
    Protocol.objects.update(rules=[{"when": {}, "text": "Check it.", "requires": ["maths", "search"]}])
    make_pair(cast.campaign)
    make_document(cast.campaign)
    own = claim(cast, cast.ana)
    for kind in ("maths", "search"):
        with pytest.raises(Invalid):
            protocol.judge(claim_id=own.pk, user=cast.ana, said=said())
        ran(own, kind=kind)
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=said()).next == "verdict"


def test_what_comes_late_is_kept_without_a_run() -> None:
    cast = make_cast(overlap=1)
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES, engine="imported")
    late = claim(cast, cast.ana)
    Claim.objects.update(expires=timezone.now())
    claim(cast, cast.ben)
    assert protocol.judge(claim_id=late.pk, user=cast.ana, said=said()).surplus


def test_a_reviewer_sees_the_runs_of_both_in_one_orientation(cast: Cast) -> None:
    for user, response in ((cast.ana, "a"), (cast.ben, "b"), (cast.chen, "equal")):
        own = claim(cast, user)
        side = "left" if own.left == "a" else "right"
        tools.ask(claim_id=own.pk, user=user, kind="code", input={"block": f"{side}-2"})
        choice = response if response == "equal" else "left" if own.left == response else "right"
        given = said(choice, strength=None if response == "equal" else 1)
        protocol.judge(claim_id=own.pk, user=user, said=given)
        protocol.decide(claim_id=own.pk, user=user, said=given)
    case = adjudication.open_case(campaign=cast.campaign, pair_id=own.pair_id, user=cast.rita)
    seen = [run["input"]["block"]["side"] for verdict in case["verdicts"] for run in verdict["runs"]]
    assert seen == ["left" if case["first_claim"].left == "a" else "right"] * 3


def test_gold_names_what_its_verdicts_cite_by_number_and_hash() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    cited = []
    for user in (cast.ana, cast.ben):
        own = claim(cast, user)
        first, _, third = ran(own), ran(own, stdout="2"), ran(own, "failed", kind="maths")
        choice = "left" if own.left == "a" else "right"
        protocol.judge(claim_id=own.pk, user=user, said=said(choice, strength=1, evidence=[first.pk]))
        protocol.decide(claim_id=own.pk, user=user, said=said(choice, strength=1, evidence=[third.pk]))
        cited += [first, third]
    told = [json.loads(one["evidence"]) for one in json.loads(Gold.objects.get().record)["provenance"]["verdicts"]]
    assert [run for verdict in told for run in verdict] == [
        {"number": run.number, "kind": run.kind, "status": run.status, "sha256": run.sha256} for run in cited
    ]
