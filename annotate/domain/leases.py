"""Claims: one person, one seat of one pair, for a while."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import access, audit, claiming, queue
from annotate.domain.compiled import Compiled, add
from annotate.domain.errors import AlreadyDone, Gone, Invalid, Missing, OutOfOrder
from annotate.models import Campaign, Claim, Pair, User
from annotate.models.campaign import Purpose
from annotate.models.guards import QUALIFIED
from annotate.models.protocol import UNOPENED

LIVE = Q(abandoned__isnull=True, finished__isnull=True)
CAUSES = ("too long", "outside my knowledge", "offensive", "technical problem", "other")
EXPIRED, NEEDED, CHANGED, LEFT = "expired", "needed", "rules changed", "left the campaign"
AHEAD = timedelta(minutes=10)  # that a pair reserved ahead waits to be opened; renewed with the one in hand
JOINED = ("campaign", "pair", "protocol", "judgement__reveal", "judgement__verdict")
# The one in hand first, then the one reserved ahead.
HELD = Compiled(
    lambda campaign_id, user_id: Claim.objects.filter(LIVE, campaign_id=campaign_id, annotator_id=user_id).order_by(
        "ahead"
    ),
    int,
    int,
)
OWN = Compiled(
    lambda claim_id, user_id: Claim.objects.select_related(*JOINED).filter(pk=claim_id, annotator_id=user_id), int, int
)
LEFT_BEHIND = ("pair__conversation", "pair__response_a", "pair__response_b", "protocol__text", "protocol__attestation")
LOCKED = Compiled(
    lambda claim_id, user_id: (
        Claim.objects.select_related(*JOINED)
        .filter(pk=claim_id, annotator_id=user_id)
        .select_for_update(of=("self",), no_key=True)
        .defer(*LEFT_BEHIND)
    ),
    int,
    int,
)
# With the pair's place in the queue, locked as well: who settles it needs both.
SETTLING = Compiled(
    lambda claim_id, user_id: (
        Claim.objects.select_related(*JOINED, "pair__queue")
        .filter(pk=claim_id, annotator_id=user_id, pair__queue__isnull=False)
        .select_for_update(of=("self", "pair__queue"), no_key=True)
        .defer(*LEFT_BEHIND)
    ),
    int,
    int,
)


JUDGEMENT: Any = Claim._meta.get_field("judgement")
PAIR = Compiled(lambda pair_id: Pair.objects.filter(pk=pair_id), int)


def claim_next(*, campaign: Campaign, user: User, key: str = "") -> tuple[Claim | None, bool]:
    """The pair this person holds already or had reserved, or else the next one; with whether the claim is new.

    (None, False): there is nothing for them now. Seats of expired claims are given back when the queue looks empty
    (and by the beat, workers.tasks.tick), so a killed client never keeps one; and who has nothing goes before who
    only reserved.
    """
    claim, new = _claim(campaign=campaign, user=user, key=key)
    if claim is None:
        reap(campaign=campaign, wait=True)
        # Even where this found none: somebody else may have given seats back since the queue looked empty.
        claim, new = _claim(campaign=campaign, user=user, key=key)
    if claim is None and _give_way(campaign=campaign, user=user):
        claim, new = _claim(campaign=campaign, user=user, key=key)
    return claim, new


def live_claim(*, campaign: Campaign, user: User) -> Claim | None:
    """The pair in this person's hands. Where there is none, the one reserved for them comes into them."""
    held = HELD.first(campaign.pk, user.pk)
    if held is None or not held.ahead or _open(held, campaign):
        return held
    _give_back_outdated(held, campaign)
    return HELD.first(campaign.pk, user.pk)  # another request of theirs opened it, or somebody else needed it


def _open(claim: Claim, campaign: Campaign) -> bool:
    """A reserved claim becomes the one in hand, its time begins. False: it is gone, another is in hand, or the
    campaign's rules are others now than those it was reserved under."""
    if _outdated(claim, campaign):
        return False
    begun = {"ahead": False, "claimed": timezone.now(), "expires": lease_end(campaign)}
    try:
        with transaction.atomic():
            if not Claim.objects.filter(LIVE, pk=claim.pk, ahead=True).update(**begun):
                return False
            audit.record(
                verb="claim.opened",
                actor_id=claim.annotator_id,
                campaign_id=claim.campaign_id,
                pair_id=claim.pair_id,
                claim=claim.pk,
            )
    except IntegrityError:
        return False
    for name, value in begun.items():
        setattr(claim, name, value)
    return True


def _outdated(claim: Claim, campaign: Campaign) -> bool:
    """A claim never changes its protocol or reveal policy; one that nobody read yet is exchanged instead."""
    return (claim.protocol_id, claim.reveal_policy) != (campaign.protocol_id, campaign.reveal)


@transaction.atomic
def _give_back_outdated(claim: Claim, campaign: Campaign) -> bool:
    return _outdated(claim, campaign) and bool(_free([claim.pk], cause=CHANGED, actor_id=None))


