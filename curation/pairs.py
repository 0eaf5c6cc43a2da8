"""The canonical pair that every shape of raw row becomes, and the hash that makes importing idempotent."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

Message = dict[str, str]
Conversation = list[Message]
OTHER = {"a": "b", "b": "a"}


def storable(text: str) -> str:
    """Text that any database takes: what it cannot hold becomes the replacement character."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class RowError(ValueError):
    """One row that cannot be imported: says why, and which row the source itself calls it."""

    def __init__(self, reason: str, *, row_id: str = "") -> None:
        self.reason = storable(reason)
        super().__init__(self.reason)
        self.row_id = row_id


@dataclass(frozen=True, slots=True)
class ParsedPair:
    """Two responses to one conversation; a and b stand in content-hash order, which is nobody's opinion."""

    conversation: Conversation
    response_a: Conversation
    response_b: Conversation
    digest: bytes
    source_label: str = ""
    source: str = ""
    source_id: str = ""
    group: str = ""
    attributes: dict[str, str] | None = None
    scores: dict[str, float] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    known: tuple[str, str] | None = None
    """The right answer ("a", "b", "equal", "undecidable", "broken") and why, where the row knows it."""


@dataclass(slots=True)
class About:
    """What a row says of all its pairs: where they come from, and the assistance it brings."""

    source: str = ""
    source_id: str = ""
    group: str = ""
    attributes: dict[str, str] | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    known: tuple[str, str] | None = None


@dataclass(slots=True)
class Candidate:
    """One response as its row gave it: its place there, and what the row says about this response alone."""

    messages: Conversation
    position: int
    score: float | None = None
    model: str = ""
    rank: float | None = None

    def provenance(self, side: str) -> dict[str, Any]:
        """Where the response stood in its row and who wrote it, under the side it now has."""
        found: dict[str, Any] = {f"position_{side}": self.position}
        return found | {f"model_{side}": self.model} if self.model else found


def canonical_json(messages: Conversation) -> bytes:
    """UTF-8 JSON without spaces, keys in the order role, content: the bytes that are hashed."""
    return orjson.dumps(messages)


def canonical_pair(
    conversation: Conversation, first: Candidate, second: Candidate, *, label: str, about: About
) -> ParsedPair:
    """Put the two responses in hash order, and turn label ("", "a", "b", "equal"), known answer and scores with them.

    The digest is sha256 over the JSON array [conversation, a, b]: the same whichever came first.
    """
    json_first, json_second = canonical_json(first.messages), canonical_json(second.messages)
    known = about.known
    if json_first == json_second:
        raise RowError("the two responses are identical")
    if sha256(json_first).digest() > sha256(json_second).digest():
        first, second, json_first, json_second = second, first, json_second, json_first
        label = OTHER.get(label, label)
        known = known and (OTHER.get(known[0], known[0]), known[1])
    whole = b"[" + b",".join((canonical_json(conversation), json_first, json_second)) + b"]"
    scores = None
    if first.score is not None and second.score is not None:
        scores = {"score_a": first.score, "score_b": second.score}
    return ParsedPair(
        conversation=conversation,
        response_a=first.messages,
        response_b=second.messages,
        digest=sha256(whole).digest(),
        source_label=label,
        source=about.source,
        source_id=about.source_id,
        group=about.group,
        attributes=about.attributes,
        scores=scores,
        extra=about.extra | first.provenance("a") | second.provenance("b"),
        known=known,
    )
