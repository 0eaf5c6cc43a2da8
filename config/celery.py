"""The Celery application. The web process imports it too, to nudge a drain by name; tasks live in workers."""

import os
from typing import Any

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("assay")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.on_after_configure.connect
def make_folders(sender: Celery, **kwargs: Any) -> None:
    """The broker that needs no server keeps its messages in folders."""
    for folder in settings.BROKER_FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)


def route(name: str, args: list[Any], kwargs: Any, options: Any, **_: Any) -> dict[str, str] | None:
    """A drain goes to the queue of its kind's hardware, a question to those who wait; all else to the default queue."""
    if name == "workers.tasks.drain" and args and args[0] in settings.GPU_KINDS:
        return {"queue": "gpu"}
    if name == "workers.tasks.answer":
        return {"queue": "chat"}
    return None
