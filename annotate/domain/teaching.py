"""What a manager sees of known answers: which there are, how people did on them, which gold could join them."""

from typing import Any

from django.db.models import Count, F, Q

from annotate.domain import known
from annotate.domain.work import LISTED, excerpt
from annotate.models import Campaign, Claim, Gold, KnownAnswer
from annotate.models.learning import AnswerPurpose
from annotate.models.protocol import SIDES

Shown = dict[str, Any]
OFFERED = 12  # gold pairs that are offered for promotion


def overview(*, campaign: Campaign) -> Shown:
    """Known answers in force and retired ones, newest first, with the counts by purpose; and gold to promote."""
    found = known.of_campaign(campaign=campaign)
    live = found.filter(retired__isnull=True)
    counts = dict.fromkeys(AnswerPurpose.values, 0)
    counts |= dict(live.order_by().values_list("purpose").annotate(n=Count("pk")))
    rows = list(live.select_related("pair", "added_by")[:LISTED])
    return {
        "answers": _with_results(rows),
        "counts": counts,
        "live_count": sum(counts.values()),
        "retired_count": found.filter(retired__isnull=False).count(),
        "offered": offered(campaign=campaign),
    }


def _with_results(rows: list[KnownAnswer]) -> list[Shown]:
    """Each with how often it was answered in its set, and how often as known. One statement."""
    said = Claim.objects.filter(pair_id__in=[row.pair_id for row in rows], round__gt=0, finished__isnull=False)
    counted: dict[tuple[int, str], int] = {}
    for pair_id, choice, n in said.values_list("pair_id", "judgement__verdict__choice").annotate(n=Count("pk")):
        counted[pair_id, choice] = n
    return [
        show(row)
        | {
            "times": sum(n for (pair_id, _), n in counted.items() if pair_id == row.pair_id),
            "right": counted.get((row.pair_id, row.choice), 0),
        }
        for row in rows
    ]


def show(answer: KnownAnswer) -> Shown:
    """A known answer with its pair, in canonical order: only for who manages the campaign."""
    return {
        "id": answer.pk,
        "pair_id": answer.pair_id,
        "purpose": answer.purpose,
        "purpose_name": answer.get_purpose_display(),
        "choice": answer.choice,
        "choice_name": answer.get_choice_display(),
        "explanation": answer.explanation,
        "origin": answer.get_origin_display(),
        "added_by": answer.added_by.username if answer.added_by else "",
        "created": answer.created,
        "retired": answer.retired,
        "asked": excerpt(answer.pair.conversation),
        "conversation": answer.pair.conversation,
        "responses": {"a": answer.pair.response_a, "b": answer.pair.response_b},
    }


def offered(*, campaign: Campaign) -> list[Shown]:
    """The newest gold pairs on which everybody agreed and that are no known answer yet. Two statements."""
    taken = KnownAnswer.objects.filter(retired__isnull=True, gold__campaign=campaign).values("gold__pair_id")
    current = Gold.objects.filter(campaign=campaign, superseded_by__isnull=True, label__in=SIDES)
    rows = current.exclude(pair_id__in=taken).exclude(
        pair__in=KnownAnswer.objects.filter(retired__isnull=True, pair__campaign=campaign).values("pair_id")
    )
    agreed = Q(pair__queue__seats__lte=F("campaign__overlap"))
    found = rows.filter(agreed, origin="consensus").select_related("pair", "adjudication").order_by("-pk")
    golds = list(found[:OFFERED])
    reasons = known.reasons_of(golds)
    return [
        {
            "pair_id": gold.pair_id,
            "asked": excerpt(gold.pair.conversation),
            "votes": sum(gold.votes.values()),
            "reason": reasons[gold.pk],
        }
        for gold in golds
        if reasons[gold.pk]
    ]
