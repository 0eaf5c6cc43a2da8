"""Formatted texts are found by every process, and a page does not need the cache that they share."""

from typing import Any

import pytest
from django.core.cache import caches

from annotate.reading import kept, render_markdown

MEMORY = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture(autouse=True)
def _own_caches(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CACHES = {name: {"BACKEND": MEMORY, "LOCATION": f"kept-{name}"} for name in settings.CACHES}
    monkeypatch.setattr(kept, "_away_until", 0.0)
    for name in settings.CACHES:
        caches[name].clear()


def test_another_process_finds_what_one_has_formatted() -> None:
    page = render_markdown("**bold** for the other process")
    caches["reading"].clear()  # as in the other process
    [key] = [key.split(":", 2)[2] for key in caches["texts"]._cache]
    assert kept.find([key]) == {key: page}
    caches["texts"].clear()
    assert kept.find([key]) == {key: page}, "it is near now"


def test_a_cache_that_is_away_is_left_alone_for_a_while(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"texts": nowhere}
    assert "<strong>away</strong>" in render_markdown("**away**")
    assert "<strong>still</strong>" in render_markdown("**still**")
    assert len(caplog.records) == 1
