"""Runs ahead of time: wanted once for a pair, shared by all who get it, nobody's evidence until they take them over."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from annotate.domain import (
    answers,
    assistance,
    citing,
    imports,
    leases,
    preparing,
    protocol,
    running,
    tools,
    verification,
)
from annotate.domain.answers import Answer, Provenance
from annotate.domain.errors import Gone, Invalid, Missing
from annotate.domain.protocol import Said
from annotate.models import AuditEvent, Claim, Judgement, Pair, Prepared, ToolRun, User
from tests.cast import ATTRIBUTES, Cast, make_assistance, make_cast, make_pair

pytestmark = pytest.mark.django_db
CODING = ATTRIBUTES | {"task_category": "coding & debugging"}
BLOCKS = "```python\nprint(1)\n```\n\n```rust\nfn main\n```\n\n```js\nlet a\n```"
SAID = Said(choice="left", strength=1, confidence=3, reason="It runs.")


def texts(a: str, b: str) -> dict[str, Any]:
    return {"response_a": [{"role": "assistant", "content": a}], "response_b": [{"role": "assistant", "content": b}]}


def claim(cast: Cast, user: User) -> Claim:
    found, _ = leases.claim_next(campaign=cast.campaign, user=user)
    assert found is not None
    return found


def done(status: str = "finished") -> ToolRun:
    work = running.lease()
    assert work is not None
    assert running.record(work=work, status=status, output={"stdout": "1\n"}, version="v", environment="e")
    return ToolRun.objects.get(pk=work.run_id)


@pytest.fixture
def cast() -> Cast:
    """A coding pair whose first block ran ahead; two more wait."""
    cast = make_cast()
    pair = make_pair(cast.campaign, **texts(BLOCKS, "```sh\nls\n```"))
    make_assistance(pair, "attributes", CODING, engine="imported")
    assert preparing.want(pair_id=pair.pk, attributes=CODING) == 3
    done()
    return cast


def test_a_coding_pair_wants_every_block_that_runs_and_wants_it_once(cast: Cast) -> None:
    pair = Pair.objects.get()
    runs = list(ToolRun.objects.order_by("number"))
    assert [(run.number, run.claim, run.input["language"], run.input["block"]) for run in runs] == [
        (1, None, "python", {"response": "a", "number": 1}),
        (2, None, "javascript", {"response": "a", "number": 3}),
        (3, None, "shell", {"response": "b", "number": 1}),
    ]
    assert preparing.want(pair_id=pair.pk, attributes=CODING) == 0
    own = claim(cast, cast.ana)
    side = "left" if own.left == "a" else "right"
    asked = tools.ask(claim_id=own.pk, user=cast.ana, kind="code", input={"block": f"{side}-1"})
    assert asked.input == runs[0].input, "somebody who asks for it gets the same"


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (r"\boxed{4}", "The answer is 5.", {"a": "4", "b": "5", "found": {"a": "boxed", "b": "said"}}),
        (r"\boxed{4}", "So $x = 5$.", None),
        (r"\boxed{4}", "No answer.", None),
    ],
)
def test_a_maths_pair_wants_the_answers_compared_that_both_state(a: str, b: str, wanted: dict[str, Any] | None) -> None:
    pair = make_pair(make_cast().campaign, **texts(a, b))
    assert preparing.want(pair_id=pair.pk, attributes=ATTRIBUTES) == (1 if wanted else 0)
    assert [run.input for run in ToolRun.objects.all()] == ([{"answer": "both", **wanted}] if wanted else [])


def test_other_pairs_want_nothing_and_no_pair_wants_too_much() -> None:
    campaign = make_cast().campaign
    many = make_pair(campaign, **texts("```sh\nls\n```\n\n" * 50, ""))
    assert preparing.want(pair_id=many.pk, attributes=ATTRIBUTES | {"task_category": "planning"}) == 0
    assert preparing.want(pair_id=many.pk, attributes={}) == 0
    assert preparing.want(pair_id=many.pk, attributes=CODING) == preparing.MOST_RUNS


def test_imported_pairs_are_looked_through_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "AT_ONCE", 2)
    campaign = make_cast().campaign
    rows = [
        (
            number,
            {"prompt": f"{number}?", "chosen": rf"\boxed{{{number}}}", "rejected": r"\boxed{0}", "attributes": known},
        )
        for number, known in enumerate([ATTRIBUTES, None, CODING, None, ATTRIBUTES], 1)
    ]
    assert not preparing.is_due()
    assert imports.import_rows(campaign=campaign, rows=rows).new == 5
    assert [preparing.is_due() and preparing.prepare() for _ in range(4)] == [1, 0, 1, False]
    assert imports.import_rows(campaign=campaign, rows=rows).new == 0
    assert not preparing.is_due()
    Prepared.objects.update(pair_id=0)
    assert [preparing.prepare() for _ in range(4)] == [0] * 4, "looked through again, it wants nothing twice"


def test_what_a_model_says_of_a_pair_wants_them_too() -> None:
    campaign = make_cast().campaign
    make_assistance(make_pair(campaign, **texts(BLOCKS, "")), "attributes")
    [work] = assistance.lease(kind="attributes", most=1)
    assert answers.record(answers=[Answer(work, CODING)], by=Provenance("m", "r", "p", {})) == 1
    assert ToolRun.objects.filter(claim=None).count() == 2


def test_everybody_with_the_pair_sees_them_each_in_their_orientation(cast: Cast) -> None:
    for user in (cast.ana, cast.ben):
        own = claim(cast, user)
        runs, ahead = tools.seen(own)
        side = "left" if own.left == "a" else "right"
        assert runs == []
        assert [(run["name"], run["status"]) for run in ahead] == [
            ("P1", "finished"),
            ("P2", "waiting"),
            ("P3", "waiting"),
        ]
        assert ahead[0]["input"]["block"] == {"side": side, "number": 1}


def test_it_counts_as_ones_own_once_it_is_used_and_not_before(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    with pytest.raises(Invalid):
        protocol.judge(claim_id=own.pk, user=cast.ana, said=SAID)
    taken = tools.use(claim_id=own.pk, user=cast.ana, number=1)
    assert tools.use(claim_id=own.pk, user=cast.ana, number=1) == taken, "once"
    ahead = ToolRun.objects.get(claim=None, number=1)
    assert (taken.number, taken.adopts, taken.sha256, taken.output) == (1, ahead, ahead.sha256, ahead.output)
    assert protocol.judge(claim_id=own.pk, user=cast.ana, said=SAID).next == "verdict"
    other = claim(cast, cast.ben)
    with pytest.raises(Invalid):
        protocol.judge(claim_id=other.pk, user=cast.ben, said=SAID)


def test_it_counts_as_ones_own_once_it_is_cited(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    ahead = ToolRun.objects.get(claim=None, number=1)
    asked = tools.ask(claim_id=own.pk, user=cast.ana, kind="maths", input={"expression": "1 + 1"})
    done()
    cited = citing.cited(claim_id=own.pk, user=cast.ana, names={"P1", "E1", "P9"})
    assert cited == [asked.pk, ahead.pk]
    protocol.judge(claim_id=own.pk, user=cast.ana, said=Said(**(vars_of(SAID) | {"evidence": [*cited, ahead.pk]})))
    taken = ToolRun.objects.get(adopts=ahead)
    assert (taken.claim, taken.number) == (own, 2)
    assert Judgement.objects.get().evidence == [asked.pk, taken.pk]


def vars_of(said: Said) -> dict[str, Any]:
    return {name: getattr(said, name) for name in said.__dataclass_fields__}


def test_what_has_not_run_or_is_of_another_pair_is_taken_by_nobody(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    for number in (2, 99):
        with pytest.raises(Invalid):
            tools.use(claim_id=own.pk, user=cast.ana, number=number)
    with pytest.raises(Missing):
        tools.use(claim_id=own.pk, user=cast.ben, number=1)
    other = make_pair(cast.campaign, 2, **texts(BLOCKS, ""))
    preparing.want(pair_id=other.pk, attributes=CODING)
    ToolRun.objects.filter(pair=own.pair, state="wanted").update(due="2999-01-01T00:00Z")
    elsewhere = done()
    for cited in (elsewhere.pk, ToolRun.objects.get(pair=own.pair, number=2).pk):
        with pytest.raises(Invalid):
            protocol.judge(claim_id=own.pk, user=cast.ana, said=Said(**(vars_of(SAID) | {"evidence": [cited]})))
    leases.abandon(claim=own, cause="other", actor=cast.ana)
    with pytest.raises(Gone):
        tools.use(claim_id=own.pk, user=cast.ana, number=1)


def test_the_database_takes_no_other_run_for_one_that_ran_ahead(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    ahead = ToolRun.objects.get(claim=None, number=1)
    fields = {
        name: getattr(ahead, name) for name in ("kind", "input", "state", "status", "output", "sha256", "finished")
    }

    def refused(**changed: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            ToolRun.objects.create(
                **({"claim": own, "pair": own.pair, "number": 9, "adopts": ahead} | fields | changed)
            )

    refused(sha256="0" * 64)
    refused(status="failed")
    refused(state="wanted", status="", output=None, finished=None)
    refused(claim=None)
    refused(adopts=ToolRun.objects.get(claim=None, number=2))
    tools.use(claim_id=own.pk, user=cast.ana, number=1)
    refused()
    with pytest.raises(IntegrityError), transaction.atomic():
        ToolRun.objects.filter(pk=ahead.pk).update(output={})


def test_every_run_ahead_and_every_use_of_one_has_its_event(cast: Cast) -> None:
    own = claim(cast, cast.ana)
    taken = tools.use(claim_id=own.pk, user=cast.ana, number=1)
    verbs = AuditEvent.objects.filter(pair_id=own.pair_id, verb__startswith="tool.").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == [*["tool.prepared"] * 3, "tool.ran", "tool.adopted"]
    assert verbs.last().data["run"] == taken.pk  # type: ignore[union-attr]
    assert all(event.campaign_id == cast.campaign.pk for event in verbs)

    def findings() -> set[str]:
        return {name for name, check in verification.CHECKS.items() if "release" not in name and list(check())}

    assert findings() == set()
    ToolRun.objects.create(pair=own.pair, kind="code", number=9, input={})
    assert findings() == {"runs ahead of time have their events"}
