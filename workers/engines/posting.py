"""Requests to a model server: tried again where it is worth it, at the pace the server asks for."""

import os
import random
import threading
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from queue import SimpleQueue
from typing import Any, TypeVar

import httpx

from workers.engines.errors import BackendDown, RowError

KEY_VARIABLE = "ASSAY_OPENAI_API_KEY"
TRIES = 3
LONGEST_PAUSE = 30.0  # seconds; who wants a longer one gets the rows later
PATIENCE = {408, 425, 429, 500, 502, 503, 504}
CONCURRENCY = 64
MOST_BYTES = 16 << 20  # of an answer
SHOWN = 500  # characters of an answer that an error tells

Given = TypeVar("Given")
Got = TypeVar("Got")


class Poster:
    """One server, many requests in flight. `probe`, a path and a body, is a request that any such server answers."""

    def __init__(
        self,
        url: str,
        *,
        concurrency: int = CONCURRENCY,
        timeout: float = 120,
        first_pause: float = 1.0,
        key: str = KEY_VARIABLE,
        probe: tuple[str, dict[str, Any]] | None = None,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        secret = os.environ.get(key, "")
        self.url, self._concurrency, self._first, self._sleep = url, max(1, concurrency), first_pause, sleep
        self._timeout, self._probe = timeout, probe
        self._client = httpx.Client(
            base_url=url,
            timeout=timeout,
            limits=httpx.Limits(max_connections=self._concurrency, max_keepalive_connections=self._concurrency),
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
        )

    def each(self, given: Sequence[Given], work: Callable[[Given, threading.Event], Got]) -> Generator[tuple[int, Got]]:
        """(which, what came of it), in the order in which they ended, however late one asks: what comes after a failure
        says whose fault it was. Left early, what has not begun is dropped, and no pause is made."""
        if not given:
            return
        over = threading.Event()
        ended: SimpleQueue[tuple[int, Future[Got]]] = SimpleQueue()
        pool = ThreadPoolExecutor(min(self._concurrency, len(given)))
        try:
            for which, one in enumerate(given):
                pool.submit(work, one, over).add_done_callback(lambda done, which=which: ended.put((which, done)))  # type: ignore[misc]
            for _ in given:
                which, done = ended.get()
                yield which, done.result()
        finally:
            over.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def post(self, path: str, body: dict[str, Any], *, over: threading.Event) -> httpx.Response:
        """The server's answer. Raises BackendDown after a few tries, RowError where it refuses this row."""
        problem, status = "", 0
        for attempt in range(TRIES):
            asked_for = None
            try:
                response = self._answer(path, body)
            except httpx.HTTPError as error:
                problem, status = f"{type(error).__name__}: {error}", 0
            except UnicodeEncodeError as error:
                raise RowError(f"The conversation is not valid text: {error}") from error
            else:
                if response.status_code not in PATIENCE:
                    return _accepted(response)
                problem, status = f"{response.status_code}: {response.text[:SHOWN]}", response.status_code
                asked_for = seconds_of(response.headers.get("Retry-After"))
            if asked_for is not None and asked_for > LONGEST_PAUSE:
                raise BackendDown(f"{self.url} asks to wait {asked_for:.0f} s: {problem}", retry_after=asked_for)
            if attempt + 1 < TRIES and not over.is_set():
                (self._sleep or over.wait)(pause(attempt, first=self._first, asked_for=asked_for))
        if status == 500 and not over.is_set() and self._serves_others():
            raise RowError(f"The server fails on this row: {problem}")
        raise BackendDown(f"{self.url} does not serve: {problem}")

    def _serves_others(self) -> bool:
        """A server may answer 500 to what one prompt does to it; that row would wait for ever."""
        try:
            return self._probe is not None and self._answer(*self._probe).is_success
        except httpx.HTTPError:
            return False

    def _answer(self, path: str, body: dict[str, Any]) -> httpx.Response:
        """The whole answer. The client's timeout is for each piece of it, ours for the whole: a server may trickle."""
        end, taken = time.monotonic() + self._timeout, bytearray()
        with self._client.stream("POST", path, json=body) as response:
            for piece in response.iter_bytes():
                taken += piece
                if len(taken) > MOST_BYTES or time.monotonic() > end:
                    raise httpx.ReadTimeout(f"no end of the answer after {len(taken)} bytes", request=response.request)
        kept = {name: value for name, value in response.headers.items() if name == "retry-after"}
        return httpx.Response(response.status_code, headers=kept, content=bytes(taken))


def seconds_of(header: str | None) -> float | None:
    """What Retry-After asks for, as seconds or as a date; None where it asks for nothing that can be read."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header)
    try:
        when = parsedate_to_datetime(header)
    except ValueError:
        return None
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())


def pause(attempt: int, *, first: float, asked_for: float | None) -> float:
    """Seconds to wait: what the server asked for, else doubling; with jitter, never more than half a minute."""
    jitter = random.uniform(0.5, 1)  # noqa: S311
    if asked_for is not None:
        return min(asked_for + (1 - jitter), LONGEST_PAUSE)  # never before its time, and not all at once
    return min(first * float(2**attempt) * jitter, LONGEST_PAUSE)


def _accepted(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    # A wrong key or model name fails every row alike: there is no use in parking them one by one.
    if response.status_code in {401, 402, 403, 404}:
        raise BackendDown(f"The server refuses: {response.status_code}: {response.text[:SHOWN]}")
    raise RowError(f"The server refuses this row: {response.status_code}: {response.text[:SHOWN]}")
