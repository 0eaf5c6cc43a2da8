"""Campaigns of any size, made by the database itself: set-based SQL, nothing of it measured.

A pair is about 3.4 kB: a conversation of 400 characters and two responses of 1,500, of plain words.
"""

import random
from typing import Any

import psycopg

WORDS = 2000
TEXTS = 257  # prime, so that the three texts of a pair repeat in no short cycle
LENGTHS = {"asked": 400, "answered": 1500}

TEXT_TABLE = "CREATE TABLE IF NOT EXISTS bench_text (n int PRIMARY KEY, asked text, answered text)"
PAIRS = """
INSERT INTO annotate_pair (campaign_id, digest, conversation, response_a, response_b, source_label, source_id)
SELECT %(campaign)s, sha256(convert_to(%(campaign)s || ':' || i, 'UTF8')),
  jsonb_build_array(jsonb_build_object('role', 'user', 'content', i || ' ' || x.asked)),
  jsonb_build_array(jsonb_build_object('role', 'assistant', 'content', 'One ' || i || ' ' || a.answered)),
  jsonb_build_array(jsonb_build_object('role', 'assistant', 'content', 'Two ' || i || ' ' || b.answered)),
  'a', 'bench-' || i
FROM generate_series(1, %(count)s) AS i
JOIN bench_text x ON x.n = i %% 257 JOIN bench_text a ON a.n = i * 7 %% 257 JOIN bench_text b ON b.n = i * 11 %% 257
ORDER BY i
"""
QUEUE = """
INSERT INTO annotate_queueentry (pair_id, campaign_id, state, seats, free, lane, turn)
SELECT p.id, c.id, 'open', c.overlap, (1 << c.overlap) - 1, 2, 1
FROM annotate_pair p JOIN annotate_campaign c ON c.id = p.campaign_id WHERE c.id = %(campaign)s
"""
HELP = """
INSERT INTO annotate_assistance (pair_id, campaign_id, kind, engine, state, payload, finished, model, revision)
SELECT p.id, p.campaign_id, given.kind, 'default', 'done', given.payload::jsonb, now(), 'bench-model', 'r1'
FROM annotate_pair p CROSS JOIN (VALUES
  ('reward', '{"score_a": 1.25, "score_b": -0.5, "margin": 1.75, "p": 0.852, "truncated": false}'),
  ('attributes', '{"task_category": "math", "objectivity": "objective", "controversiality": "low",
    "desired_attributes": "A right number, shown step by step, in the units that were asked for.",
    "annotation_guideline": "Check every step; the final number decides; style only breaks a tie."}'),
  ('differences', '{"differences": [{"a": "120 words", "b": "80 words", "what": "length"},
    {"a": "a list", "b": "prose", "what": "form"}, {"a": "no code", "b": "one block", "what": "code"}]}')
) AS given(kind, payload) WHERE p.campaign_id = %(campaign)s
"""
# Everybody of `people` took a part of the first %(done)s pairs; seats go round, so that nobody sits on a pair twice.
CLAIMS = """
INSERT INTO annotate_claim (pair_id, campaign_id, annotator_id, protocol_id, reveal_policy, seat, "left", expires,
  finished)
SELECT p.id, c.id, (%(people)s::bigint[])[1 + (p.place + seat) %% %(many)s], c.protocol_id, c.reveal, seat,
  CASE seat %% 2 WHEN 0 THEN 'a' ELSE 'b' END, now(), now()
FROM (SELECT id, campaign_id, row_number() OVER (ORDER BY id) - 1 AS place FROM annotate_pair
      WHERE campaign_id = %(campaign)s) p
JOIN annotate_campaign c ON c.id = p.campaign_id CROSS JOIN generate_series(0, %(seats)s - 1) AS seat
WHERE p.place < %(done)s
"""
JUDGEMENTS = """
INSERT INTO annotate_judgement (claim_id, choice, strength, confidence, reason, evidence, surplus)
SELECT c.id, 'a', 2, 2, 'The first one answers what was asked.', '[]', false FROM annotate_claim c
WHERE c.campaign_id = %(campaign)s
"""
REVEALS = """
INSERT INTO annotate_reveal (judgement_id, payload, digest)
SELECT c.id, '{}', repeat('0', 64) FROM annotate_claim c WHERE c.campaign_id = %(campaign)s
"""
VERDICTS = """
INSERT INTO annotate_verdict (judgement_id, pair_id, reveal_id, policy, changed, attested, choice, strength,
  confidence, reason, evidence, surplus)
SELECT c.id, c.pair_id, c.id, c.reveal_policy, false, true, 'a', 2, 2, '', '[]', false FROM annotate_claim c
WHERE c.campaign_id = %(campaign)s
"""
TAKEN = """
UPDATE annotate_queueentry q SET free = q.free & ~((1 << %(seats)s) - 1),
  state = CASE WHEN %(settled)s THEN 'settled' ELSE 'open' END
WHERE q.campaign_id = %(campaign)s
  AND EXISTS (SELECT 1 FROM annotate_claim c WHERE c.pair_id = q.pair_id)
"""
FLOOR = """
DROP TABLE IF EXISTS bench_floor;
CREATE TABLE bench_floor (id bigint PRIMARY KEY, state int NOT NULL DEFAULT 0, body text NOT NULL);
CREATE INDEX bench_floor_open ON bench_floor (id) WHERE state = 0;
CREATE TABLE IF NOT EXISTS bench_event (id bigserial PRIMARY KEY, row_id bigint NOT NULL, data jsonb NOT NULL);
"""
FLOOR_ROWS = """
INSERT INTO bench_floor (id, body)
SELECT i, i || ' ' || x.asked || a.answered || b.answered FROM generate_series(1, %(count)s) AS i
JOIN bench_text x ON x.n = i %% 257 JOIN bench_text a ON a.n = i * 7 %% 257 JOIN bench_text b ON b.n = i * 11 %% 257
"""


