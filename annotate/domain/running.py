"""Runs of tools as work: the rows are the queue. Leased by a worker, recorded, given back or stopped."""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import assistant, audit
from annotate.domain.errors import Missing
from annotate.models import Answering, ToolRun, User
from annotate.models.tools import RunState, RunStatus, ToolKind

Shown = dict[str, Any]
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Work:
    """One leased run. `campaign_id` is whose documents it searches in: a set has those of the campaign it serves.

    `ahead`: nobody waits for it.
    """

    run_id: int
    lease: str
    attempts: int
    kind: str
    input: Shown
    campaign_id: int
    ahead: bool = False


LEASED = (
    *("state", "lease", "due", "attempts", "kind", "input", "claim_id"),
    *("pair__campaign_id", "pair__campaign__serves_id"),
)


def lease(*, seconds: int = 60, chat: bool = False) -> Work | None:
    """Take the run that is due for the longest: a wanted one, or one whose worker did not come back. What runs ahead
    of time is taken where nobody waits.

    Questions to an assistant (`chat`) have workers of their own: they wait for another server, and hold nobody up.
    """
    now, token = timezone.now(), secrets.token_hex(16)
    with transaction.atomic():
        run = _first(_due(chat=chat).filter(claim__isnull=False)) or _first(_due(chat=chat).filter(claim=None))
        if run is None:
            return None
        run.state, run.lease, run.due = RunState.LEASED, token, now + timedelta(seconds=seconds)
        run.attempts += 1
        run.save(update_fields=["state", "lease", "due", "attempts"])
    campaign = run.pair.campaign
    whose = campaign.serves_id or campaign.pk
    return Work(run.pk, token, run.attempts, run.kind, run.input, whose, ahead=run.claim_id is None)


def _first(due: QuerySet[ToolRun]) -> ToolRun | None:
    runs = due.order_by("due", "id").select_related("pair__campaign").only(*LEASED)
    return runs.select_for_update(of=("self",), skip_locked=True).first()


def is_due(*, chat: bool = False) -> bool:
    return _due(chat=chat).exists()


def _due(*, chat: bool) -> QuerySet[ToolRun]:
    due = ToolRun.objects.filter(due__lte=timezone.now()).exclude(state=RunState.DONE)
    return due.filter(kind=ToolKind.LLM) if chat else due.exclude(kind=ToolKind.LLM)


def is_asked() -> bool:
    """Whether somebody waits for a run that nobody has taken."""
    return _due(chat=False).filter(claim__isnull=False).exists()


@transaction.atomic
def record(
    *, work: Work, status: str, output: Shown, version: str = "", environment: str = "", milliseconds: int = 0
) -> bool:
    """Store what came of a run, by compare-and-set on its lease. False: the lease was lost; dropped."""
    stored = ToolRun.objects.filter(pk=work.run_id, lease=work.lease, state=RunState.LEASED).update(
        state=RunState.DONE,
        status=status,
        output=output,
        version=version,
        environment=environment,
        milliseconds=milliseconds,
        sha256=digest(work.kind, work.input, status, output, version, environment),
        finished=timezone.now(),
    )
    if not stored:
        return False
    texts = ("conversation", "response_a", "response_b")
    run = (
        ToolRun.objects.select_related("claim", "pair").defer(*(f"pair__{name}" for name in texts)).get(pk=work.run_id)
    )
    if run.kind == ToolKind.LLM:
        assistant.answered(run=run)
    audit.record(
        verb="tool.ran",
        actor_id=None,
        campaign_id=run.pair.campaign_id,
        pair_id=run.pair_id,
        run=run.pk,
        kind=run.kind,
        status=status,
        sha256=run.sha256,
    )
    return True


@transaction.atomic
def stop(*, claim_id: int, user: User, number: int) -> None:
    """No more of an assistant's answer. One that comes is ended by its worker; one that nobody works on, here."""
    run = assistant.own(claim_id=claim_id, user=user, number=number).select_for_update(of=("self",)).first()
    if run is None:
        raise Missing(_("There is no such question of yours."))
    Answering.objects.filter(run=run).update(stop=True)
    if run.state == RunState.WANTED or (run.state == RunState.LEASED and run.due <= timezone.now()):
        work = Work(run.pk, secrets.token_hex(16), run.attempts, run.kind, run.input, 0)
        ToolRun.objects.filter(pk=run.pk).update(state=RunState.LEASED, lease=work.lease)
        said = Answering.objects.filter(run=run).values_list("text", flat=True).get()
        record(work=work, status=RunStatus.STOPPED, output={"answer": said, "note": "Stopped by whoever asked."})


def give_back(*, work: Work) -> None:
    """Return a run untouched: the worker was told to stop."""
    mine = ToolRun.objects.filter(pk=work.run_id, lease=work.lease, state=RunState.LEASED)
    mine.update(state=RunState.WANTED, due=timezone.now(), attempts=F("attempts") - 1)


def digest(kind: str, input: Shown, status: str, output: Shown, version: str, environment: str) -> str:
    """SHA-256 of what was run and what came of it, as canonical JSON. How long it took is no part of it."""
    parts = [kind, input, status, output, version, environment]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
