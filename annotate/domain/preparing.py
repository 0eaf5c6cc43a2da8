"""Which tools run ahead of time: for a pair rather than for a person, so that results are there when it is opened.

Coding pairs have every block of both responses run that can be; maths pairs the final answers compared that both
state. The attributes say which a pair is, whoever wrote them: a run that nobody needed costs a worker some seconds.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import F

from annotate.domain import audit, blocks, tools
from annotate.models import Assistance, AuditEvent, Pair, Prepared, ToolRun
from annotate.models.assistance import AssistanceState
from annotate.models.protocol import SIDES
from annotate.models.tools import ToolKind
from curation.answers import STATED

AT_ONCE = 500  # pairs looked through
MOST_RUNS = 20  # of a pair
Input = dict[str, Any]


def imported(*, campaign_id: int, last: int) -> None:
    """Pairs up to `last` came in with attributes, and are to be looked through."""
    row = Prepared(campaign_id=campaign_id, imported=last)
    Prepared.objects.bulk_create([row], update_conflicts=True, unique_fields=["campaign"], update_fields=["imported"])


def is_due() -> bool:
    return Prepared.objects.filter(pair_id__lt=F("imported")).exists()


def prepare() -> int:
    """Look through some pairs of one campaign. Returns how many runs are wanted of them now.

    Killed at any point, or done twice at once: the same pairs are looked through again, and want nothing twice.
    """
    due = Prepared.objects.filter(pair_id__lt=F("imported")).order_by("campaign_id").first()
    if due is None:
        return 0
    pairs = Pair.objects.filter(campaign_id=due.campaign_id, pk__gt=due.pair_id, pk__lte=due.imported)
    ids = list(pairs.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
    known = Assistance.objects.filter(pair_id__in=ids, kind="attributes", state=AssistanceState.DONE)
    wanted = sum(want(pair_id=row.pair_id, attributes=row.payload or {}) for row in known.only("pair_id", "payload"))
    reached = ids[-1] if len(ids) == AT_ONCE else due.imported
    Prepared.objects.filter(pk=due.pk, pair_id=due.pair_id).update(pair_id=reached)
    return wanted


def want(*, pair_id: int, attributes: Input) -> int:
    """Want what can be run ahead of a pair whose attributes are known now, once. Returns how many runs that is."""
    runs = RUNS.get(attributes.get("task_category", ""))
    if runs is None:
        return 0
    with transaction.atomic():
        pair = Pair.objects.select_for_update(no_key=True).get(pk=pair_id)  # two at once take turns
        if ToolRun.objects.filter(pair=pair, claim=None).exists():
            return 0
        rows = [
            ToolRun(pair=pair, kind=kind, number=number, input=given)
            for number, (kind, given) in zip(range(1, MOST_RUNS + 1), runs(pair), strict=False)
        ]
        ToolRun.objects.bulk_create(rows)
        AuditEvent.objects.bulk_create(_event(pair, row) for row in rows)
    return len(rows)


def _event(pair: Pair, run: ToolRun) -> AuditEvent:
    place = {"campaign_id": pair.campaign_id, "pair_id": pair.pk}
    return audit.event(verb="tool.prepared", actor_id=None, **place, run=run.pk, kind=run.kind)


def _blocks(pair: Pair) -> Iterator[tuple[str, Input]]:
    """Every block that runs, as somebody would ask for it."""
    for response, messages in (("a", pair.response_a), ("b", pair.response_b)):
        for block in blocks.runnable(messages):
            if len(block.code) <= tools.LONGEST_CODE:
                place = {"response": response, "number": block.number}
                yield ToolKind.CODE, {"language": block.language, "code": block.code, "block": place, "own": ""}


def _answers(pair: Pair) -> Iterator[tuple[str, Input]]:
    """The final answers, where both responses call theirs one: another formula may be no answer."""
    found = tools.final_answers(pair)
    if all(side in found and found[side].how in STATED for side in SIDES):
        yield ToolKind.MATHS, tools.answers_input("both", found)


RUNS: dict[str, Callable[[Pair], Iterator[tuple[str, Input]]]] = {"coding & debugging": _blocks, "math": _answers}
