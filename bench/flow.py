"""Pairs in and gold out over HTTP, beside bare COPY and a bare stream."""

import gzip
import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import fill
from bench.site import Server, Site

PIECE = 256 * 1024
COLUMNS = "(campaign_id, digest, conversation, response_a, response_b, source_label, source, source_id)"


def write_rows(path: Path, *, first: int, count: int) -> None:
    """NDJSON of prompt, chosen, rejected: the words of fill.py, no two pairs alike."""
    with path.open("w") as out:
        for row in rows(first, count):
            out.write(json.dumps(row) + "\n")


def rows(first: int, count: int) -> Iterator[dict[str, str]]:
    made = fill.made()
    for i in range(first, first + count):
        (asked, _), (_, one), (_, two) = (made[i * k % len(made)] for k in (1, 7, 11))
        answers = {"chosen": f"One {i} {one}", "rejected": f"Two {i} {two}"}
        yield {"id": f"bench-{i}", "prompt": f"{i} {asked}", **answers}


def pack(path: Path) -> Path:
    packed = path.with_suffix(".ndjson.gz")
    with path.open("rb") as plain, gzip.open(packed, "wb", compresslevel=5) as out:
        while piece := plain.read(PIECE):
            out.write(piece)
    return packed


def imported(site: Site, *, slug: str, path: Path, encoding: str = "") -> dict[str, Any]:
    """POST the file to campaigns/{slug}/pairs; pairs a second and what the server's memory did."""
    return _sent(site.assay, f"/api/v1/campaigns/{slug}/pairs", site.manager, path, encoding)


def imported_bare(site: Site, *, path: Path) -> dict[str, Any]:
    """POST the file to the floor's view, whose table is new."""
    with site.connect() as connection:
        connection.execute("DROP TABLE IF EXISTS bench_pair")
        connection.execute("CREATE TABLE bench_pair (LIKE annotate_pair INCLUDING ALL)")
    return _sent(site.floor, "/pairs", "", path, "")


def _sent(server: Server, address: str, token: str, path: Path, encoding: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/x-ndjson", "Content-Length": str(path.stat().st_size)}
    if encoding:
        headers["Content-Encoding"] = encoding
    with server.meter() as used, path.open("rb") as body:
        status, answer = _ask(server, "POST", address, token, body, headers)
        text = answer.read()
    told = json.loads(text) if status == 200 else {}
    if status != 200 or told["rejected"]:
        raise RuntimeError(f"import: {status} {text[:500]!r}")
    return {
        "pairs": told["new"],
        "seconds": round(used.seconds, 2),
        "pairs_per_second": round(told["new"] / used.seconds),
        "cpu": used.per(told["new"]),
        "memory": used.memory(),
    }


def copied(site: Site, *, campaign: int, first: int, count: int, compression: str) -> dict[str, Any]:
    """Bare COPY of ready rows into a table like that of the pairs, indexes included, no trigger."""
    ready = [
        (campaign, i.to_bytes(32, "big"), *(_turns(role, row[name]) for role, name in SHAPE), "a", "", row["id"])
        for i, row in enumerate(rows(first, count))
    ]
    with site.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_copy_{compression} (LIKE annotate_pair INCLUDING ALL)")
        cursor.execute(f"SET LOCAL default_toast_compression = {compression}")
        began = time.monotonic()
        with cursor.copy(f"COPY bench_copy_{compression} {COLUMNS} FROM STDIN") as copy:
            for row in ready:
                copy.write_row(row)
        connection.commit()
        seconds = time.monotonic() - began
        cursor.execute(f"DROP TABLE bench_copy_{compression}")
    return {"pairs": count, "seconds": round(seconds, 2), "pairs_per_second": round(count / seconds)}


SHAPE = (("user", "prompt"), ("assistant", "chosen"), ("assistant", "rejected"))


def _turns(role: str, text: str) -> str:
    return json.dumps([{"role": role, "content": text}])


def streamed(server: Server, path: str, token: str) -> dict[str, Any]:
    """Read an NDJSON stream to its end; rows a second and what the server's memory did."""
    with server.meter() as used:
        status, answer = _ask(server, "GET", path, token, None, {})
        lines = size = 0
        while piece := answer.read(PIECE):
            lines += piece.count(b"\n")
            size += len(piece)
    if status != 200:
        raise RuntimeError(f"stream: {status}")
    return {
        "rows": lines,
        "megabytes": round(size / 1e6, 1),
        "seconds": round(used.seconds, 2),
        "rows_per_second": round(lines / used.seconds),
        "cpu": used.per(lines),
        "memory": used.memory(),
    }


def _ask(
    server: Server, method: str, path: str, token: str, body: Any, headers: dict[str, str]
) -> tuple[int, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=300, blocksize=PIECE)
    connection.request(method, path, body, {"Authorization": f"Bearer {token}", **headers})
    answer = connection.getresponse()
    return answer.status, answer
