"""From verdicts to gold: consensus, one more person, or a reviewer."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from annotate.domain import access, audit, queue, record
from annotate.domain.compiled import Compiled, Step, change, write
from annotate.models import Adjudication, Campaign, Claim, Gold, QueueEntry
from annotate.models.gold import Origin
from annotate.models.pair import QueueState
from annotate.models.protocol import SIDES

ENTRY = Compiled(lambda pair_id: QueueEntry.objects.select_for_update(no_key=True).filter(pair_id=pair_id), int)
CLOSED = ("state", "free")
CURRENT = Compiled(lambda pair_id: Gold.objects.filter(pair_id=pair_id, superseded_by__isnull=True).only("pk"), int)


def consensus(choices: Sequence[str], *, seats: int, overlap: int) -> str | None:
    """The settled choice, or None. Everybody at the overlap; beyond it more than half.

    >>> consensus(["a", "a"], seats=2, overlap=2)
    'a'
    >>> consensus(["a", "b", "a"], seats=3, overlap=2)
    'a'
    """
    if len(choices) < seats:
        return None
    choice, count = Counter(choices).most_common(1)[0]
    enough = count == len(choices) if seats <= overlap else count * 2 > len(choices)
    return choice if enough else None


def settle(*, claim: Claim, event: int) -> None:
    """After a verdict: gold where all seats are in and agree, one more seat where they differ, else a dispute.

    Locks the queue entry, so that two verdicts arriving together see each other. While a seat is free there is
    nothing to settle. Where no annotator is left who has not had the pair, it goes to a reviewer at once instead of
    waiting for nobody.
    """
    pair_id, campaign = claim.pair_id, claim.campaign
    entry = claim.pair.queue if "queue" in claim.pair._state.fields_cache else ENTRY(pair_id)[0]
    if entry.state != QueueState.OPEN or entry.free:
        return
    verdicts = record.COUNTED(pair_id)
    if len(verdicts) < entry.seats:
        return
    choices = [one.choice for one in verdicts]
    if label := consensus(choices, seats=entry.seats, overlap=campaign.overlap):
        strengths = [one.strength for one in verdicts if one.choice == label and one.strength is not None]
        write_gold(pair_id=pair_id, campaign=campaign, label=label, strengths=strengths, verdicts=verdicts, entry=entry)
    elif entry.seats <= campaign.overlap and access.annotators_left(campaign_id=campaign.pk, pair_id=pair_id):
        queue.open_seat(entry=entry, turn=event)
    else:
        entry.state, entry.free = QueueState.DISPUTED, 0
        change(entry, *CLOSED)
        audit.record(verb="pair.disputed", actor_id=None, campaign_id=campaign.pk, pair_id=pair_id)


def write_gold(
    *,
    pair_id: int,
    campaign: Campaign,
    label: str,
    strengths: Sequence[int],
    verdicts: Sequence[Any],
    entry: QueueEntry,
    adjudication: Adjudication | None = None,
) -> Gold:
    """Append the pair's settled label with its record, superseding the current one if there is one, and close its
    queue entry. `verdicts` are all that count now (record.COUNTED); the protocol is the newest they were claimed under.
    """
    gold = Gold(
        pair_id=pair_id,
        campaign=campaign,
        label=label,
        strength=sum(strengths) / len(strengths) if strengths and label in SIDES else None,
        votes=dict(Counter(one.choice for one in verdicts)),
        origin=Origin.ADJUDICATION if adjudication else Origin.CONSENSUS,
        adjudication=adjudication,
        protocol_id=record.under(verdicts).protocol_id,
        supersedes=current_gold(pair_id=pair_id) if adjudication else None,  # an open pair has none yet
        created=timezone.now(),
    )
    gold.record = record.write(gold, verdicts=verdicts, assistance=record.HELPING(pair_id))
    entry.state, entry.free = QueueState.SETTLED, 0
    write(Step(entry, CLOSED), Step(gold))
    audit.record(
        verb="gold.settled",
        actor_id=adjudication.reviewer_id if adjudication else None,
        campaign_id=campaign.pk,
        pair_id=pair_id,
        gold=gold.pk,
        label=label,
        origin=gold.origin,
    )
    return gold


def current_gold(*, pair_id: int) -> Gold | None:
    return CURRENT.first(pair_id)
