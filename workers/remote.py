"""Batches of another Assay: leased and returned over its API (docs/api.md), done by the engines here. No database."""

import base64
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx
from django.conf import settings

from annotate.domain import backends
from annotate.domain.assistance import Work
from annotate.domain.examples import Example
from annotate.domain.external import MOST_ROWS
from workers import engines, loading
from workers.batches import TOGETHER, Answered, Drained, OutOfReach, worked
from workers.engines.posting import PATIENCE, pause, seconds_of
from workers.stopping import Stopped, finishing, told_to_stop

log = logging.getLogger(__name__)
API = "/api/v1"
LONGEST_OUTAGE = 600.0  # seconds that a request is tried again
TIMEOUT = 60.0
SHOWN = 500  # characters of an answer that an error tells


class Refused(Exception):
    """The server does not let this token do this, or knows no such campaign, kind or line; its own words."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(f"{status}: {words}")
        self.status = status


class Server:
    """The API of an Assay server, as an external worker of one campaign uses it."""

    def __init__(
        self,
        url: str,
        *,
        token: str,
        campaign: str,
        outage: float = LONGEST_OUTAGE,
        first_pause: float = 1.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        base = url.rstrip("/").removesuffix(API)
        self._outage, self._first = outage, first_pause
        self._client = httpx.Client(
            base_url=f"{base}{API}/campaigns/{campaign}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=TIMEOUT,
            transport=transport,
        )

    def to_do(self, kind: str) -> int:
        counts = self.ask("GET", "").json()["kinds"].get(kind, {})
        return int(counts.get("wanted", 0) + counts.get("leased", 0))

    def lease(self, *, kind: str, engine: str, rows: int, seconds: int) -> list[Work]:
        asked = {"kind": kind, "engine": engine, "rows": rows, "seconds": seconds}
        answer = self.ask("POST", "/leases", asked)
        if answer.status_code == 204:
            return []
        found = answer.json()
        return [_work(row, kind, found["lease"]) for row in found["rows"]]

    def renew(self, lease: str, *, seconds: int) -> int:
        return int(self.ask("POST", f"/leases/{lease}/renew", {"seconds": seconds}).json()["held"])

    def results(self, lease: str, *, by: dict[str, Any], results: list[dict[str, Any]]) -> dict[str, list[Any]]:
        answer = self.ask("POST", f"/leases/{lease}/results", {"by": by, "results": results})
        found: dict[str, list[Any]] = answer.json()
        return found

    def release(self, lease: str, *, error: str = "", seconds: float | None = None) -> None:
        asked = {"error": error} | ({"seconds": round(seconds)} if seconds else {})
        self.ask("POST", f"/leases/{lease}/release", asked)

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """The answer. Raises Refused, and OutOfReach where none comes for minutes, or when told to stop meanwhile.

        Every call may be made again: a lease whose answer was lost runs out by itself, and results are kept once.
        """
        end, attempt = time.monotonic() + self._outage, 0
        while True:
            asked_for = None
            try:
                answer = self._client.request(method, f"assistance{path}", json=body)
            except httpx.HTTPError as error:
                problem = f"{type(error).__name__}: {error}"
            else:
                if answer.status_code not in PATIENCE:
                    return _accepted(answer)
                problem = f"{answer.status_code}: {answer.text[:SHOWN]}"
                asked_for = seconds_of(answer.headers.get("Retry-After"))
            if time.monotonic() > end or told_to_stop():
                raise OutOfReach(f"The server does not answer: {problem}")
            log.warning("The server does not answer, trying again: %s", problem)
            _wait(pause(min(attempt, 5), first=self._first, asked_for=asked_for))
            attempt += 1


def _wait(seconds: float) -> None:
    """Until the time is over, or a signal came that waits for us."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not told_to_stop():
        time.sleep(min(left, 0.2))


