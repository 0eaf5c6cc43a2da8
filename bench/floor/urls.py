"""Bare views on a table of as many rows, as long as the pairs; and an import that checks nothing."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

CLAIM = "SELECT id, body FROM bench_floor WHERE state = 0 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
COLUMNS = "(campaign_id, digest, conversation, response_a, response_b, source_label, source_id)"
SHAPE = (("user", "prompt"), ("assistant", "chosen"), ("assistant", "rejected"))


@csrf_exempt
def claim(request: HttpRequest) -> HttpResponse:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM)
        row = cursor.fetchone()
        if row is None:
            return HttpResponse(status=204)
        cursor.execute("UPDATE bench_floor SET state = 1 WHERE id = %s", [row[0]])
    return JsonResponse({"id": row[0], "body": row[1]})


@csrf_exempt
def write(request: HttpRequest, row_id: int) -> HttpResponse:
    said = json.loads(request.body)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE bench_floor SET state = state + 1 WHERE id = %s", [row_id])
        cursor.execute("INSERT INTO bench_event (row_id, data) VALUES (%s, %s)", [row_id, json.dumps(said)])
    return JsonResponse({"next": "done"})


@csrf_exempt
def pairs(request: HttpRequest) -> HttpResponse:
    """NDJSON, line by line, into a table like that of the pairs: its columns, indexes and constraints, no keys."""
    count = 0
    sql = f"COPY bench_pair {COLUMNS} FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(sql) as copy:
        for line in request:
            copy.write_row(pair_of(json.loads(line)))
            count += 1
    return JsonResponse({"new": count, "rejected": 0})


def pair_of(row: dict[str, str]) -> tuple[Any, ...]:
    texts = [json.dumps([{"role": role, "content": row[name]}]) for role, name in SHAPE]
    return 1, hashlib.sha256("".join(texts).encode()).digest(), *texts, "a", row["id"]


def stream(request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(lines(), content_type="application/x-ndjson")


def lines() -> Iterator[bytes]:
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute("SELECT id, body FROM bench_floor ORDER BY id")
        while rows := cursor.fetchmany(2000):
            for row in rows:
                yield json.dumps({"id": row[0], "body": row[1]}).encode() + b"\n"


urlpatterns = [
    path("claim", claim),
    path("write/<int:row_id>", write),
    path("pairs", pairs),
    path("stream", stream),
]
