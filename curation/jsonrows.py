"""JSON Lines, JSON arrays and JSON objects, one row at a time."""

import json
import re
from collections.abc import Iterator, Mapping
from io import BufferedReader
from typing import Any

import orjson

from curation.bytestreams import BrokenOff, SourceError, broken_row
from curation.pairs import RowError

MAX_ROW_BYTES = 64 * 1024 * 1024
CHUNK = 256 * 1024
BOM = b"\xef\xbb\xbf"
Numbered = tuple[int, Mapping[str, Any] | RowError]
_MARK = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)


def decode_row(raw: bytes) -> Mapping[str, Any] | RowError:
    """One JSON object. NaN and lone surrogates are let through, so that their field can be named later."""
    try:
        value = orjson.loads(raw)
    except ValueError:
        try:
            value = json.loads(raw.decode())
        except UnicodeDecodeError as error:
            return RowError(f"not UTF-8 text (byte {error.start} of the row)")
        except RecursionError:
            return RowError("JSON that is nested too deeply")
        except ValueError as error:
            return RowError(f"not valid JSON: {error}")
    if not isinstance(value, dict):
        return RowError("the row is not a JSON object")
    return value


def jsonl_rows(stream: BufferedReader) -> Iterator[Numbered]:
    """Rows of JSON Lines by line number, from 1. Blank lines are passed over."""
    number = 0
    try:
        while line := stream.readline(MAX_ROW_BYTES + 1):
            number += 1
            if len(line) > MAX_ROW_BYTES:
                _skip_line(stream, line)
                yield number, RowError(f"the line is longer than {MAX_ROW_BYTES:,} bytes")
                continue
            if number == 1:
                line = line.removeprefix(BOM)
            if line.isspace() or not line:
                continue
            yield number, decode_row(line)
    except BrokenOff as error:
        yield number + 1, broken_row(error)


def _skip_line(stream: BufferedReader, line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(MAX_ROW_BYTES)


def json_rows(stream: BufferedReader) -> Iterator[Numbered]:
    """Rows of one JSON document, from 0 as arrays count: an array of objects, or conversations by id."""
    opening = _first_mark(stream)
    if opening == b"[":
        yield from array_rows(stream)
    elif opening == b"{":
        yield from _conversations(stream)
    else:
        raise SourceError("this is no JSON array or object")


def _first_mark(stream: BufferedReader) -> bytes:
    try:
        while (byte := stream.read(1)) and (byte.isspace() or byte in BOM):
            pass
    except BrokenOff as error:
        raise SourceError(str(error)) from None
    return byte


def array_rows(stream: BufferedReader) -> Iterator[Numbered]:
    """The elements after the opening bracket. A bad one is an error of its own while its brackets match."""
    number = 0
    try:
        for raw, complete in _elements(stream):
            if complete and not raw.strip():
                continue
            if not complete:
                yield number, RowError("the file breaks off inside this row")
                return
            yield number, decode_row(raw)
            number += 1
    except BrokenOff as error:
        yield number, broken_row(error)


def _elements(stream: BufferedReader) -> Iterator[tuple[bytes, bool]]:
    """The bytes of each element, and whether they are whole: the last of a file that was cut is not."""
    buffer, start, position, depth = b"", 0, 0, 0
    while True:
        chunk = stream.read1(CHUNK)
        if not chunk or len(buffer) - start > MAX_ROW_BYTES:
            yield buffer[start : start + MAX_ROW_BYTES], False
            return
        buffer, position, start = buffer[start:] + chunk, position - start, 0
        while mark := _MARK.search(buffer, position):
            token = mark.group()
            if token == b'"':
                position = mark.start()
                break
            position = mark.end()
            if token in (b"{", b"["):
                depth += 1
            elif token in (b"}", b"]"):
                depth -= 1
            if depth < 0 or (depth == 0 and token == b","):
                yield buffer[start : mark.start()], True
                start = position
            if depth < 0:
                return
        else:
            position = len(buffer)


def _conversations(stream: BufferedReader) -> Iterator[Numbered]:
    """Whole conversations by id `prompt|model`, as MT-bench keeps them: one row a prompt, every model in it.

    The document is read as a whole, because the conversations of one prompt may stand anywhere in it.
    """
    try:
        raw = stream.read(MAX_ROW_BYTES)
        found = json.loads(b"{" + raw)
    except ValueError as error:
        raise SourceError(f"not valid JSON: {error}") from None
    groups: dict[str, dict[str, Any]] = {}
    for key, conversation in found.items():
        prompt, bar, model = key.rpartition("|")
        if not bar or not isinstance(conversation, list):
            raise SourceError('a JSON object must hold conversations by id, as {"prompt|model": [messages]}')
        group = groups.setdefault(prompt, {"id": prompt, "responses": [], "models": []})
        group["responses"].append(conversation)
        group["models"].append(model)
    yield from enumerate(groups.values())
