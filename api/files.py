"""A file that never changes, over HTTP: strong ETag, If-None-Match, Range and If-Range (RFC 9110, 13 and 14)."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.request import Request

TYPES = {".parquet": "application/vnd.apache.parquet", ".zst": "application/zstd", ".json": "application/json"}
ONE_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*")
PIECE = 256 * 1024


def serve(request: Request, path: Path, sha256: str) -> HttpResponseBase:
    """200, 206, 304 or 416. Compressed files are sent as they are, without Content-Encoding: their bytes are hashed."""
    etag = f'"{sha256}"'
    if _matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
        return _headed(HttpResponse(status=304), etag)
    size = path.stat().st_size
    part = _part(request, etag, size)
    if part is None:
        return _headed(_whole(request, path, size), etag)
    start, stop = part
    if start >= stop:
        return _headed(HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"}), etag)
    response = _empty(path) if request.method == "HEAD" else _piece(path, start, stop)
    response.status_code = 206
    response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response.headers["Content-Length"] = str(stop - start)
    return _headed(response, etag)


def _matches(header: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def _part(request: Request, etag: str, size: int) -> tuple[int, int] | None:
    """(first byte, byte after the last); equal where nothing of the range is there. None: the whole file.

    More than one range, or a header that is none, is answered with the whole, as RFC 9110 allows.
    """
    found = ONE_RANGE.fullmatch(request.META.get("HTTP_RANGE", ""))
    if found is None or request.META.get("HTTP_IF_RANGE", etag) != etag:
        return None
    first, last = found.groups()
    if not first:
        return (max(size - int(last), 0), size) if last else None
    if last and int(last) < int(first):
        return None
    start = min(int(first), size)
    return start, min(int(last) + 1, size) if last else size


def _whole(request: Request, path: Path, size: int) -> HttpResponseBase:
    response = _empty(path) if request.method == "HEAD" else FileResponse(path.open("rb"), content_type=_type(path))
    response.headers["Content-Length"] = str(size)
    return response


def _empty(path: Path) -> HttpResponseBase:
    return HttpResponse(content_type=_type(path))


def _piece(path: Path, start: int, stop: int) -> HttpResponseBase:
    file = path.open("rb")
    file.seek(start)
    response = StreamingHttpResponse(_bytes(file, stop - start), content_type=_type(path))
    response._resource_closers.append(file.close)  # type: ignore[attr-defined]
    return response


def _bytes(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(PIECE, left))):
        left -= len(piece)
        yield piece


def _type(path: Path) -> str:
    return TYPES.get(path.suffix, "application/octet-stream")


def _headed(response: HttpResponseBase, etag: str) -> HttpResponseBase:
    response.headers["ETag"] = etag
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
