"""Figures about a campaign: how far it is, how well people agree, how fast it goes. Read only."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F
from django.db.models.functions import TruncDate
from django.utils import timezone

from annotate.domain import tallies
from annotate.models import Campaign, Gold, Judgement, QueueEntry, Verdict
from annotate.models.gold import Origin
from annotate.models.pair import QueueState
from annotate.models.protocol import Choice

DAYS = 30

# Of every pair the first two in the order in which they came, by two people; what came too late is not counted.
FIRST_TWO = """
WITH ranked AS (
  SELECT c.pair_id, o.choice, row_number() OVER (PARTITION BY c.pair_id ORDER BY o.created, c.id) AS place
  FROM annotate_{fact} o JOIN annotate_claim c ON c.id = o.{claim}
  WHERE c.campaign_id = %s AND NOT o.surplus
)
SELECT count(*), coalesce(sum(CASE WHEN one.choice = two.choice THEN 1 ELSE 0 END), 0)
FROM ranked one JOIN ranked two ON two.pair_id = one.pair_id AND two.place = 2
WHERE one.place = 1
"""


def stats(*, campaign: Campaign) -> dict[str, Any]:
    """What GET campaigns/{slug}/stats answers; a constant number of statements."""
    return {
        "progress": progress(campaign=campaign),
        "agreement": agreement(campaign=campaign),
        "figures": tallies.overall(campaign=campaign),
        "throughput": throughput(campaign=campaign),
    }


def progress(*, campaign: Campaign) -> dict[str, Any]:
    """Pairs by state, and the current gold by origin; strata by their label."""
    states = dict.fromkeys(QueueState.values, 0)
    entries = QueueEntry.objects.filter(campaign=campaign).order_by()
    states |= dict(entries.values_list("state").annotate(n=Count("pk")))
    gold, strata = dict.fromkeys(Origin.values, 0), dict.fromkeys(Choice.values[2:], 0)
    rows = Gold.objects.filter(campaign=campaign, superseded_by__isnull=True).order_by()
    for label, origin, count in rows.values_list("label", "origin").annotate(n=Count("pk")):
        if label in strata:
            strata[label] += count
        else:
            gold[origin] += count
    return {"pairs": sum(states.values()), **states, "gold": sum(gold.values()), "origins": gold, "strata": strata}


def agreement(*, campaign: Campaign) -> dict[str, dict[str, Any]]:
    """Simple agreement: of the pairs with two, the percentage whose first two judgements (verdicts) are the same.

    Left, right, equal, cannot tell and broken are five different choices. None where no pair has two yet.
    """
    return {
        "judgements": _agreement(campaign, "judgement", "claim_id"),
        "verdicts": _agreement(campaign, "verdict", "judgement_id"),
    }


def _agreement(campaign: Campaign, fact: str, claim: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(FIRST_TWO.format(fact=fact, claim=claim), [campaign.pk])
        pairs, agreed = (int(value) for value in cursor.fetchone())
    return {"pairs": pairs, "agreed": agreed, "percent": round(100 * agreed / pairs, 2) if pairs else None}


def throughput(*, campaign: Campaign, days: int = DAYS) -> list[dict[str, Any]]:
    """Judgements, verdicts and settled pairs per day of the last `days`, oldest first; days without any left out."""
    since = timezone.now() - timedelta(days=days)
    rows = {
        "judgements": Judgement.objects.filter(claim__campaign=campaign),
        "verdicts": Verdict.objects.filter(judgement__claim__campaign=campaign),
        "settled": Gold.objects.filter(campaign=campaign),
    }
    found: dict[str, dict[str, Any]] = {}
    for name, facts in rows.items():
        per_day = facts.filter(created__gte=since).annotate(day=TruncDate("created")).order_by()
        for day, count in per_day.values_list("day").annotate(n=Count(F("pk"))):
            entry = found.setdefault(day.isoformat(), {"day": day.isoformat(), **dict.fromkeys(rows, 0)})
            entry[name] = count
    return [found[day] for day in sorted(found)]
