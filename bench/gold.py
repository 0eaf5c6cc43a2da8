"""Run inside Django (`manage.py shell`): every judged pair of a campaign is settled, as the product would write it."""

from collections import Counter

from django.utils import timezone

from annotate.domain import record
from annotate.models import Campaign, Gold, Verdict
from annotate.models.gold import Origin

BATCH = 1000


def settle(campaign_id: int) -> None:
    """Gold with its record, of verdicts that agree; without the locks and events that nobody measures here."""
    campaign = Campaign.objects.get(pk=campaign_id)
    found = Verdict.objects.filter(pair__campaign=campaign).order_by("pair_id").values_list("pair_id", flat=True)
    pairs = list(found.distinct())
    for at in range(0, len(pairs), BATCH):
        Gold.objects.bulk_create([_settled(campaign, pair_id) for pair_id in pairs[at : at + BATCH]])


def _settled(campaign: Campaign, pair_id: int) -> Gold:
    verdicts = record.COUNTED(pair_id)
    gold = Gold(
        pair_id=pair_id,
        campaign=campaign,
        label=verdicts[0].choice,
        strength=verdicts[0].strength,
        votes=Counter(one.choice for one in verdicts),
        origin=Origin.CONSENSUS,
        protocol_id=campaign.protocol_id,
        created=timezone.now(),
    )
    gold.record = record.write(gold, verdicts=verdicts, assistance=record.HELPING(pair_id))
    return gold