def _accepted(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    try:
        said = answer.json()
        words = " ".join([said["error"], *(f"{name}: {text}" for name, text in said["fields"].items())])
    except (ValueError, LookupError, TypeError, AttributeError):
        words = answer.text[:SHOWN]
    raise Refused(answer.status_code, words)


def _work(row: dict[str, Any], kind: str, lease: str) -> Work:
    """A leased row as engines get it; what the server did not send is empty."""
    talk, a, b = (row.get(name, []) for name in ("conversation", "response_a", "response_b"))
    shown = tuple(_example(one) for one in row.get("examples", []))
    return Work(row["id"], lease, 0, 0, 0, kind, talk, a, b, row.get("attributes"), row.get("guideline", ""), shown)


def _example(sent: dict[str, Any]) -> Example:
    fields = ("conversation", "response_a", "response_b", "choice", "attributes", "reason")
    return Example(sent["id"], 0, **{name: sent[name] for name in fields})


class Returning:
    """A book (workers.batches) that is kept by the server."""

    def __init__(self, server: Server, *, seconds: int) -> None:
        self._server, self._seconds = server, seconds

    def extend(self, work: Sequence[Work]) -> None:
        self._try("renew", lambda: self._server.renew(work[0].lease, seconds=self._seconds))

    def record(self, answered: Answered, by: engines.Provenance, *, milliseconds: int) -> Drained:
        drained = Drained(again=True)
        for start in range(0, len(answered), TOGETHER):
            some = answered[start : start + TOGETHER]
            results = [_result(result, milliseconds) for _, result in some]
            drained += _drained(self._server.results(some[0][0].lease, by=_by(by), results=results), results)
        return drained

    def fail(self, work: Sequence[Work], error: str) -> None:
        results = [{"id": item.assistance_id, "error": error} for item in work]
        for start in range(0, len(results), TOGETHER):
            self._server.results(work[0].lease, by=UNKNOWN, results=results[start : start + TOGETHER])

    def postpone(self, work: Sequence[Work], error: str, *, seconds: float | None) -> None:
        if work:
            self._try("postpone", lambda: self._server.release(work[0].lease, error=error, seconds=seconds))

    def give_back(self, work: Sequence[Work]) -> None:
        if work:
            self._try("give back", lambda: self._server.release(work[0].lease))

    def _try(self, what: str, call: Callable[[], Any]) -> None:
        """What cannot be said now is no loss: leases run out by themselves."""
        try:
            call()
        except (OutOfReach, Refused) as error:
            log.warning("Could not %s a lease: %s", what, error)


UNKNOWN = {"engine": "none", "model": "none", "revision": "", "prompt_version": "", "settings": {}}


def _by(by: engines.Provenance) -> dict[str, Any]:
    return {
        "engine": by.engine,
        "model": by.model[:300],
        "revision": by.revision[:100],
        "prompt_version": by.prompt_version,
        "settings": by.settings,
    }


def _result(result: engines.Result, milliseconds: int) -> dict[str, Any]:
    if result.payload is None:
        said: dict[str, Any] = {"error": result.error or "The engine gave no reason."}
    else:
        blob = None if result.blob is None else base64.b64encode(result.blob).decode()
        said = {"payload": result.payload, "blob": blob, "settings": result.settings}
    counts = {"read": result.counts.read, "written": result.counts.written, "padded": result.counts.padded}
    return {"id": result.id, "milliseconds": milliseconds, **counts, **said}


def _drained(taken: dict[str, list[Any]], results: Sequence[dict[str, Any]]) -> Drained:
    told = {result["id"]: result.get("error", "") for result in results}
    reasons = [one["reason"] for one in taken["rejected"]] + [told.get(pk, "") for pk in taken["failed"]]
    return Drained(len(taken["recorded"]), len(reasons), len(taken["lost"]), error=reasons[0] if reasons else "")


def engine(kind: str, name: str) -> engines.Engine:
    """As workers.loading has it. Raises engines.EngineError; a stand-in is trained from the database alone."""
    model = backends.of_kind(kind)[name].model
    if kind == "reward" and model == settings.REWARD_STANDIN and not Path(model).is_dir():
        raise engines.ModelMissing("No reward model: an external worker trains no stand-in; set REWARD_MODEL.")
    return loading.engine(kind, name)


def drain(*, server: Server, kind: str, name: str) -> Drained:
    """Do one batch of the server's line of this name with the line of the same name here.

    The model comes first: where it cannot be loaded nothing is leased. Raises engines.EngineError, Refused, OutOfReach.
    """
    model = engine(kind, name)
    seconds = settings.ASSISTANCE_LEASE
    most = min(backends.of_kind(kind)[name].at_once(settings.ASSISTANCE_BATCHES[kind]), MOST_ROWS)
    work: list[Work] = []
    book = Returning(server, seconds=seconds)
    try:
        with finishing():
            work = server.lease(kind=kind, engine=name, rows=most, seconds=seconds)
    except Stopped:
        book.give_back(work)
        raise
    if not work:
        return Drained()
    return worked(kind, work, book=book, engine=lambda: model, seconds=seconds)
