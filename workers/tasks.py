"""The Celery tasks: thin, and safe to lose, to repeat and to run twice at once. The tables are the queue."""

import logging
import time

from celery import shared_task
from django.conf import settings

from annotate.domain import assistance, backends, leases, preparing, progress, releases, tallies
from annotate.domain import running as runs
from annotate.domain.backends import DEFAULT
from workers import draining, running
from workers.stopping import Stopped, pass_on, stoppable

log = logging.getLogger(__name__)
STALE = 600  # seconds; a request that waited longer is dropped, the next tick asks anew
began: dict[tuple[str, str], float] = {}  # when this process began its latest batch of a kind and engine
looked: dict[str, float] = {}  # when this process last looked for work of every kind, on the monotonic clock


@shared_task
def drain(kind: str, asked: float, engine: str = DEFAULT) -> None:
    """Do one batch of a kind, and ask for the next one while there is work.

    A request from before the process's latest batch of the kind is dropped: that batch's own request stands for it.
    So however many ticks pass during a slow batch, kinds take turns and requests do not pile up. Ticks run out while
    batches are slow, so who was busy for longer than a tick looks around as the tick would. At the end of a kind
    come those that waited for it; what can be done of them before, a tick starts.
    """
    if asked < began.get((kind, engine), 0):
        return
    began[kind, engine] = time.time()
    drained = draining.drain(kind=kind, engine=engine)
    if drained.done or drained.failed:
        left = progress.to_do(kind=kind)
        log.info("%s: %d done, %d failed, %d to do %s", kind, drained.done, drained.failed, left, drained.error)
    elif drained.error:
        log.info("%s: %s", kind, drained.error)
    if time.monotonic() - looked.get("last", 0.0) > settings.TICK_SECONDS:
        look_around()
    if drained.again:
        ask_for(kind, engine)
        return
    for later in assistance.waiting_for(kind):
        for name in backends.names(later):
            ask_for(later, name)


def ask_for(kind: str, engine: str) -> None:
    drain.apply_async([kind, time.time(), engine], expires=STALE)


@shared_task
def tick() -> None:
    """By the beat: give back what expired, and start a drain for every kind with rows that are due."""
    look_around()


def look_around() -> None:
    looked["last"] = time.monotonic()
    leases.reap()
    progress.fold()
    for kind in settings.ASSISTANCE_MODELS:
        for name, backend in backends.of_kind(kind).items():
            if not backend.external and assistance.is_due(kind=kind, engine=name):
                ask_for(kind, name)
    if runs.is_due():
        run_tools.apply_async(expires=STALE)
    if preparing.is_due():
        prepare_tools.apply_async(expires=STALE)
    if runs.is_due(chat=True):
        answer.apply_async(expires=STALE)
    build_releases.apply_async(expires=STALE)
    for campaign_id in tallies.due():
        count_agreement.apply_async([campaign_id], expires=STALE)


@shared_task
def count_agreement(campaign_id: int) -> None:
    """Bring a campaign's figures on agreement up to date. Losing or repeating it costs nothing but time."""
    from workers import figures

    figures.refresh(campaign_id=campaign_id)


@shared_task
def run_tools() -> None:
    """Do one run of a tool, and ask for the next while any waits. Pages send this by name when somebody asks."""
    if running.run_one() and runs.is_due():
        run_tools.apply_async(expires=STALE)


@shared_task
def prepare_tools() -> None:
    """See what can run ahead of time of some pairs that were imported, and ask for the next while there are any."""
    if preparing.prepare():
        run_tools.apply_async(expires=STALE)
    if preparing.is_due():
        prepare_tools.apply_async(expires=STALE)


@shared_task
def answer() -> None:
    """Do one turn of a chat. Another waiting one wakes another thread first: an answer takes as long as it takes."""
    work = running.lease_question()
    if work is None:
        return
    if runs.is_due(chat=True):
        answer.apply_async(expires=STALE)
    running.answer(work)
    if runs.is_due(chat=True):
        answer.apply_async(expires=STALE)


@shared_task
def build_releases() -> None:
    """Build one release that was asked for, and ask for the next. A failure is kept with the release."""
    release = releases.lease_wanted()
    if release is None:
        return
    try:
        with stoppable():
            releases.build(release=release)
    except Stopped as stopped:
        pass_on(stopped)
        return
    except Exception:
        log.exception("Release %s was not built", release)
    build_releases.apply_async(expires=STALE)
