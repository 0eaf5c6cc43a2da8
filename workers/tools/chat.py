"""One turn of a chat with an OpenAI-compatible model, streamed: what comes is told while it comes, and kept.

The answer is read on an event loop of its own, so that it can be broken off at any moment, while the caller's thread
says every moment whether it is still wanted.
"""

import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import wait
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from anyio.from_thread import start_blocking_portal

from workers.tools import FAILED, FINISHED, OVERFLOW, STOPPED, TIMEOUT, Outcome, refused

BEAT = 0.4  # seconds between two looks at what came
CONNECT = 10  # seconds
LONGEST_ANSWER = 60_000  # characters
LONGEST_STREAM = 16 * 2**20  # bytes, with all that stands around the words
LONGEST_ERROR = 20_000  # bytes of an answer that is none
LONGEST_NOTE = 300
NOT_SET_UP = "Not asked: no assistant is set up here (ASSISTANT_URL, ASSISTANT_MODEL)."
DATA = b"data:"
TELLING = {400, 413, 422}  # statuses whose words help who asked; others may name keys and accounts

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """Where the model is, as the operator says. `options` go into every request as they are."""

    url: str
    model: str
    key: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    seconds: int = 120


@dataclass
class Coming:
    """What came so far. The loop writes it, the caller's thread reads it."""

    pieces: list[str] = field(default_factory=list)
    model: str = ""
    finish: str = ""
    tokens: dict[str, int] = field(default_factory=dict)
    characters: int = 0
    ended: bool = False

    def say(self, words: str) -> None:
        if words:
            self.pieces.append(words)
            self.characters += len(words)

    def text(self) -> str:
        return _plain("".join(self.pieces))[:LONGEST_ANSWER]


class NoAnswer(Exception):
    """The server said something else than an answer; the message is for who asked."""


class TooLong(Exception):
    pass


def ask(server: Server, messages: Sequence[Message], *, wanted: Callable[[str], bool]) -> Outcome:
    """The model's answer. `wanted` is told what it says so far, several times a second, and whether to go on."""
    if not (server.url and server.model):
        return refused(NOT_SET_UP)
    started, came = time.monotonic(), Coming()
    status, note = _listen(server, messages, came, wanted=wanted, until=started + server.seconds)
    output = {
        "answer": came.text(),
        "model": _plain(came.model)[:120],
        "finish": _plain(came.finish)[:40],
        "tokens": came.tokens,
        "note": note,
    }
    version = f"chat completions at {urlsplit(server.url).hostname}: {server.model}"[:200]
    milliseconds = round(1000 * (time.monotonic() - started))
    return Outcome(status, output, version, _environment(server), milliseconds)


def _environment(server: Server) -> str:
    options = json.dumps(server.options, sort_keys=True, ensure_ascii=False)
    return f"{server.seconds} s, {LONGEST_ANSWER} characters, {options}"[:400]


def _listen(
    server: Server, messages: Sequence[Message], came: Coming, *, wanted: Callable[[str], bool], until: float
) -> tuple[str, str]:
    """How it ended, and what is to be said of it. Whatever ends it, nothing of it goes on."""
    with start_blocking_portal() as portal:
        reading = portal.start_task_soon(_read, server, list(messages), came)
        try:
            while True:
                done = wait([reading], timeout=BEAT).done
                if done:
                    return _ending(server, came, reading.exception())
                if not wanted(came.text()):
                    return STOPPED, "Stopped by whoever asked."
                if time.monotonic() > until:
                    return TIMEOUT, f"Stopped: no whole answer within {server.seconds} s."
        finally:
            reading.cancel()


