"""Fields of a published row, whichever file format they came through."""

import ast
from collections.abc import Sequence
from typing import Any

import orjson

from curation.benchmarks.items import Row
from curation.messages import read_messages
from curation.pairs import Conversation, RowError


def identity(row: Row, name: str) -> str:
    """The benchmark's own id, as text; a whole number that a table made a float is a whole number again."""
    value = _there(row, name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise RowError(f"{name} is {value!r}, not an id")
    return str(value)


def one_of(row: Row, name: str, known: Sequence[str]) -> str:
    """One of the published values, whatever its capitals."""
    value = _there(row, name)
    found = {one.lower(): one for one in known}.get(str(value).strip().lower())
    if found is None:
        raise RowError(f"{name} is {value!r}; known are {', '.join(known)}")
    return found


def text(row: Row, name: str) -> str:
    """A text. Empty ones are answers too: models gave them, and the benchmark scores them."""
    value = _there(row, name)
    if not isinstance(value, str):
        raise RowError(f"{name} is no text")
    return value


def listing(row: Row, name: str) -> list[Any]:
    """A list, also from a CSV's cell, where it stands as JSON or as Python writes it."""
    value = _there(row, name)
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, list) or not value:
        raise RowError(f"{name} is no list with something in it")
    return value


def texts(row: Row, name: str) -> list[str]:
    found = listing(row, name)
    if not all(isinstance(one, str) for one in found):
        raise RowError(f"{name} holds something that is no text")
    return found


def mapping(row: Row, name: str) -> Row:
    value = _there(row, name)
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, dict):
        raise RowError(f"{name} is no object")
    return value


def prompt(row: Row, name: str) -> Conversation:
    """One user turn, or messages. Text is taken as it is, even where it looks like a transcript."""
    value = _there(row, name)
    if isinstance(value, str) and not (value.startswith("[{") and isinstance(_parsed(value), list)):
        return [{"role": "user", "content": value}]
    return read_messages(listing(row, name), name)


def _there(row: Row, name: str) -> Any:
    if name not in row:
        there = ", ".join(list(row)[:12])
        raise RowError(f"there is no field {name} (there are {there})")
    return row[name]


def _parsed(value: str) -> Any:
    try:
        return orjson.loads(value)
    except ValueError:
        pass
    try:
        return ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
