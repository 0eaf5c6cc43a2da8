"""Every change writes its event here, in the same transaction."""

from typing import Any

from annotate.domain.compiled import add
from annotate.models import AuditEvent


def record(
    *,
    verb: str,
    actor_id: int | None,
    campaign_id: int | None = None,
    pair_id: int | None = None,
    **data: Any,
) -> int:
    """Write one event; its id also orders the queue (QueueEntry.turn)."""
    written = event(verb=verb, actor_id=actor_id, campaign_id=campaign_id, pair_id=pair_id, **data)
    add(written)
    return written.pk


def event(
    *,
    verb: str,
    actor_id: int | None,
    campaign_id: int | None = None,
    pair_id: int | None = None,
    **data: Any,
) -> AuditEvent:
    """An event to be written with what it tells of (compiled.write)."""
    return AuditEvent(verb=verb, actor_id=actor_id, campaign_id=campaign_id, pair_id=pair_id, data=data)
