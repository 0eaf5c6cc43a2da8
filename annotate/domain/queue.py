"""Which pair is next for whom.

Open pairs stand in lanes, in each by (turn, pair). A person's cursor says how far everything is theirs already, so
that finding the next pair costs the same however long the campaign and however much one person did. Taking a seat
is a compare-and-set on the entry's free seats; the unique constraints of Claim guard it.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from annotate.domain.compiled import Compiled
from annotate.models import QueueCursor, QueueEntry
from annotate.models.pair import Lane, QueueState

LOOKED_AT = 40  # candidates a claim looks at: more than the people who may hold a lock at one moment
ADVANCE_EVERY = 16  # claims between two writes of the cursor
SWEEP_EVERY = timedelta(seconds=5)

# The scalar subquery looks up the few claims of one candidate. As NOT EXISTS it becomes an anti-join, and without the
# `+ 0` it may take the index on the person: with stale statistics either reads all that person ever did, for every
# candidate: minutes instead of a millisecond at 200,000 pairs.
LANE_SQL = """
SELECT * FROM (
  SELECT q.pair_id, q.lane, q.turn FROM annotate_queueentry q
  WHERE q.campaign_id = %s AND q.lane = {lane} AND q.free > 0 AND (q.turn, q.pair_id) >= (%s, %s)
    AND (SELECT c.id FROM annotate_claim c WHERE c.pair_id = q.pair_id AND c.annotator_id + 0 = %s
         AND NOT (c.ahead AND c.abandoned IS NOT NULL)) IS NULL
  ORDER BY q.turn, q.pair_id LIMIT {most}) AS lane{lane}
"""
CANDIDATES_SQL = " UNION ALL ".join(LANE_SQL.format(lane=lane, most=LOOKED_AT) for lane in Lane.values)
START = (0, 0)
CURSORS = Compiled(
    lambda campaign_id, user_id: QueueCursor.objects.filter(campaign_id=campaign_id, user_id=user_id), int, int
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat taken from the queue in the running transaction."""

    pair_id: int
    seat: int


def take_seat(*, campaign_id: int, user_id: int) -> Taken | None:
    """Take the first free seat of a pair this person never held. Call inside a transaction. None: nothing left."""
    cursors = {row.lane: row for row in CURSORS(campaign_id, user_id)}
    if taken := _take(campaign_id, user_id, {lane: (row.turn, row.pair_id) for lane, row in cursors.items()}):
        return taken
    return _sweep(campaign_id, user_id, cursors)


def next_seat(*, campaign_id: int, user_id: int) -> Taken | None:
    """The seat that take_seat would take if nobody else came first. Nothing is locked, taken or remembered."""
    starts = {row.lane: (row.turn, row.pair_id) for row in CURSORS(campaign_id, user_id)}
    for pair_id, _lane, _turn in _candidates(campaign_id, user_id, starts)[:1]:
        free = QueueEntry.objects.filter(pair_id=pair_id, free__gt=0).values_list("free", flat=True).first()
        return _taken(pair_id, free) if free else None
    return None


def _take(campaign_id: int, user_id: int, starts: dict[int, tuple[int, int]]) -> Taken | None:
    for wait in (False, False, True):
        candidates = _candidates(campaign_id, user_id, starts)
        if not candidates:
            return None
        if taken := _take_one_of([pair_id for pair_id, _, _ in candidates], wait=wait):
            if is_time_to_advance(taken.pair_id):
                _remember(campaign_id, user_id, candidates)
            return taken
    return None


def _params(campaign_id: int, user_id: int, starts: dict[int, tuple[int, int]]) -> list[int]:
    return [one for lane in Lane.values for one in (campaign_id, *starts.get(lane, START), user_id)]


def _taken(pair_id: int, free: int) -> Taken:
    """`free` as it was: the lowest bit is the seat that was taken."""
    return Taken(pair_id=pair_id, seat=(free & -free).bit_length() - 1)


