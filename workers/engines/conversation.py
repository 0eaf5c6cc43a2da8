"""Making conversations fit: what is too long loses its oldest turns, and says so."""

from bisect import bisect_left
from collections.abc import Callable, Sequence

from workers.engines.rows import Message

# No tokenizer here packs more characters than this into one token, save for runs of blanks.
CHARACTERS_A_TOKEN = 16


def without_system(messages: Sequence[Message]) -> list[Message]:
    """The user's and the assistant's turns."""
    return [message for message in messages if message["role"] != "system"]


def characters(messages: Sequence[Message]) -> int:
    """How long they are, for putting texts in order; what is no text counts as nothing."""
    return sum(len(str(message.get("content") or "")) for message in messages)


def fit(messages: Sequence[Message], *, cost: Callable[[list[Message]], int], limit: int) -> tuple[list[Message], bool]:
    """The newest part of `messages` whose cost (tokens) is at most `limit`, and whether anything went.

    Whole turns go first, so that what is left begins with the user; when the last turn alone is too long,
    its beginning goes too. `cost` must not fall when messages grow.
    """
    whole = list(messages)
    kept = newest(whole, characters=limit * CHARACTERS_A_TOKEN)
    if cost(kept) <= limit:
        return kept, kept != whole
    starts = [i for i, message in enumerate(kept) if i and message["role"] == "user"]
    first = bisect_left(starts, True, key=lambda i: cost(kept[i:]) <= limit)
    if first < len(starts):
        return kept[starts[first] :], True
    last = kept[starts[-1] :] if starts else kept
    length = sum(len(message["content"]) for message in last)
    dropped = bisect_left(range(length), True, key=lambda n: cost(newest(last, characters=length - n)) <= limit)
    return newest(last, characters=length - dropped), True


def newest(messages: Sequence[Message], *, characters: int) -> list[Message]:
    """The last `characters` characters; a turn of which nothing is left goes, but one turn always stays."""
    kept: list[Message] = []
    for message in reversed(messages):
        if characters <= 0 and kept:
            break
        content = message["content"]
        kept.append({**message, "content": content[max(0, len(content) - max(0, characters)) :]})
        characters -= len(content)
    return kept[::-1]


def as_text(messages: Sequence[Message]) -> str:
    """The conversation as plain text, one paragraph a turn."""
    return "\n\n".join(f"{message['role'].capitalize()}: {message['content']}" for message in messages)