def open_reserved(*, claim: Claim) -> None:
    """What somebody acts on has to be in their hands. Gone: reserved, and given away before it was opened."""
    if claim.abandoned or _outdated(claim, claim.campaign):
        raise Gone(
            _("This pair was reserved for you and given to somebody else before you came to it."),
            kept=_("What you wrote was not recorded; it is still on this computer."),
        )
    if not _open(claim, claim.campaign):
        raise OutOfOrder(_("Finish the pair before this one first."), kept=_("Nothing was recorded yet."))


def reserve_ahead(*, claim: Claim, user: User) -> Claim | None:
    """The pair that comes after the one in hand, kept for this person so that its page can be ready. None: none left.

    It is theirs for AHEAD, longer while the one in hand is renewed, and goes to whoever has nothing to do before that.
    """
    if claim.ahead or claim.finished or claim.abandoned:
        raise Gone(_("This pair is no longer held for you."), kept=_("What you send is still kept, as surplus."))
    reserved = _reserved(claim.campaign, user)
    if reserved and not _give_back_outdated(reserved, claim.campaign):
        return reserved
    try:
        return _take(campaign=claim.campaign, user=user, key="", ahead=True)
    except IntegrityError:  # another window of theirs was first
        return _reserved(claim.campaign, user)


def _reserved(campaign: Campaign, user: User) -> Claim | None:
    return next((claim for claim in HELD(campaign.pk, user.pk) if claim.ahead), None)


def _give_way(*, campaign: Campaign, user: User) -> int:
    """Somebody with nothing to do gets what another only reserved: give one such seat back. Returns how many."""
    mine = Claim.objects.filter(~UNOPENED, annotator=user, pair_id=OuterRef("pair_id"))
    with transaction.atomic():
        reserved = Claim.objects.filter(LIVE, ~Exists(mine), campaign=campaign, ahead=True).exclude(annotator=user)
        locked = reserved.select_for_update(skip_locked=True, of=("self",)).order_by("expires", "pk")
        return _free(list(locked.values_list("pk", flat=True)[:1]), cause=NEEDED, actor_id=user.pk)


def _claim(*, campaign: Campaign, user: User, key: str) -> tuple[Claim | None, bool]:
    """Take a seat and write the claim, unless one is held. Of two requests of one person at once the second waits for
    the first, is refused by claim_one_live, gives its seat back and answers with the first's claim. Unqualified: the
    database's guard says that this person may not judge here yet."""
    try:
        if claim := _take_at_once(campaign=campaign, user=user, key=key):
            return claim, True
        if live := live_claim(campaign=campaign, user=user):
            return live, False
        claim = _take(campaign=campaign, user=user, key=key)
    except IntegrityError as error:
        if QUALIFIED in str(error):
            raise access.unqualified(campaign) from None
        if live := live_claim(campaign=campaign, user=user):
            return live, False
        raise
    return claim, claim is not None


def _take_at_once(*, campaign: Campaign, user: User, key: str) -> Claim | None:
    now, expires = timezone.now(), lease_end(campaign)
    made = claiming.at_once(campaign=campaign, user_id=user.pk, key=key, now=now, expires=expires)
    if made is None:
        return None
    if queue.is_time_to_advance(made.pair_id):
        queue.advance(campaign_id=campaign.pk, user_id=user.pk)
    claim = _new_claim(campaign, user, key, pair_id=made.pair_id, seat=made.seat, left=made.left, claimed=now)
    claim.pk, claim.expires, claim._state.adding = made.claim_id, expires, False
    return claim


@transaction.atomic
def _take(*, campaign: Campaign, user: User, key: str, ahead: bool = False) -> Claim | None:
    taken = queue.take_seat(campaign_id=campaign.pk, user_id=user.pk)
    if taken is None:
        return None
    left = orientation(campaign_id=campaign.pk, pair_id=taken.pair_id, seat=taken.seat)
    claim = _new_claim(campaign, user, key, pair_id=taken.pair_id, seat=taken.seat, left=left, claimed=timezone.now())
    claim.ahead, claim.expires = ahead, lease_end(campaign, ahead=ahead)
    add(claim)
    audit.record(
        verb="claim.made",
        actor_id=user.pk,
        campaign_id=campaign.pk,
        pair_id=taken.pair_id,
        claim=claim.pk,
        seat=taken.seat,
        **({"ahead": True} if ahead else {}),
    )
    return claim


def _new_claim(campaign: Campaign, user: User, key: str, **fields: Any) -> Claim:
    return Claim(
        campaign=campaign,
        annotator=user,
        protocol_id=campaign.protocol_id,
        reveal_policy=campaign.reveal,
        key=key,
        expires=lease_end(campaign),
        **fields,
    )


