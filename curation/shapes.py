"""One raw row of any known shape -> canonical pairs, or a RowError for what is none (docs/import.md)."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from curation.attributes import ATTRIBUTES, read_attributes
from curation.expand import expand, read_candidates
from curation.labels import label_of_scores, read_known, read_label, read_preference, read_score
from curation.mapping import FIELDS, SHAPES, FieldMap
from curation.messages import read_prompt, read_response
from curation.pairs import About, Candidate, Conversation, ParsedPair, RowError, canonical_pair, storable
from curation.turns import split_conversation

ID_COLUMNS = ("source_id", "id", "idx", "uid", "uuid", "pair_id", "prompt_id", "question_id", "sample_id")
PROMPT_COLUMNS = ("prompt", "conversation", "instruction")
SIDES = {
    "chosen": (("chosen", "score_chosen", "chosen_model"), ("rejected", "score_rejected", "rejected_model")),
    "response_a": (("response_a", "score_a", "model_a"), ("response_b", "score_b", "model_b")),
}
MAX_EXTRA = 2000
MAX_NAME = 200
MAX_COLUMNS = 50
BY_NAME = frozenset((*FIELDS, "model_a", "model_b", "chosen_model", "rejected_model"))
ATTRIBUTE_COLUMNS = frozenset(("attributes", *ATTRIBUTES))
KNOWN_COLUMNS = frozenset(("known_answer", "explanation"))
NO_MAP = FieldMap()


def parse_row(
    row: Any, *, fields: FieldMap = NO_MAP, select: int | None = None, source: str = ""
) -> list[ParsedPair | RowError]:
    """Everything one row gives: pairs, and an error for each thing in it that is none. Never raises.

    `select` limits how many pairs a row with more than two responses gives (None: all). `source` names the
    data set where the row does not.
    """
    row_id = ""
    outcomes: list[ParsedPair | RowError] = []
    try:
        if not isinstance(row, Mapping):
            raise RowError("the row is not an object with named fields")
        row_id = _row_id(row)
        for outcome in _parse(row, fields, select, source, row_id):
            outcomes.append(outcome)
    except RowError as error:
        outcomes.append(error)
    for outcome in outcomes:
        if isinstance(outcome, RowError):
            outcome.row_id = row_id
    return outcomes


def _parse(
    row: Mapping[str, Any], fields: FieldMap, select: int | None, source: str, row_id: str
) -> Iterator[ParsedPair | RowError]:
    values = {column: row[column] for column in row if column in BY_NAME}
    if fields.columns or fields.templates:
        values |= fields.apply(row)
    name = _shape_of(row, values, fields)
    prompt, prompt_column = _prompt_of(row, values)
    attributes = _attributes_of(values)
    about = About(
        source=_name(values.get("source")) or source,
        source_id=_name(values.get("source_id")) or row_id,
        group=_name(values.get("group")),
        attributes=attributes,
        known=read_known(values.get("known_answer"), values.get("explanation")),
    )
    kept = (ATTRIBUTE_COLUMNS if attributes is None else frozenset()) | (
        KNOWN_COLUMNS if not about.known else frozenset()
    )
    if left := _leftover(row, fields, prompt_column, kept):
        about.extra["row"] = left
    if name in SIDES:
        yield _one_pair(values, name, prompt, about)
    elif about.known:
        raise RowError("a known_answer is of two responses; give them as response_a and response_b")
    else:
        yield from _many(values, name, prompt, select, about)


def _row_id(row: Mapping[str, Any]) -> str:
    """What the row calls itself, as text; "" if it does not."""
    for column in ID_COLUMNS:
        if column in row and (name := _name(row[column])):
            return name
    return ""


def _name(value: Any) -> str:
    """A short clean text from a text or whole number; "" from anything else."""
    if isinstance(value, str):
        return storable(value)[:MAX_NAME]
    return str(value)[:MAX_NAME] if isinstance(value, int) and not isinstance(value, bool) else ""


def _shape_of(row: Mapping[str, Any], values: Mapping[str, Any], fields: FieldMap) -> str:
    """The first shape that the map names, or else the first whose columns are there."""
    mapped = fields.mapped()
    for name, columns in SHAPES.items() if mapped else ():
        if not mapped.isdisjoint(columns):
            missing = [column for column in columns if column not in values]
            if missing:
                raise RowError(f"there is no {' and no '.join(missing)}")
            return name
    for name, columns in SHAPES.items():
        if all(column in values for column in columns):
            return name
    present = ", ".join(str(column) for column in list(row)[:40])
    raise RowError(
        "no responses found: wanted chosen and rejected, response_a and response_b, responses or "
        f"completions; the row has {present}"
    )


def _prompt_of(row: Mapping[str, Any], values: Mapping[str, Any]) -> tuple[Conversation | None, str]:
    """The prompt with its system message, or None if the row has none; and the column it was taken from."""
    column, value = "prompt", values.get("prompt")
    if "prompt" not in values:
        column = next((column for column in PROMPT_COLUMNS if row.get(column) is not None), "")
        value = row[column] if column else None
    prompt = None if value is None else read_prompt(value)
    system = values.get("system")
    if prompt and isinstance(system, str) and system.strip() and prompt[0]["role"] != "system":
        prompt = read_prompt([{"role": "system", "content": system}]) + prompt
    return prompt, column


def _attributes_of(values: Mapping[str, Any]) -> dict[str, str] | None:
    """The row's own five attributes, from one column or from five."""
    found = read_attributes(values["attributes"]) if "attributes" in values else None
    if found is None and ATTRIBUTES[0] in values and all(values.get(name) is not None for name in ATTRIBUTES):
        found = read_attributes({name: values[name] for name in ATTRIBUTES})
    return found


