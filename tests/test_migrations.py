"""The migrations make exactly the tables that the models describe, and every trigger is there at the end."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from annotate.domain import adjudication
from annotate.models import Gold, fulltext
from annotate.models.guards import APPEND_ONLY, GUARDS, install
from tests.cast import make_assistance, make_cast
from tests.gold import make_gold

TRIGGERS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


@pytest.mark.django_db
def test_every_guard_stands_after_all_migrations() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS[connection.vendor])
        there = {row[0] for row in cursor.fetchall()}
    truncates = {f"guard_{table}_truncate" for table in APPEND_ONLY} if connection.vendor == "postgresql" else set()
    index = {fulltext.TRIGGER} if connection.vendor == "sqlite" else set()
    assert there == {guard.name for guard in GUARDS} | truncates | index
    assert len({guard.name for guard in GUARDS}) == len(GUARDS)


@pytest.mark.django_db
def test_gold_from_before_there_were_records_gets_the_same_record() -> None:
    migration: Any = import_module("annotate.migrations.0020_corrections")
    cast = make_cast(third=False)
    for number, choices in enumerate((("b", "b"), ("equal", "equal"), ("a", "b"))):
        pair = make_gold(cast, number, *choices)
    settle = {"campaign": cast.campaign, "pair_id": pair.pk, "user": cast.rita, "cause": "slip", "reason": "Sum."}
    adjudication.adjudicate(choice="b", strength=3, **settle)
    adjudication.adjudicate(choice="a", strength=1, **settle)
    make_assistance(pair, "embed", {"dimensions": 2})
    written = list(Gold.objects.order_by("pk").values_list("record", flat=True))
    with connection.cursor() as cursor:
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        migration.unguard(apps, editor)
        Gold.objects.update(record="{}")
        migration.fill(apps, editor)
        install(apps, editor)
    assert list(Gold.objects.order_by("pk").values_list("record", flat=True)) == written
    assert len(written) == 4
