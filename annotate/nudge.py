"""Wake a worker by the name of its task. The tables are the queue, so a nudge that is lost loses no work."""

import logging
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)


def after_commit(task: str, *args: Any) -> None:
    """Send the task once the running transaction is committed; a broker that is down is only noted."""
    transaction.on_commit(lambda: _send(task, args))


def for_run(kind: str) -> None:
    """A run was asked for: wake a worker that does its kind."""
    after_commit(f"workers.tasks.{'answer' if kind == 'llm' else 'run_tools'}")


def _send(task: str, args: tuple[Any, ...]) -> None:
    try:
        import_string("config.celery.app").send_task(task, args=args, retry=False, ignore_result=True)
    except Exception as error:  # every transport has its own way of being down
        log.warning("%s was not sent: %s; the beat will start it", task, error)
