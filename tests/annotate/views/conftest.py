"""Pages in tests need no broker, and each test has a folder and caches of its own."""

from pathlib import Path
from typing import Any

import pytest

from annotate import nudge


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {name: {**memory, "LOCATION": name} for name in settings.CACHES}
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.ASSAY_HOME = tmp_path


@pytest.fixture(autouse=True)
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the tasks that pages sent."""
    sent: list[str] = []
    monkeypatch.setattr(nudge, "after_commit", lambda task, *args: sent.append(task))
    return sent
