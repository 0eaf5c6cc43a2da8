"""Answers of engines become facts: many in one transaction, each only where its lease still holds."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from annotate.domain import audit, preparing, queue, wanting
from annotate.domain.assistance import Work
from annotate.models import Assistance, AuditEvent
from annotate.models.assistance import AssistanceState

SAME = ("model", "revision", "prompt_version", "finished")
EACH = ("payload", "settings", "blob", "tokens_read", "tokens_written", "tokens_padded", "milliseconds")
SQLITE = f"""UPDATE annotate_assistance SET state = 'done', error = '',
{", ".join(f"{name} = %s" for name in (*SAME, *EACH))} WHERE id = %s"""  # noqa: S608 our own names
# As one statement the change is also counted once (models/counts.py).
POSTGRESQL = """UPDATE annotate_assistance a SET state = 'done', error = '', model = %s, revision = %s,
prompt_version = %s, finished = %s, payload = v.payload::jsonb, settings = v.settings::jsonb, blob = v.blob,
tokens_read = v.tokens_read, tokens_written = v.tokens_written, tokens_padded = v.tokens_padded,
milliseconds = v.milliseconds
FROM unnest(%s::text[], %s::text[], %s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
  %s::bigint[]) AS v (payload, settings, blob, tokens_read, tokens_written, tokens_padded, milliseconds, id)
WHERE a.id = v.id"""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who answers: enough to have it answered again."""

    model: str
    revision: str
    prompt_version: str
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """One row's payload, what belongs beside it, and what it took; `settings` are this row's own."""

    work: Work
    payload: dict[str, Any]
    blob: bytes | None = None
    tokens_read: int = 0
    tokens_written: int = 0
    tokens_padded: int = 0
    milliseconds: int = 0
    settings: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def record(*, answers: Sequence[Answer], by: Provenance, actor_id: int | None = None) -> int:
    """Store answers by compare-and-set on their leases. Returns how many: what lost its lease is dropped, somebody
    else answers it. `actor_id`: whose external worker returned them; None: a worker of our own."""
    if not answers:
        return 0
    held = _held(answers)
    mine = [answer for answer in answers if answer.work.assistance_id in held]
    _write(mine, by)
    events = [_event(answer, by, actor_id) for answer in mine]
    AuditEvent.objects.bulk_create(events)
    _follow_up([answer for answer in mine if answer.work.kind == "attributes"], events)
    return len(mine)


def _held(answers: Sequence[Answer]) -> set[int]:
    leases = {answer.work.assistance_id: answer.work.lease for answer in answers}
    rows = Assistance.objects.select_for_update().filter(pk__in=leases, state=AssistanceState.LEASED)
    return {pk for pk, lease in rows.values_list("pk", "lease") if leases[pk] == lease}


def _write(answers: Sequence[Answer], by: Provenance) -> None:
    """One statement for all of them on PostgreSQL, a prepared one on SQLite: the ORM would write one for each."""
    if not answers:
        return
    same = (by.model[:300], by.revision[:100], by.prompt_version)
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    each = [
        (
            *(json.dumps(one.payload), json.dumps(by.settings | one.settings), one.blob),
            *(one.tokens_read, one.tokens_written, one.tokens_padded, one.milliseconds, one.work.assistance_id),
        )
        for one in answers
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(POSTGRESQL, [*same, now, *map(list, zip(*each, strict=True))])
        else:
            cursor.executemany(SQLITE, [(*same, now, *one) for one in each])


def _event(answer: Answer, by: Provenance, actor_id: int | None) -> AuditEvent:
    return audit.event(
        verb="assistance.recorded",
        actor_id=actor_id,
        campaign_id=answer.work.campaign_id,
        pair_id=answer.work.pair_id,
        assistance=answer.work.assistance_id,
        kind=answer.work.kind,
        model=by.model,
    )


def _follow_up(answers: Sequence[Answer], events: Sequence[AuditEvent]) -> None:
    """Attributes say which pairs are served first, what tools run ahead of them, and which are worth verifying
    beforehand."""
    for one in sorted(answers, key=lambda one: one.work.pair_id):
        preparing.want(pair_id=one.work.pair_id, attributes=one.payload)
    first = [one.work.pair_id for one in answers if served_first("attributes", one.payload)]
    if first:
        queue.promote(pair_ids=first, turn=events[-1].pk)
    objective = defaultdict(list)
    for one in answers:
        if wanting.makes_sense(wanting.OBJECTIVE, one.payload):
            objective[one.work.campaign_id].append(one.work.pair_id)
    for campaign_id, pair_ids in objective.items():
        wanting.known_objective(campaign_id=campaign_id, pair_ids=pair_ids)


def served_first(kind: str, payload: dict[str, Any]) -> bool:
    """Objective pairs of low controversiality come first (METHOD.md, the human protocol, 5)."""
    return (
        kind == "attributes" and payload.get("objectivity") == "objective" and payload.get("controversiality") == "low"
    )
