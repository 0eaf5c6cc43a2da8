"""Where code runs in tests: in a sandbox, or not at all."""

import os
from typing import Any

import pytest

from tests.workers.tools.boxes import sandbox_works
from workers.tools import sandbox


@pytest.fixture
def boxed(request: Any) -> None:
    if "without_sandbox" not in request.keywords and not sandbox_works():
        (pytest.fail if os.environ.get("CI", "").lower() in ("1", "true") else pytest.skip)("no bubblewrap here")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs for ever is waited for a second only."""
    monkeypatch.setattr(sandbox, "SECONDS", 1)
