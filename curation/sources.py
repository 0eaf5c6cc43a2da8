"""Raw rows from a file or a stream of bytes: (number, row or RowError), whatever the format and compression.

Numbers are those that other tools show: lines from 1 in JSON Lines and CSV, places from 0 in JSON arrays and
Parquet.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from curation.bytestreams import BrokenOff, SourceError, file_chunks, plain_stream
from curation.jsonrows import Numbered, json_rows, jsonl_rows
from curation.tablerows import csv_rows, parquet_rows

FORMATS = ("jsonl", "json", "csv", "tsv", "parquet")
SUFFIXES = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
}
PARQUET_MAGIC = b"PAR1"
PEEK = 64 * 1024


def file_rows(path: Path, *, format: str | None = None) -> Iterator[Numbered]:
    """Rows of one file. Raises SourceError where nothing can be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from None
    with file:
        yield from stream_rows(file, name=path.name, format=format)


def stream_rows(file: BinaryIO, *, name: str = "", format: str | None = None) -> Iterator[Numbered]:
    """Rows of an open binary file; the format from `format`, or the name, or the first bytes."""
    if file.seekable() and file.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC and format in (None, "parquet"):
        return parquet_rows(file)
    if file.seekable():
        file.seek(0)
    return chunk_rows(file_chunks(file), name=name, format=format)


def chunk_rows(
    chunks: Iterable[bytes], *, name: str = "", format: str | None = None, encoding: str | None = None
) -> Iterator[Numbered]:
    """Rows of bytes that come in chunks, such as a request's body; `encoding` is its Content-Encoding."""
    stream = plain_stream(chunks, encoding=encoding)
    format = format or detect_format(name, stream)
    if format == "jsonl":
        yield from jsonl_rows(stream)
    elif format == "json":
        yield from json_rows(stream)
    elif format == "csv":
        yield from csv_rows(stream, delimiter=",")
    elif format == "tsv":
        yield from csv_rows(stream, delimiter="\t")
    elif format == "parquet":
        yield from _spooled_parquet(stream)
    else:
        raise SourceError(f"unknown format {format!r}; known are {', '.join(FORMATS)}")


def detect_format(name: str, stream: BufferedReader) -> str:
    """One of FORMATS. A .json file that holds one object a line is read as JSON Lines."""
    suffixes = [suffix.lower() for suffix in Path(name).suffixes]
    named = next((SUFFIXES[suffix] for suffix in reversed(suffixes) if suffix in SUFFIXES), None)
    if named not in (None, "json"):
        return named
    try:
        head = stream.peek(PEEK).removeprefix(b"\xef\xbb\xbf").lstrip()
    except BrokenOff as error:
        raise SourceError(str(error)) from None
    if head.startswith(PARQUET_MAGIC):
        return "parquet"
    if head.startswith(b"{"):
        first_line = head.partition(b"\n")[0].rstrip()
        return "jsonl" if named is None or first_line.endswith(b"}") else "json"
    if head.startswith(b"[") or named == "json":
        return "json"
    raise SourceError(f"the format cannot be told; name one of {', '.join(FORMATS)}")


def _spooled_parquet(stream: BufferedReader) -> Iterator[Numbered]:
    """Parquet is read from its end, so a stream is first written to a temporary file."""
    with tempfile.TemporaryFile() as file:
        try:
            shutil.copyfileobj(stream, file)
        except BrokenOff as error:
            raise SourceError(str(error)) from None
        file.seek(0)
        yield from parquet_rows(file)