def _candidates(campaign_id: int, user_id: int, starts: dict[int, tuple[int, int]]) -> list[tuple[int, int, int]]:
    """(pair, lane, turn) of the next open pairs that are not this person's, best first, unlocked."""
    with connection.cursor() as cursor:
        cursor.execute(f"{CANDIDATES_SQL} LIMIT {LOOKED_AT}", _params(campaign_id, user_id, starts))
        rows: list[tuple[int, int, int]] = cursor.fetchall()
        return rows


def _take_one_of(pair_ids: list[int], *, wait: bool) -> Taken | None:
    """Lock the first candidate (that nobody else is taking, or wait) and clear its lowest free bit: the seat."""
    open_entries = QueueEntry.objects.filter(pair_id__in=pair_ids, free__gt=0)
    entry = (
        open_entries.order_by("lane", "turn", "pair_id")
        .select_for_update(skip_locked=not wait)
        .values_list("pair_id", "free")
        .first()
    )
    if entry is None:
        return None
    pair_id, free = entry
    QueueEntry.objects.filter(pair_id=pair_id).update(free=free & (free - 1))
    return _taken(pair_id, free)


def is_time_to_advance(pair_id: int) -> bool:
    return pair_id % ADVANCE_EVERY == 0


def advance(*, campaign_id: int, user_id: int) -> None:
    """Move a person's cursors on to what is open for them now."""
    starts = {row.lane: (row.turn, row.pair_id) for row in CURSORS(campaign_id, user_id)}
    _remember(campaign_id, user_id, _candidates(campaign_id, user_id, starts))


def _remember(campaign_id: int, user_id: int, candidates: list[tuple[int, int, int]]) -> None:
    """Remember the first candidate of each lane: everything open before it is this person's."""
    first: dict[int, tuple[int, int]] = {}
    for pair_id, lane, turn in candidates:
        first.setdefault(lane, (turn, pair_id))
    QueueCursor.objects.bulk_create(
        [
            QueueCursor(campaign_id=campaign_id, user_id=user_id, lane=lane, turn=turn, pair_id=pair_id)
            for lane, (turn, pair_id) in first.items()
        ],
        update_conflicts=True,
        unique_fields=["campaign", "user", "lane"],
        update_fields=["turn", "pair_id"],
    )


def _sweep(campaign_id: int, user_id: int, cursors: dict[int, QueueCursor]) -> Taken | None:
    """Look once from the start: an import that committed late may have left pairs before a cursor.

    At most every SWEEP_EVERY a person, so that polling an empty queue stays cheap.
    """
    now = timezone.now()
    if not cursors or any(row.swept > now - SWEEP_EVERY for row in cursors.values()):
        return None
    QueueCursor.objects.filter(campaign_id=campaign_id, user_id=user_id).update(swept=now)
    return _take(campaign_id, user_id, {})


def give_back(*, pair_id: int, seat: int, turn: int) -> None:
    """Free a seat again and serve the pair before all others. `turn` is the audit event that gave it back."""
    QueueEntry.objects.filter(pair_id=pair_id, state=QueueState.OPEN).update(
        free=F("free").bitor(1 << seat), lane=Lane.RETURNED, turn=turn
    )


def open_seat(*, entry: QueueEntry, turn: int) -> None:
    """One more person, beyond the overlap: verdicts differ. Serve the pair before all others."""
    entry.free |= 1 << entry.seats
    entry.seats += 1
    entry.lane, entry.turn = Lane.RETURNED, turn
    entry.save(update_fields=["free", "seats", "lane", "turn"])


@transaction.atomic
def promote(*, pair_ids: list[int], turn: int) -> int:
    """Objective, uncontroversial pairs are served before the rest (METHOD.md, the human protocol, 5)."""
    return QueueEntry.objects.filter(pair_id__in=pair_ids, lane=Lane.NEXT, state=QueueState.OPEN).update(
        lane=Lane.FIRST, turn=turn
    )
