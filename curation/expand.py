"""A row with many responses to one conversation, expanded into pairs of one group."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from typing import Any

import orjson

from curation.labels import label_of_scores, read_score
from curation.messages import read_response
from curation.pairs import About, Candidate, Conversation, ParsedPair, RowError, canonical_json, canonical_pair

MAX_ALL = 64
TEXT_KEYS = ("response", "text", "completion", "answer", "content")
SCORE_KEYS = ("score", "overall_score")


def read_list(value: Any, what: str) -> list[Any]:
    """A list, or the JSON text of one, as CSV has it."""
    if isinstance(value, str):
        try:
            value = orjson.loads(value)
        except ValueError:
            raise RowError(f"{what} is text that is not a JSON list") from None
    if not isinstance(value, list):
        raise RowError(f"{what} is not a list")
    return value


def read_candidates(values: Mapping[str, Any], name: str) -> tuple[list[Candidate], list[RowError]]:
    """The responses that can be read, and an error for each that cannot. In `ranks` the best is lowest."""
    items = read_list(values[name], name)
    if len(items) < 2:
        raise RowError(f"{name} has {len(items)} entries; a pair needs two")
    columns = {column: _column(values, column, len(items)) for column in ("scores", "ranks", "models")}
    found: list[Candidate] = []
    errors: list[RowError] = []
    for position, item in enumerate(items):
        try:
            found.append(_read_candidate(item, position, {key: column[position] for key, column in columns.items()}))
        except RowError as error:
            errors.append(error)
    if len(found) < 2:
        raise errors[0]
    return found, errors


def _column(values: Mapping[str, Any], name: str, length: int) -> list[Any]:
    if values.get(name) is None:
        return [None] * length
    column = read_list(values[name], name)
    if len(column) != length:
        raise RowError(f"{name} has {len(column)} entries for {length} responses")
    return column


def _read_candidate(item: Any, position: int, beside: dict[str, Any]) -> Candidate:
    what = f"response {position + 1}"
    score, model = read_score(beside["scores"], f"the score of {what}"), beside["models"]
    rank = read_score(beside["ranks"], f"the rank of {what}")
    text = item
    if isinstance(item, Mapping) and "role" not in item and "from" not in item:
        text = next((item[key] for key in TEXT_KEYS if key in item), None)
        own = next((item[key] for key in SCORE_KEYS if item.get(key) is not None), None)
        score = read_score(own, f"the score of {what}") if score is None else score
        rank = read_score(item.get("rank"), f"the rank of {what}") if rank is None else rank
        model = item.get("model") if model is None else model
    return Candidate(read_response(text, what), position, score, model if isinstance(model, str) else "", rank)


def expand(
    conversation: Conversation, candidates: list[Candidate], *, select: int | None, about: About
) -> Iterator[ParsedPair | RowError]:
    """All pairs of distinct candidates, or `select` of them, spread so that each is used about as often.

    The choice depends on the contents alone, not on the order in which the row lists them.
    """
    distinct: dict[bytes, Candidate] = {}
    for candidate in candidates:
        same = distinct.setdefault(canonical_json(candidate.messages), candidate)
        if same is not candidate:
            places = f"{same.position + 1} and {candidate.position + 1}"
            yield RowError(f"the responses {places} are identical" + (", one is kept" if len(candidates) > 2 else ""))
    ordered = [distinct[key] for key in sorted(distinct, key=lambda key: sha256(key).digest())]
    if select is None and len(ordered) > MAX_ALL:
        raise RowError(f"{len(ordered)} responses are too many for all pairs; choose a number of pairs for each row")
    if len(ordered) > 2 and not about.group:
        whole = canonical_json(conversation) + b"".join(sorted(distinct))
        about = replace(about, group=sha256(whole).hexdigest()[:32])
    for first, second in islice(_rounds(len(ordered)), select):
        a, b = ordered[first], ordered[second]
        label = label_of_scores(a.score, b.score) or label_of_scores(b.rank, a.rank)
        yield canonical_pair(conversation, a, b, label=label, about=about)


def _rounds(count: int) -> Iterator[tuple[int, int]]:
    """Every pair of range(count) once, in the rounds of a tournament, so that any beginning is balanced."""
    seats: list[int | None] = list(range(count))
    if count % 2:
        seats.append(None)
    for _ in range(len(seats) - 1):
        half = len(seats) // 2
        for one, other in zip(seats[:half], reversed(seats[half:]), strict=True):
            if one is not None and other is not None:
                yield one, other
        seats.insert(1, seats.pop())
