"""The pair somebody will get when they ask for their next one, so that its page can be got ready; it takes nothing."""

from annotate.domain import leases, queue
from annotate.models import Campaign, Claim, Pair, User


def upcoming(*, campaign: Campaign, user: User) -> Claim | None:
    """The claim they hold or have reserved; else the one they would get now, unsaved: a guess, as somebody else may be
    given its seat first. None: there is nothing for them."""
    if held := leases.HELD.first(campaign.pk, user.pk):
        return leases.own_claim(claim_id=held.pk, user_id=user.pk)
    seat = queue.next_seat(campaign_id=campaign.pk, user_id=user.pk)
    if seat is None:
        return None
    left = leases.orientation(campaign_id=campaign.pk, pair_id=seat.pair_id, seat=seat.seat)
    pair = Pair.objects.get(pk=seat.pair_id)
    return Claim(campaign=campaign, annotator=user, protocol=campaign.protocol, pair=pair, seat=seat.seat, left=left)