def texts(connection: psycopg.Connection[Any]) -> None:
    """The words that all pairs are made of; the same in every run."""
    connection.execute(TEXT_TABLE)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO bench_text VALUES (%s, %s, %s)", [(n, *made) for n, made in enumerate(made())])


def made() -> list[tuple[str, ...]]:
    rng = random.Random(20)
    words = ["".join(rng.choices("aeionrstlmdgpkbv", k=rng.randint(2, 9))) for _ in range(WORDS)]

    def text(length: int) -> str:
        return " ".join(rng.choices(words, k=length // 4))[:length].strip()

    return [tuple(text(length) for length in LENGTHS.values()) for _ in range(TEXTS)]


def pairs(connection: psycopg.Connection[Any], *, campaign: int, count: int) -> None:
    """Open pairs with reward, attributes and differences on them."""
    connection.execute("SET LOCAL default_toast_compression = lz4")
    for statement in (PAIRS, QUEUE, HELP):
        connection.execute(statement, {"campaign": campaign, "count": count})


def judged(connection: psycopg.Connection[Any], *, campaign: int, people: list[int], done: int, seats: int = 2) -> None:
    """Make the first `done` pairs judged and decided by `people`, in `seats` seats; with two seats they are settled."""
    given = {"campaign": campaign, "people": people, "many": len(people), "done": done, "seats": seats}
    for statement in (CLAIMS, JUDGEMENTS, REVEALS, VERDICTS, TAKEN):
        connection.execute(statement, given | {"settled": seats > 1})


def floor(connection: psycopg.Connection[Any], *, count: int) -> None:
    """The floor's own table, new."""
    connection.execute(FLOOR)
    connection.execute(FLOOR_ROWS, {"count": count})


def settle_down(connection: psycopg.Connection[Any]) -> None:
    """What autovacuum would do in its own time, and would otherwise do in the middle of a measurement."""
    connection.execute("VACUUM ANALYZE")
