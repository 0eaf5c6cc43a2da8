"""As little as Django runs on: no app, no middleware. No project is like that; it is told beside the floor."""

from bench.floor.settings import ALLOWED_HOSTS, DATABASES, ROOT_URLCONF, SECRET_KEY, USE_TZ

__all__ = ["ALLOWED_HOSTS", "DATABASES", "ROOT_URLCONF", "SECRET_KEY", "USE_TZ"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
