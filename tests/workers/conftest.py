"""Workers with engines that need no model."""

from typing import Any

import pytest

from workers import loading


@pytest.fixture
def fakes(settings: Any) -> Any:
    """Every kind is answered by the fake engine; tests change one by `fakes.ASSISTANCE_MODELS[kind] = ...`."""
    settings.ASSISTANCE_MODELS = dict.fromkeys(settings.ASSISTANCE_MODELS, "fake:")
    loaded = loading.engine
    loaded.cache_clear()
    yield settings
    loaded.cache_clear()
