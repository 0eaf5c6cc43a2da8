"""A claim in one statement, where the database can: seat, claim and event together, and nothing to hold open.

PostgreSQL only. It is what leases._take does step by step; where it finds nothing, that finds out why.
"""

from datetime import datetime
from typing import Any, NamedTuple

from annotate.domain.compiled import cursor_of, here
from annotate.models import Campaign
from annotate.models.pair import Lane

# The scalar subquery about the person's own claims is written as in queue.LANE_SQL, and for the same reasons.
LANE = """
lane{lane} AS MATERIALIZED (
  SELECT q.pair_id, q.free FROM annotate_queueentry q
  WHERE q.campaign_id = %(campaign)s AND q.lane = {lane} AND q.free > 0
    AND (q.turn, q.pair_id) >= (
      coalesce((SELECT turn FROM starts WHERE lane = {lane}), 0),
      coalesce((SELECT pair_id FROM starts WHERE lane = {lane}), 0))
    AND (SELECT c.id FROM annotate_claim c WHERE c.pair_id = q.pair_id AND c.annotator_id + 0 = %(user)s
         AND NOT (c.ahead AND c.abandoned IS NOT NULL)) IS NULL
    {before}
  ORDER BY q.turn, q.pair_id LIMIT 1 FOR UPDATE OF q SKIP LOCKED
)
"""
LANES = ",".join(
    LANE.format(lane=lane, before="".join(f" AND NOT EXISTS (TABLE {one})" for one in ("held", *earlier)))
    for lane in Lane.values
    for earlier in [[f"lane{before}" for before in Lane.values if before < lane]]
)
FOUND = " UNION ALL ".join(f"TABLE lane{lane}" for lane in Lane.values)
SQL = f"""
WITH held AS MATERIALIZED (
  SELECT id FROM annotate_claim WHERE campaign_id = %(campaign)s AND annotator_id = %(user)s
    AND abandoned IS NULL AND finished IS NULL
),
starts AS MATERIALIZED (
  SELECT lane, turn, pair_id FROM annotate_queuecursor WHERE campaign_id = %(campaign)s AND user_id = %(user)s
),
{LANES},
taken AS (
  UPDATE annotate_queueentry q SET free = found.free & (found.free - 1) FROM ({FOUND}) AS found
  WHERE q.pair_id = found.pair_id RETURNING q.pair_id, round(ln(found.free & -found.free) / ln(2))::int AS seat
),
made AS (
  INSERT INTO annotate_claim
    (pair_id, campaign_id, annotator_id, protocol_id, reveal_policy, seat, "left", key, claimed, expires)
  SELECT pair_id, %(campaign)s, %(user)s, %(protocol)s, %(reveal)s, seat,
    CASE (get_byte(sha256(convert_to(%(campaign)s || ':' || pair_id, 'UTF8')), 0) + seat) & 1
      WHEN 0 THEN 'a' ELSE 'b' END,
    %(key)s, %(now)s, %(expires)s
  FROM taken RETURNING id, pair_id, seat, "left"
),
noted AS (
  INSERT INTO annotate_auditevent (actor_id, verb, campaign_id, pair_id, data)
  SELECT %(user)s, 'claim.made', %(campaign)s, pair_id, jsonb_build_object('claim', id, 'seat', seat) FROM made
)
SELECT id, pair_id, seat, "left" FROM made
"""  # noqa: S608  our own text


class Made(NamedTuple):
    claim_id: int
    pair_id: int
    seat: int
    left: str


def at_once(*, campaign: Campaign, user_id: int, key: str, now: datetime, expires: datetime) -> Made | None:
    """The next seat for this person, if they hold none and there is one that nobody else is taking; else None.

    IntegrityError: another request of the same person was first.
    """
    connection = here()
    if connection.vendor != "postgresql":
        return None
    given: dict[str, Any] = {
        "campaign": campaign.pk,
        "user": user_id,
        "protocol": campaign.protocol_id,
        "reveal": campaign.reveal,
        "key": key,
        "now": now,
        "expires": expires,
    }
    cursor = cursor_of(connection)
    cursor.execute(SQL, given)
    row = cursor.fetchone()
    return Made(*row) if row else None
