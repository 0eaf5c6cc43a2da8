"""What all tests share."""

from typing import Any

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def _cheap_passwords(settings: Any) -> None:
    """Passwords are hashed well in production; six sign-ins a test would be all a test run does."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Any) -> None:
    """Static files under their own names: nothing was collected for tests in this process."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture(autouse=True)
def _own_language() -> None:
    """What an earlier test's last request spoke stays with the thread, as it does until a server's next request."""
    translation.deactivate()