def _one_pair(values: Mapping[str, Any], name: str, prompt: Conversation | None, about: About) -> ParsedPair:
    """The pair of a row with two responses."""
    one, other = SIDES[name]
    responses = [read_response(values[one[0]], one[0]), read_response(values[other[0]], other[0])]
    conversation, rests = split_conversation(prompt, responses)
    first, second = _side(values, one, rests[0], 0), _side(values, other, rests[1], 1)
    label = "a" if name == "chosen" else _label(values, [first.score, second.score])
    return canonical_pair(conversation, first, second, label=label, about=about)


def _side(values: Mapping[str, Any], columns: tuple[str, str, str], rest: Conversation, place: int) -> Candidate:
    _, score, model = columns
    return Candidate(rest, place, read_score(values.get(score), score), _name(values.get(model)))


def _label(values: Mapping[str, Any], scores: list[float | None]) -> str:
    if "label" in values:
        return read_label(values["label"])
    if "preference" in values:
        return read_preference(values["preference"])
    return label_of_scores(*scores)


def _many(
    values: Mapping[str, Any], name: str, prompt: Conversation | None, select: int | None, about: About
) -> Iterator[ParsedPair | RowError]:
    """The pairs of a row with a list of responses."""
    candidates, errors = read_candidates(values, name)
    yield from errors
    conversation, rests = split_conversation(prompt, [candidate.messages for candidate in candidates])
    candidates = [replace(candidate, messages=rest) for candidate, rest in zip(candidates, rests, strict=True)]
    yield from expand(conversation, candidates, select=select, about=about)


def _leftover(row: Mapping[str, Any], fields: FieldMap, prompt_column: str, unread: frozenset[str]) -> dict[str, Any]:
    """The row's other columns, where small: hidden from annotators, kept for provenance.

    `unread`: columns with names of ours that gave nothing in this row.
    """
    kept: dict[str, Any] = {}
    for column, value in row.items():
        if column in BY_NAME and column not in unread:
            continue
        if value is None or column == prompt_column or column in fields.used or not isinstance(column, str):
            continue
        if len(kept) == MAX_COLUMNS:
            break
        if isinstance(value, str):
            if len(value) <= MAX_EXTRA:
                kept[storable(column)] = storable(value)
        elif isinstance(value, bool | int | float):
            if math.isfinite(value) and abs(value) < 2**53:
                kept[storable(column)] = value
        elif isinstance(value, list | Mapping):
            small = _small_json(value)
            if small is not None:
                kept[storable(column)] = small
    return kept


def _small_json(value: Any) -> Any:
    try:
        text = orjson.dumps(value, default=str)
    except (TypeError, ValueError, RecursionError):
        return None
    return orjson.loads(text) if len(text) <= MAX_EXTRA and b"\\u0000" not in text else None
