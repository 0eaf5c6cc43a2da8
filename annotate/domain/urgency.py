"""Whose assistance is needed soonest: what people hold now, then what the queue hands out next."""

from annotate.models import Campaign, Claim, QueueEntry

LOOKED_AT = 400  # pairs: so far ahead assistance is made in the order of serving


def soonest(*, campaign: Campaign | None = None) -> list[int]:
    """Some hundred pairs, most urgent first, of the campaigns that people are at work in.

    Where nobody works nothing is urgent, and assistance is made in the order in which pairs came.
    """
    live = Claim.objects.filter(finished__isnull=True, abandoned__isnull=True)
    if campaign is not None:
        live = live.filter(campaign=campaign)
    held = list(live.order_by("ahead", "expires").values_list("pair_id", "campaign_id")[:LOOKED_AT])
    found = dict.fromkeys(pair_id for pair_id, _ in held)
    for campaign_id in dict.fromkeys(campaign_id for _, campaign_id in held):
        if len(found) >= LOOKED_AT:
            break
        waiting = QueueEntry.objects.filter(campaign_id=campaign_id, free__gt=0)
        found |= dict.fromkeys(
            waiting.order_by("lane", "turn", "pair_id").values_list("pair_id", flat=True)[:LOOKED_AT]
        )
    return list(found)[:LOOKED_AT]