def _ending(server: Server, came: Coming, error: BaseException | None) -> tuple[str, str]:
    if isinstance(error, TooLong):
        return OVERFLOW, f"Stopped: the answer is longer than {LONGEST_ANSWER} characters."
    if isinstance(error, NoAnswer):
        return FAILED, _plain(str(error).replace(server.key or "\x00", "…"))[:LONGEST_NOTE]
    if isinstance(error, httpx.TimeoutException):
        return TIMEOUT, "Stopped: the assistant's server does not answer."
    if isinstance(error, httpx.HTTPError) and came.pieces:
        return FAILED, "The answer broke off: the connection was lost."
    if isinstance(error, httpx.HTTPError):
        return FAILED, f"The assistant's server cannot be reached: {type(error).__name__}."
    if error is not None:
        raise error
    if not came.ended:
        return FAILED, "The answer broke off." if came.pieces else "The assistant's server answered nothing."
    if came.finish == "length":
        return FINISHED, "The model came to its limit of tokens: the answer is cut off."
    return FINISHED, "" if came.pieces else "The model said nothing."


async def _read(server: Server, messages: list[Message], came: Coming) -> None:
    """Redirects are not followed: the operator names one address, and it alone is asked."""
    body = {**server.options, "model": server.model, "messages": messages, "stream": True}
    headers = {"Authorization": f"Bearer {server.key}"} if server.key else {}
    async with (
        httpx.AsyncClient(timeout=httpx.Timeout(server.seconds, connect=CONNECT), trust_env=False) as client,
        client.stream("POST", f"{server.url.rstrip('/')}/chat/completions", json=body, headers=headers) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            raise NoAnswer(_refusal(answer, await _beginning(answer)))
        async for event in _events(answer):
            _take(event, came)


async def _beginning(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > LONGEST_ERROR:
            break
    return bytes(body)


def _refusal(answer: httpx.Response, body: bytes) -> str:
    """What a status means for who asked. What the server itself says of a key stays with the operator."""
    status = answer.status_code
    if status == 429:
        later = answer.headers.get("Retry-After", "")
        soon = f" Try again in {later} s." if later.isdigit() else " Try again later."
        return f"The assistant is busy (status 429).{soon}"
    if status in (401, 403):
        return f"The assistant's server refuses this installation's key (status {status}). Tell who runs it."
    said = f" It says: {words}" if status in TELLING and (words := _words(body)) else ""
    return f"The assistant's server answered with status {status}.{said}"


def _words(body: bytes) -> str:
    """The message of an error in the shapes that servers give it."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    error = found.get("error", found) if isinstance(found, dict) else None
    words = error.get("message", "") if isinstance(error, dict) else error
    return " ".join(words.split()) if isinstance(words, str) else ""


async def _events(answer: httpx.Response) -> AsyncIterator[bytes]:
    """The data of each server-sent event; of an answer that was not streamed, all of it as one."""
    streamed = not answer.headers.get("Content-Type", "").startswith("application/json")
    rest, seen = b"", 0
    async for piece in answer.aiter_bytes():
        seen += len(piece)
        if seen > LONGEST_STREAM:
            raise TooLong
        *lines, rest = (rest + piece).split(b"\n") if streamed else (rest + piece,)
        for line in lines:
            if line.startswith(DATA):
                yield line.removeprefix(DATA).strip()
    if rest.startswith(DATA) or not streamed:
        yield rest.removeprefix(DATA).strip()


def _take(event: bytes, came: Coming) -> None:
    """One event into what came. What is no event of a chat completion ends it."""
    if not event:
        return
    if event == b"[DONE]":
        came.ended = True
        return
    try:
        found = json.loads(event)
        if isinstance(found, dict) and found.get("error"):
            raise NoAnswer(f"The assistant's server failed on the way. It says: {_words(event)}")
        _take_chunk(found, came)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise NoAnswer("The assistant's server answered something that is no chat completion.") from None
    if came.characters > LONGEST_ANSWER:
        raise TooLong


def _take_chunk(found: dict[str, Any], came: Coming) -> None:
    came.model = str(found.get("model") or came.model)
    if usage := found.get("usage"):
        came.tokens = {name: int(usage[f"{name}_tokens"]) for name in ("prompt", "completion")}
    for choice in found["choices"][:1]:
        message = choice.get("delta") or choice.get("message") or {}
        came.say("" + (message.get("content") or ""))
        if finish := choice.get("finish_reason"):
            came.finish, came.ended = str(finish), True


def _plain(text: str) -> str:
    """Text that every database holds and UTF-8 can say."""
    return text.replace("\x00", "�").encode("utf-8", "replace").decode()