def lease_end(campaign: Campaign, *, ahead: bool = False) -> datetime:
    whole = timedelta(minutes=campaign.lease_minutes)
    return timezone.now() + (min(AHEAD, whole) if ahead else whole)


def orientation(*, campaign_id: int, pair_id: int, seat: int) -> str:
    """Which response stands left, 'a' or 'b': a coin per pair, turned over for every next seat. As in claiming.SQL."""
    coin = hashlib.sha256(f"{campaign_id}:{pair_id}".encode()).digest()[0] & 1
    return "ab"[(coin + seat) & 1]


def own_claim(*, claim_id: int, user_id: int, lock: bool = False, settling: bool = False) -> Claim:
    """This person's claim with its campaign and pair, or Missing.

    `lock` and `settling`, which locks the pair's place in the queue too, need a transaction; texts stay behind.
    """
    claim = (SETTLING if settling else LOCKED if lock else OWN).first(claim_id, user_id)
    if claim is None and settling:
        claim = LOCKED.first(claim_id, user_id)  # a pair of a set stands in no queue
    if claim is None:
        raise Missing(_("There is no such claim of yours."))
    return claim


def just_made(claim: Claim) -> Claim:
    """A claim of this very request as own_claim would read it: only its pair is not at hand yet."""
    claim.pair = PAIR(claim.pair_id)[0]
    claim.protocol = claim.campaign.protocol
    JUDGEMENT.set_cached_value(claim, None)
    return claim


def renew(*, claim: Claim) -> datetime:
    """A later end, by compare-and-set on a live claim. Gone: the seat was given away meanwhile."""
    if claim.ahead and _open(claim, claim.campaign):
        return claim.expires
    expires = lease_end(claim.campaign, ahead=claim.ahead)
    if not Claim.objects.filter(LIVE, pk=claim.pk).update(expires=expires):
        raise Gone(_("This pair is no longer held for you."), kept=_("What you send is still kept, as surplus."))
    return expires


def renew_ahead(*, claim: Claim) -> None:
    """Whoever renews the pair in hand is there: what is reserved to come after it waits for longer."""
    reserved = Claim.objects.filter(LIVE, campaign=claim.campaign, annotator_id=claim.annotator_id, ahead=True)
    reserved.update(expires=lease_end(claim.campaign, ahead=True))


@transaction.atomic
def abandon(*, claim: Claim, cause: str, actor: User) -> None:
    """Skip a pair, with a cause: its seat is free again for somebody else, never for this person."""
    if claim.campaign.purpose == Purpose.QUALIFICATION:
        raise Invalid(
            _("A pair of a qualification is not given back: say that you cannot tell, if you cannot."),
            fields={"cause": _("not in a qualification")},
        )
    if not cause.strip():
        raise Invalid(_("Say why you skip this pair."), fields={"cause": _("a cause is needed")})
    if claim.ahead:
        open_reserved(claim=claim)
    if not _free([claim.pk], cause=cause.strip()[:40], actor_id=actor.pk):
        raise AlreadyDone(_("This pair is finished or was given away already."))


def give_back_all(*, campaign: Campaign, user_id: int, actor: User) -> int:
    """The seats of whatever this person holds or has reserved are free again. Returns how many."""
    live = Claim.objects.filter(LIVE, campaign=campaign, annotator_id=user_id)
    return _free(list(live.values_list("pk", flat=True)), cause=LEFT, actor_id=actor.pk)


def reap(*, campaign: Campaign | None = None, wait: bool = False, most: int = 200) -> int:
    """Give back the seats of claims whose time ran out. Returns how many. `wait` for others who are at it, too.

    In a set nobody waits for a seat: a pair that is practised stays with its person, however long they are away.
    """
    with transaction.atomic():
        expired = Claim.objects.filter(LIVE, expires__lt=timezone.now(), round=0)
        if campaign is not None:
            expired = expired.filter(campaign=campaign)
        locked = expired.select_for_update(skip_locked=not wait).order_by("expires", "pk").values_list("pk", flat=True)
        return _free(list(locked[:most]), cause=EXPIRED, actor_id=None)


def _free(claim_ids: list[int], *, cause: str, actor_id: int | None) -> int:
    """Mark live claims abandoned and return their seats to the queue, each with its event."""
    if not claim_ids:
        return 0
    claims = Claim.objects.select_for_update().filter(LIVE, pk__in=claim_ids)
    freed = 0
    for claim in claims.only("pk", "pair_id", "seat", "campaign_id").order_by("pair_id"):
        freed += Claim.objects.filter(LIVE, pk=claim.pk).update(abandoned=timezone.now(), cause=cause)
        event = audit.record(
            verb="claim.abandoned",
            actor_id=actor_id,
            campaign_id=claim.campaign_id,
            pair_id=claim.pair_id,
            claim=claim.pk,
            cause=cause,
        )
        queue.give_back(pair_id=claim.pair_id, seat=claim.seat, turn=event)
    return freed
