"""One run of a tool: lease it, run it, record what came of it."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.conf import settings

from annotate.domain import assistant, finding, running
from workers.stopping import Stopped, pass_on, stoppable
from workers.tools import FAILED, FINISHED, Outcome, chat, code, maths, process, search

LOOK_EVERY = 0.2  # seconds between looks for somebody who asked, while something runs ahead of time
LEASE = 60  # seconds; longer than any tool may take
TOOLS: dict[str, Callable[[dict[str, Any]], Outcome]] = {
    "code": lambda given: code.run(given["language"], given["code"]),
    "maths": maths.do,
    "search": lambda given: SEARCHES[given["where"]](given),
}
SEARCHES: dict[str, Callable[[dict[str, Any]], Outcome]] = {
    "documents": lambda given: _in_documents(given["campaign"], given["query"]),
    "web": lambda given: search.run(settings.SEARCH_URL, given["query"]),
}


def _in_documents(campaign_id: int, query: str) -> Outcome:
    """The same index answers the same; `environment` says which it was."""
    started = time.monotonic()
    found = finding.find(campaign_id=campaign_id, query=query)
    output = {"results": found.results, "note": ""}
    return Outcome(FINISHED, output, finding.VERSION, found.index, round(1000 * (time.monotonic() - started)))


def lease_question() -> running.Work | None:
    return running.lease(seconds=assistant.LEASE, chat=True)


def answer(work: running.Work) -> None:
    """One turn of a chat. Its worker dies: it is asked anew when the lease is over, which progress renews."""
    _record(work, _tried(work, lambda: _ask(work)))


def _ask(work: running.Work) -> Outcome:
    server = chat.Server(
        url=settings.ASSISTANT_URL,
        model=settings.ASSISTANT_MODEL,
        key=settings.ASSISTANT_KEY,
        options=settings.ASSISTANT_OPTIONS,
        seconds=settings.ASSISTANT_SECONDS,
    )
    outcome = chat.ask(
        server,
        assistant.messages(run_id=work.run_id),
        wanted=lambda text: assistant.progress(run_id=work.run_id, lease=work.lease, text=text),
    )
    return replace(outcome, environment=f"prompt {assistant.PROMPT}, {outcome.environment}"[:400])


class Asked(BaseException):
    """Somebody asked for a run while one ran ahead of time. Not an Exception: no tool takes it for its own."""


def run_one() -> bool:
    """Do the run that waits longest. False: nothing waits. What is interrupted goes back; what kills workers ends.

    What runs ahead of time makes room the moment somebody asks for a run.
    """
    work = running.lease(seconds=LEASE)
    if work is None:
        return False
    try:
        with stoppable(), process.watched(_room_maker() if work.ahead else process.LOOK.get()):
            outcome = _tried(work, lambda: again(kind=work.kind, input=work.input, campaign_id=work.campaign_id))
    except Asked:
        running.give_back(work=work)
        return True
    except Stopped as stopped:
        running.give_back(work=work)
        pass_on(stopped)
        return False
    _record(work, outcome)
    return True


def again(*, kind: str, input: dict[str, Any], campaign_id: int) -> Outcome:
    """What comes of an input: the first time, and whenever it is replayed."""
    return TOOLS[kind]({**input, "campaign": campaign_id})


def _record(work: running.Work, outcome: Outcome) -> None:
    running.record(
        work=work,
        status=outcome.status,
        output=outcome.output,
        version=outcome.version,
        environment=outcome.environment,
        milliseconds=outcome.milliseconds,
    )


def _room_maker() -> Callable[[], None]:
    """Looks whether somebody asked, a few times a second however often it is called."""
    latest = time.monotonic()

    def look() -> None:
        nonlocal latest
        if time.monotonic() > latest + LOOK_EVERY:
            latest = time.monotonic()
            if running.is_asked():
                raise Asked

    return look


def _tried(work: running.Work, act: Callable[[], Outcome]) -> Outcome:
    if work.attempts > running.MOST_ATTEMPTS:
        return Outcome(FAILED, {"note": f"The worker ended {running.MOST_ATTEMPTS} times while this ran."})
    try:
        return act()
    except Exception as error:  # the tool's own mistake is shown as such, and not tried again for ever
        return Outcome(FAILED, {"note": f"The tool failed: {type(error).__name__}: {str(error)[:300]}"})
