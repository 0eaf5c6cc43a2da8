"""The migrations make exactly the tables that the models describe, and every trigger is there at the end."""

import pytest
from django.core.management import call_command
from django.db import connection

from annotate.models import counts, fulltext
from annotate.models.guards import APPEND_ONLY, GUARDS

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_every_trigger_stands_after_all_migrations() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor])
        there = {row[0] for row in cursor.fetchall()}
    truncates = {f"guard_{table}_truncate" for table in APPEND_ONLY} if connection.vendor == "postgresql" else set()
    index = {fulltext.TRIGGER} if connection.vendor == "sqlite" else set()
    assert there == {guard.name for guard in GUARDS} | truncates | index | set(counts.TRIGGERS)
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)
