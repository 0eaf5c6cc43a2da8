# ruff: noqa: S608 every statement here is constant text of this module
"""How much assistance is in which state: kept by the database itself, so that no page and no worker counts rows.

A change of rows of assistance writes what it changed beside them. On PostgreSQL every statement adds lines of its own
(nobody waits for anybody's count) and domain/progress.py folds them now and then; SQLite, which has one writer,
changes the minute's line. SQLite drops triggers with a table that a migration rebuilds; guards.install makes them anew.
"""

TABLE = "annotate_assistancecount"
SOURCE = "annotate_assistance"
KEY = ("campaign_id", "kind", "engine", "state", "model", "revision", "prompt_version")
SUMS = ("rows", "arrived", "tokens_read", "tokens_written", "tokens_padded", "milliseconds", "first", "clear")
TRIGGERS = ("count_assistance_insert", "count_assistance_update", "count_assistance_delete")

KEYS = ", ".join(KEY)
COLUMNS = f"{KEYS}, minute, at, sample, {', '.join(SUMS)}"


def number(name: str, row: str, vendor: str) -> str:
    """A number of a judge's payload, 0 where it is none: what a worker sent may be anything."""
    if vendor == "postgresql":
        path = f"{row}.payload->'{name}'"
        value = f"CASE jsonb_typeof({path}) WHEN 'number' THEN ({path})::numeric::bigint ELSE 0 END"
    else:
        path = f"'$.{name}'"
        kind = f"json_type({row}.payload, {path})"
        value = f"CASE {kind} WHEN 'integer' THEN json_extract({row}.payload, {path}) ELSE 0 END"
    return f"CASE WHEN {row}.kind = 'judge' AND {row}.payload IS NOT NULL THEN {value} ELSE 0 END"


def sums(row: str, vendor: str) -> list[str]:
    """What one row adds to its state, in the order of SUMS behind the first two."""
    tokens = [f"coalesce({row}.{name}, 0)" for name in SUMS[2:6]]
    return [*tokens, number("first", row, vendor), number("clear", row, vendor)]


def lines(source: str) -> str:
    """What the rows of `source` (with `sign`: they come, or go) change, a line a state. PostgreSQL."""
    added = [f"sum(r.sign * {value})" for value in sums("r", "postgresql")]
    key = ", ".join(f"r.{name}" for name in KEY)
    return f"""INSERT INTO {TABLE} ({COLUMNS})
        SELECT {key}, date_trunc('minute', clock_timestamp()),
          CASE WHEN sum(r.sign) > 0 THEN clock_timestamp() END, CASE WHEN sum(r.sign) > 0 THEN max(r.id) END,
          sum(r.sign), greatest(sum(r.sign), 0), {", ".join(added)}
        FROM ({source}) r GROUP BY {key} HAVING sum(r.sign) <> 0"""


KEPT = f"{KEYS}, id, payload, tokens_read, tokens_written, tokens_padded, milliseconds"
CAME, WENT = f"SELECT {KEPT}, 1 AS sign FROM after", f"SELECT {KEPT}, -1 AS sign FROM before"
EVENTS = {
    "insert": ("NEW TABLE AS after", CAME),
    "update": ("OLD TABLE AS before NEW TABLE AS after", f"{CAME} UNION ALL {WENT}"),
    "delete": ("OLD TABLE AS before", WENT),
}


def postgres(event: str) -> list[str]:
    name, (tables, source) = f"count_assistance_{event}", EVENTS[event]
    return [
        f"DROP TRIGGER IF EXISTS {name} ON {SOURCE}",
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $count$ BEGIN {lines(source)};"
        " RETURN NULL; END $count$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {name} AFTER {event} ON {SOURCE} REFERENCING {tables}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    ]


MINUTE = "strftime('%Y-%m-%d %H:%M:00', 'now')"
NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


def line(row: str, sign: int) -> str:
    """Add a row to its state's line of this minute, or take it off; make the line where there is none. SQLite."""
    here = " AND ".join(f"{name} = {row}.{name}" for name in KEY)
    came, values = int(sign > 0), [f"{sign} * {value}" for value in sums(row, "sqlite")]
    changes = [f"{name} = {name} + {value}" for name, value in zip(SUMS, [str(sign), str(came), *values], strict=True)]
    arrived = f", at = {NOW}, sample = {row}.id" if came else ""
    made = [f"{row}.{name}" for name in KEY]
    made += [MINUTE, *((NOW, f"{row}.id") if came else ("NULL", "NULL")), str(sign), str(came), *values]
    return (
        f"UPDATE {TABLE} SET {', '.join(changes)}{arrived} WHERE {here} AND minute = {MINUTE};"
        f" INSERT INTO {TABLE} ({COLUMNS}) SELECT {', '.join(made)} WHERE changes() = 0;"
    )


MOVED = " OR ".join(f"OLD.{name} <> NEW.{name}" for name in KEY)
SQLITE = (
    *(f"DROP TRIGGER IF EXISTS {name}" for name in TRIGGERS),
    f"CREATE TRIGGER {TRIGGERS[0]} AFTER INSERT ON {SOURCE} BEGIN {line('NEW', 1)} END",
    f"CREATE TRIGGER {TRIGGERS[1]} AFTER UPDATE ON {SOURCE} WHEN {MOVED} BEGIN {line('OLD', -1)} {line('NEW', 1)} END",
    f"CREATE TRIGGER {TRIGGERS[2]} AFTER DELETE ON {SOURCE} BEGIN {line('OLD', -1)} END",
)
STATEMENTS = {"sqlite": SQLITE, "postgresql": tuple(text for event in EVENTS for text in postgres(event))}


def recount(vendor: str) -> list[str]:
    """Count every row anew: for a table that was there before the triggers."""
    added = [f"sum({value})" for value in sums("r", vendor)]
    last = "max(r.finished)"
    whole = {
        "postgresql": "coalesce(date_trunc('minute', max(r.finished)), '2000-01-01'::timestamptz)",
        "sqlite": "coalesce(strftime('%Y-%m-%d %H:%M:00', max(r.finished)), '2000-01-01 00:00:00')",
    }
    return [
        f"DELETE FROM {TABLE}",
        f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {', '.join(f'r.{name}' for name in KEY)}, {whole[vendor]}, {last},"
        f" max(r.id), count(*), count(*), {', '.join(added)} FROM {SOURCE} r"
        f" GROUP BY {', '.join(f'r.{name}' for name in KEY)}",
    ]
