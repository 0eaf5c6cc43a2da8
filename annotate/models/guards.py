"""Triggers: what no constraint can say. The same rules on PostgreSQL and SQLite.

SQLite drops a table's triggers when a migration rebuilds the table, so every migration that alters a guarded table
ends with `RunPython(install, noop)`; a test looks for every trigger after all migrations. Nor does it rebuild a table
that another table's trigger names, as many name claims: such a migration begins with `RunPython(lift, noop)`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from annotate.models import counts, fulltext

APPEND_ONLY = (
    "pair",
    "judgement",
    "reveal",
    "verdict",
    "attributecorrection",
    "adjudication",
    "gold",
    "releaserow",
    "passage",
    "benchmarkresult",
    "auditevent",
)


@dataclass(frozen=True)
class Guard:
    """Refuse `event` on `table` where `when` (SQL over OLD and NEW) holds."""

    table: str
    event: str
    when: str
    says: str

    @property
    def name(self) -> str:
        return f"guard_{self.table}_{self.event}_{self.says.split()[0].strip(':')}".lower()


OVER = "(OLD.finished IS NOT NULL OR OLD.abandoned IS NOT NULL)"
MOVED = (
    "(OLD.pair_id <> NEW.pair_id OR OLD.seat <> NEW.seat OR OLD.annotator_id <> NEW.annotator_id"
    ' OR OLD."left" <> NEW."left" OR OLD.reveal_policy <> NEW.reveal_policy OR OLD.protocol_id <> NEW.protocol_id'
    " OR OLD.round <> NEW.round"
    " OR OLD.assistant <> NEW.assistant AND (OLD.assistant = 'cited' OR NEW.assistant = ''))"
)
USED = (
    "(EXISTS (SELECT 1 FROM annotate_claim c WHERE c.protocol_id = OLD.id)"
    " OR EXISTS (SELECT 1 FROM annotate_gold g WHERE g.protocol_id = OLD.id))"
)
OF_ANOTHER = (
    "EXISTS (SELECT 1 FROM annotate_protocol p WHERE p.id = NEW.protocol_id AND p.campaign_id <> NEW.id"
    " AND p.campaign_id <> coalesce(NEW.serves_id, 0))"
)
JUDGED_BY_REVIEWER = (
    "EXISTS (SELECT 1 FROM annotate_judgement j JOIN annotate_claim c ON c.id = j.claim_id"
    " WHERE c.pair_id = NEW.pair_id AND c.annotator_id = NEW.reviewer_id)"
)
VERDICTS_AGREE = (
    "(SELECT count(DISTINCT v.choice) FROM annotate_verdict v WHERE v.pair_id = NEW.pair_id AND NOT v.surplus) < 2"
)
SURPLUS_IS_WRONG = "NEW.surplus <> (SELECT c.abandoned IS NOT NULL FROM annotate_claim c WHERE c.id = NEW.judgement_id)"
SURPLUS = "surplus: says whether the seat was given away"
JUDGED_WRONGLY = (
    "NOT EXISTS (SELECT 1 FROM annotate_claim c WHERE c.id = NEW.claim_id"
    " AND NEW.surplus = (c.abandoned IS NOT NULL) AND NOT c.ahead)"
)
NOT_IN_HAND = (
    "NOT EXISTS (SELECT 1 FROM annotate_claim c WHERE c.id = NEW.claim_id"
    " AND c.abandoned IS NULL AND c.finished IS NULL AND NOT c.ahead)"
)
OTHER_CLAIM = (
    "NOT EXISTS (SELECT 1 FROM annotate_claim c WHERE c.id = NEW.judgement_id"
    " AND c.pair_id = NEW.pair_id AND c.reveal_policy = NEW.policy)"
)
OTHER_PAIR = (
    "(NEW.supersedes_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM annotate_gold g"
    " WHERE g.id = NEW.supersedes_id AND g.pair_id = NEW.pair_id))"
)
OTHER_ADJUDICATION = (
    "(NEW.adjudication_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM annotate_adjudication a"
    " WHERE a.id = NEW.adjudication_id AND a.pair_id = NEW.pair_id AND a.choice = NEW.label))"
)
OTHER_INPUT = (
    "(coalesce(OLD.claim_id, 0) <> coalesce(NEW.claim_id, 0) OR OLD.pair_id <> NEW.pair_id OR OLD.kind <> NEW.kind"
    " OR OLD.number <> NEW.number OR OLD.input <> NEW.input"
    " OR coalesce(OLD.adopts_id, 0) <> coalesce(NEW.adopts_id, 0))"
)
RUN_OF_OTHER_PAIR = (
    "(NEW.claim_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM annotate_claim c"
    " WHERE c.id = NEW.claim_id AND c.pair_id = NEW.pair_id))"
)
NO_WORK = "EXISTS (SELECT 1 FROM annotate_campaign k WHERE k.id = NEW.campaign_id AND k.purpose <> 'work')"
OTHER_ROUND = (
    "NOT EXISTS (SELECT 1 FROM annotate_campaign k WHERE k.id = NEW.campaign_id"
    " AND (k.purpose = 'work') = (NEW.round = 0))"
)
NOT_QUALIFIED = (
    "(NEW.round = 0 AND EXISTS (SELECT 1 FROM annotate_campaign k WHERE k.id = NEW.campaign_id AND k.qualify_pairs > 0)"
    " AND NOT EXISTS (SELECT 1 FROM annotate_membership m WHERE m.campaign_id = NEW.campaign_id"
    " AND m.user_id = NEW.annotator_id AND m.qualified IS NOT NULL))"
)
QUALIFIED = "qualified: only who has qualified gets pairs to judge"
NO_ATTEMPT = (
    "(NEW.round > 0 AND EXISTS (SELECT 1 FROM annotate_campaign k WHERE k.id = NEW.campaign_id"
    " AND k.purpose = 'qualification') AND NOT EXISTS (SELECT 1 FROM annotate_attempt t"
    " JOIN annotate_campaign k ON k.serves_id = t.campaign_id WHERE k.id = NEW.campaign_id"
    " AND t.user_id = NEW.annotator_id AND t.number = NEW.round AND t.finished IS NULL))"
)
TOO_MANY = (
    "NEW.number > coalesce((SELECT k.qualify_attempts + m.more_attempts FROM annotate_campaign k"
    " JOIN annotate_membership m ON m.campaign_id = k.id"
    " WHERE k.id = NEW.campaign_id AND m.user_id = NEW.user_id), 0)"
)
OTHER_ATTEMPT = (
    "(OLD.campaign_id <> NEW.campaign_id OR OLD.user_id <> NEW.user_id OR OLD.number <> NEW.number"
    " OR OLD.drawn <> NEW.drawn OR OLD.percent <> NEW.percent)"
)
OTHER_ANSWER = (
    "(OLD.retired IS NOT NULL OR OLD.pair_id <> NEW.pair_id OR OLD.purpose <> NEW.purpose OR OLD.choice <> NEW.choice"
    " OR OLD.explanation <> NEW.explanation OR OLD.origin <> NEW.origin)"
)
OTHER_PURPOSE = (
    "NOT EXISTS (SELECT 1 FROM annotate_pair p JOIN annotate_campaign k ON k.id = p.campaign_id"
    " WHERE p.id = NEW.pair_id AND (k.purpose = NEW.purpose OR (k.purpose = 'work' AND NEW.purpose = 'check')))"
)
NOT_WHAT_IT_ADOPTS = (
    "(NEW.adopts_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM annotate_toolrun r WHERE r.id = NEW.adopts_id"
    " AND r.claim_id IS NULL AND r.pair_id = NEW.pair_id AND r.kind = NEW.kind AND r.state = 'done'"
    " AND NEW.state = 'done' AND r.status = NEW.status AND r.sha256 = NEW.sha256))"
)
OTHER_TEXT = (
    "(OLD.campaign_id <> NEW.campaign_id OR OLD.digest <> NEW.digest OR OLD.title <> NEW.title"
    " OR OLD.address <> NEW.address OR OLD.characters <> NEW.characters OR OLD.source <> NEW.source)"
)

GUARDS = (
    *(Guard(table, event, "", "append-only") for table in APPEND_ONLY for event in ("UPDATE", "DELETE")),
    Guard("assistance", "UPDATE", "OLD.state = 'done'", "done: recorded assistance does not change"),
    Guard("assistance", "DELETE", "OLD.state = 'done'", "done: recorded assistance stays"),
    Guard("toolrun", "INSERT", RUN_OF_OTHER_PAIR, "pair: a run is of its claim's pair"),
    Guard("toolrun", "UPDATE", OTHER_INPUT, "fixed: what is run, for whom, never changes"),
    Guard("toolrun", "UPDATE", "OLD.state = 'done'", "done: a finished run does not change"),
    Guard("toolrun", "DELETE", "", "kept: a run is never deleted"),
    Guard("toolrun", "INSERT", NOT_WHAT_IT_ADOPTS, "adopts: what is adopted is a done run of the pair, unchanged"),
    Guard("document", "UPDATE", OTHER_TEXT, "fixed: a document never changes"),
    Guard("document", "UPDATE", "OLD.retired IS NOT NULL", "over: a retired document stays retired"),
    Guard("document", "DELETE", "", "kept: a document is retired, never deleted"),
    Guard("release", "UPDATE", "OLD.state = 'frozen'", "frozen: a release does not change"),
    Guard("release", "DELETE", "OLD.state = 'frozen'", "frozen: a release stays"),
    Guard("protocol", "UPDATE", USED, "used: a protocol somebody worked under does not change"),
    Guard("protocol", "DELETE", USED, "used: a protocol somebody worked under stays"),
    Guard("campaign", "INSERT", OF_ANOTHER, "protocol: another campaign's is not for this one"),
    Guard("campaign", "UPDATE", OF_ANOTHER, "protocol: another campaign's is not for this one"),
    Guard("claim", "INSERT", OTHER_ROUND, "round: work is round 0, and only work"),
    Guard("claim", "INSERT", NOT_QUALIFIED, QUALIFIED),
    Guard("claim", "INSERT", NO_ATTEMPT, "attempt: a qualification pair belongs to an attempt under way"),
    Guard("claim", "UPDATE", OVER, "over: a finished or abandoned claim does not change"),
    Guard("claim", "UPDATE", MOVED, "fixed: whose seat of which pair, orientation and what was asked never change"),
    Guard("claim", "DELETE", "", "kept: a claim is finished or abandoned, never deleted"),
    Guard("judgement", "INSERT", JUDGED_WRONGLY, SURPLUS + ", and only of a pair that was opened"),
    Guard("verdict", "INSERT", SURPLUS_IS_WRONG, SURPLUS),
    Guard("verdict", "INSERT", OTHER_CLAIM, "claim: a verdict is of its claim's pair and policy"),
    Guard("attributecorrection", "INSERT", NOT_IN_HAND, "held: who corrects an attribute has the pair in hand"),
    Guard("adjudication", "INSERT", JUDGED_BY_REVIEWER, "own: who judged a pair does not adjudicate it"),
    Guard("adjudication", "INSERT", VERDICTS_AGREE, "agreed: only where verdicts differ"),
    Guard("gold", "INSERT", NO_WORK, "work: what was practised is no gold"),
    Guard("release", "INSERT", NO_WORK, "work: what was practised is not released"),
    Guard("gold", "INSERT", OTHER_PAIR, "chain: gold supersedes gold of the same pair"),
    Guard("gold", "INSERT", OTHER_ADJUDICATION, "settled: the label is what the adjudication says"),
    Guard("knownanswer", "INSERT", OTHER_PURPOSE, "purpose: practice and qualification have pairs of their own"),
    Guard("knownanswer", "UPDATE", OTHER_ANSWER, "fixed: a known answer is retired, never changed"),
    Guard("knownanswer", "DELETE", "", "kept: a known answer is retired, never deleted"),
    Guard("attempt", "INSERT", TOO_MANY, "allowed: no more attempts than the manager allows"),
    Guard("attempt", "UPDATE", "OLD.finished IS NOT NULL", "over: a finished attempt does not change"),
    Guard("attempt", "UPDATE", OTHER_ATTEMPT, "fixed: whose attempt at which pairs never changes"),
    Guard("attempt", "DELETE", "", "kept: an attempt is never deleted"),
)  # fmt: skip


def postgres(guard: Guard) -> list[str]:
    table, when = f"annotate_{guard.table}", guard.when or "true"
    row = "OLD" if guard.event == "DELETE" else "NEW"
    return [
        f'DROP TRIGGER IF EXISTS "{guard.name}" ON {table}',
        f"""CREATE OR REPLACE FUNCTION "{guard.name}"() RETURNS trigger AS $guard$ BEGIN
            IF {when} THEN RAISE EXCEPTION '{guard.table}: {guard.says.replace("'", "''")}'
            USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {row}; END $guard$ LANGUAGE plpgsql""",
        f'CREATE TRIGGER "{guard.name}" BEFORE {guard.event} ON {table} FOR EACH ROW EXECUTE FUNCTION "{guard.name}"()',
    ]


def postgres_truncate(table: str) -> list[str]:
    name = f"guard_{table}_truncate"
    return [
        f"DROP TRIGGER IF EXISTS {name} ON annotate_{table}",
        f"""CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $guard$ BEGIN
            RAISE EXCEPTION '{table}: append-only' USING ERRCODE = 'integrity_constraint_violation';
            END $guard$ LANGUAGE plpgsql""",
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON annotate_{table} EXECUTE FUNCTION {name}()",
    ]


def sqlite(guard: Guard) -> list[str]:
    when = f"WHEN {guard.when}" if guard.when else ""
    says = guard.says.replace("'", "''")
    return [
        f'DROP TRIGGER IF EXISTS "{guard.name}"',
        f'CREATE TRIGGER "{guard.name}" BEFORE {guard.event} ON annotate_{guard.table} {when}'
        f" BEGIN SELECT RAISE(ABORT, '{guard.table}: {says}'); END",
    ]


def statements(vendor: str, tables: Collection[str]) -> list[str]:
    """What installs every guard of these tables: an early migration runs before later tables are there."""
    guards = [guard for guard in GUARDS if f"annotate_{guard.table}" in tables]
    index = fulltext.STATEMENTS[vendor] if fulltext.TABLE in tables else ()
    counting = counts.STATEMENTS[vendor] if counts.TABLE in tables else ()
    if vendor == "postgresql":
        rows = [line for guard in guards for line in postgres(guard)]
        emptied = [line for table in APPEND_ONLY if f"annotate_{table}" in tables for line in postgres_truncate(table)]
        return [*rows, *emptied, *index, *counting]
    return [*(line for guard in guards for line in sqlite(guard)), *index, *counting]


def install(apps: Any, schema_editor: Any) -> None:
    """Migration step: (re)install every guard of the tables that are there, the index of passages and the counts."""
    connection = schema_editor.connection
    for statement in statements(connection.vendor, connection.introspection.table_names()):
        schema_editor.execute(statement, params=None)


def lift(apps: Any, schema_editor: Any) -> None:
    """Migration step, on SQLite only: drop every trigger, until `install` ends the same migration."""
    if schema_editor.connection.vendor == "sqlite":
        for name in (*(guard.name for guard in GUARDS), *counts.TRIGGERS):
            schema_editor.execute(f'DROP TRIGGER IF EXISTS "{name}"', params=None)
