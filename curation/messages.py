"""Text, message lists and transcripts, read into one form: a list of {"role", "content"} in plain strings."""

import re
from collections.abc import Mapping
from typing import Any

from curation.pairs import Conversation, RowError

MAX_TEXT_BYTES = 8 * 1024 * 1024
MAX_MESSAGES = 1000
ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
    "tool": "tool",
}
_TURN = re.compile(r"(?:^|\n\n)(Human|Assistant):")


def check_text(value: Any, what: str) -> str:
    """The text itself if it can be stored and shown; a RowError that names `what` otherwise."""
    if not isinstance(value, str):
        raise RowError(f"{what} is {_kind(value)}, not text")
    if not value or value.isspace():
        raise RowError(f"{what} is empty")
    if "\x00" in value:
        raise RowError(f"{what} contains a NUL character")
    try:
        size = len(value) if value.isascii() else len(value.encode())
    except UnicodeEncodeError as error:
        raise RowError(f"{what} contains a lone surrogate at character {error.start}") from None
    if size > MAX_TEXT_BYTES:
        raise RowError(f"{what} is {size:,} bytes; at most {MAX_TEXT_BYTES:,} are accepted")
    return value


def read_prompt(value: Any, what: str = "prompt") -> Conversation:
    """A prompt as text (one user turn), as a transcript, or as messages."""
    if isinstance(value, str):
        if is_transcript(value):
            return read_transcript(value, what)
        return [{"role": "user", "content": check_text(value, what)}]
    return read_messages(value, what)


def read_response(value: Any, what: str) -> Conversation:
    """A response as text (one assistant turn), as a transcript of a whole conversation, or as messages."""
    if isinstance(value, str):
        if value.startswith("\n\nHuman:") and is_transcript(value):
            return read_transcript(value, what)
        return [{"role": "assistant", "content": check_text(value, what)}]
    return read_messages(value, what)


def read_messages(value: Any, what: str) -> Conversation:
    """A list of messages with role and content (or ShareGPT's from and value); one message will do."""
    if isinstance(value, Mapping):
        value = [value]
    if not isinstance(value, list):
        raise RowError(f"{what} is {_kind(value)}, not text or a list of messages")
    if not value:
        raise RowError(f"{what} is empty")
    if len(value) > MAX_MESSAGES:
        raise RowError(f"{what} has {len(value)} messages; at most {MAX_MESSAGES} are accepted")
    found = []
    for number, item in enumerate(value, 1):
        message = _read_message(item, f"{what}, message {number}")
        if message is not None:
            found.append(message)
    return found


def _read_message(item: Any, what: str) -> dict[str, str] | None:
    """One message; None for an empty system message, which templates leave behind and which says nothing."""
    if not isinstance(item, Mapping):
        raise RowError(f"{what} is {_kind(item)}, not an object with role and content")
    role = item.get("role", item.get("from"))
    known = ROLES.get(role) if isinstance(role, str) else None
    if known is None:
        raise RowError(f"{what} has the role {str(role)[:40]!a}; known are {', '.join(ROLES)}")
    content = item.get("content", item.get("value"))
    if isinstance(content, list):
        content = _join_parts(content, what)
    if known == "system" and (content is None or content == "" or (isinstance(content, str) and content.isspace())):
        return None
    return {"role": known, "content": check_text(content, what)}


def _join_parts(parts: list[Any], what: str) -> str:
    """The text of content given as parts. A part that is not text (an image, a call) is refused."""
    texts = []
    for part in parts:
        if isinstance(part, Mapping) and part.get("type", "text") == "text" and isinstance(part.get("text"), str):
            texts.append(part["text"])
        else:
            kind = part.get("type") if isinstance(part, Mapping) else _kind(part)
            raise RowError(f"{what} has a part that is not text: {str(kind)[:40]!a}")
    return "".join(texts)


def is_transcript(text: str) -> bool:
    """Whether text reads as "Human: ... Assistant: ..." in the way HH-RLHF writes it."""
    if text.startswith("\n\nHuman:"):
        return True
    return text.startswith("Human:") and "\n\nAssistant:" in text


def read_transcript(text: str, what: str) -> Conversation:
    """The turns, outer blanks removed; a last empty "Assistant:" only asks for the answer, so it goes."""
    pieces = _TURN.split(text)
    turns = [(pieces[i], pieces[i + 1].strip()) for i in range(1, len(pieces), 2)]
    if len(turns) > 1 and turns[-1] == ("Assistant", ""):
        turns.pop()
    return [
        {"role": ROLES[name.lower()], "content": check_text(content, f"{what}, turn {number}")}
        for number, (name, content) in enumerate(turns, 1)
    ]


def _kind(value: Any) -> str:
    """What a value is, in JSON's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the JSON value {str(value).lower()}"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "an object"
    return "text" if isinstance(value, str) else f"a value of type {type(value).__name__}"
