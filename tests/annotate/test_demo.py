"""`manage.py demo`: loads once, and changes nothing the second time."""

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from annotate.domain import documents
from annotate.management.commands.demo import PASSWORD, PEOPLE
from annotate.models import Assistance, Campaign, Document, Membership, Pair, User

pytestmark = pytest.mark.django_db


def demo(*arguments: str) -> str:
    out = StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_the_demo_is_loaded_with_its_people() -> None:
    said = demo("--anyway")
    assert Pair.objects.count() >= 60
    roles = Membership.objects.filter(campaign__slug="demo").values_list("user__username", "role")
    assert dict(roles) == PEOPLE
    for name in PEOPLE:
        assert authenticate(None, username=name, password=PASSWORD)
        assert f"{name} " in said
    assert "http://127.0.0.1:8000/" in said
    kinds = Assistance.objects.filter(kind="attributes").values_list("engine", flat=True)
    assert {"imported", "default"} == set(kinds)


def test_run_again_it_changes_nothing() -> None:
    demo("--anyway")
    row = Document.objects.order_by("pk").first()
    documents.retire(campaign=row.campaign, document_id=row.pk, actor=User.objects.get(username="mira"))
    there = Document.objects.count()
    ana = User.objects.get(username="ana")
    ana.set_password("another-pass-2")
    ana.save()
    before = (Pair.objects.count(), Assistance.objects.count(), Campaign.objects.count(), User.objects.count())
    demo("--anyway")
    assert before == (Pair.objects.count(), Assistance.objects.count(), Campaign.objects.count(), User.objects.count())
    assert Document.objects.count() == there == 20
    ana.refresh_from_db()
    assert ana.check_password("another-pass-2")


def test_production_is_refused(settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:6379"
    with pytest.raises(CommandError, match="--anyway"):
        demo()
    assert not Campaign.objects.exists()
