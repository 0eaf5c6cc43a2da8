"""Many rows of one table in one go: COPY on PostgreSQL, one prepared INSERT on SQLite."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models, transaction

from annotate.models import Pair

KNOWN_SQL = """SELECT id, digest, source_label, source_id FROM annotate_pair
WHERE campaign_id = %s AND digest = ANY(%s)"""
# A plan kept from when the table was small would read all of the large one: those for the foreign keys of every row
# too, so they are made anew, once. lz4 compresses long texts several times faster than pglz, the default; not every
# server has it.
SET_UP_SQL = (
    "DISCARD PLANS",
    """SELECT set_config('default_toast_compression', 'lz4', true) FROM pg_settings
       WHERE name = 'default_toast_compression' AND 'lz4' = ANY(enumvals)""",
)
# Also makes every connection forget the plans it kept for these tables. A small sample says how many rows there are;
# autovacuum takes a larger one in its time.
LOOK_AGAIN_SQL = (
    "SET LOCAL default_statistics_target = 10",
    "ANALYZE annotate_pair (id, campaign_id, digest), annotate_queueentry, annotate_assistance (id, pair_id)",
)
# OFFSET 0: the sequence is looked up once, not for every id.
IDS_SQL = """SELECT nextval(sequence) FROM (
  SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence OFFSET 0) AS found, generate_series(1, %s)"""


def set_up() -> None:
    """Plan for the tables as they are now; until the transaction ends, compress with lz4 where the server can."""
    _run(SET_UP_SQL)


@transaction.atomic
def look_again() -> None:
    """Many rows came: have PostgreSQL count them now rather than in a minute."""
    _run(LOOK_AGAIN_SQL)


def _run(statements: Sequence[str]) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def pairs_by_digest(campaign_id: int, digests: list[bytes]) -> list[tuple[int, bytes, str, str]]:
    """(id, digest, source label, source id) of those pairs that are in the campaign."""
    if connection.vendor != "postgresql":
        found = Pair.objects.filter(campaign_id=campaign_id, digest__in=digests)
        rows = found.values_list("pk", "digest", "source_label", "source_id")
        return [(pk, bytes(digest), label, source_id) for pk, digest, label, source_id in rows]
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SQL, [campaign_id, digests])
        return list(cursor.fetchall())


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of plain values; JSON comes as its text. Columns left out take the database's default."""
    table, names = connection.ops.quote_name(model._meta.db_table), ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", list(rows))  # noqa: S608 our own names


def ids_from(ids: list[int]) -> tuple[str, Any]:
    """SQL for a table of one column with these ids, and its parameter: rows made by the database cost us nothing."""
    if connection.vendor == "postgresql":
        return "unnest(%s::bigint[]) AS many(id)", ids
    return "(SELECT value AS id FROM json_each(%s)) AS many", json.dumps(ids)


def new_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids nobody else gets, ascending. Call inside a transaction (on SQLite it holds the write lock)."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(IDS_SQL, [table, count])
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
    return list(range(last + 1, last + 1 + count))
