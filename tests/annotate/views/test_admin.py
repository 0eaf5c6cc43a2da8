"""The operator's admin: every table, read-only where rows are facts, no secrets."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from annotate.domain import invitations, tokens
from annotate.models import AuditEvent, Invitation, Membership, Token, User
from annotate.models.guards import APPEND_ONLY
from tests.annotate.views.browsing import signed_in
from tests.cast import make_cast
from tests.gold import make_gold

pytestmark = pytest.mark.django_db
TABLES = list(apps.get_app_config("annotate").get_models())


@pytest.fixture
def client() -> Client:
    cast = make_cast(third=False)
    make_gold(cast, 1, "a", "a")
    make_gold(cast, 2, "a", "b")
    tokens.issue(user=cast.ana, scopes=["annotate"])
    invitations.invite(campaign=cast.campaign, role="annotator", actor=cast.mira)
    return signed_in(User.objects.create_superuser("root", password="demo-pass-1"))


def test_every_table_is_there() -> None:
    assert set(TABLES) == {model for model in admin.site._registry if model._meta.app_label == "annotate"}


def test_every_list_opens_searches_by_id_and_opens_its_first_row(client: Client) -> None:
    for model in TABLES:
        path = f"/admin/annotate/{model._meta.model_name}/"
        assert client.get(path).status_code == 200, path
        assert client.get(path, {"q": "1"}).status_code == 200, path
        row = model._default_manager.first()
        if row is not None:
            page = client.get(f"{path}{row.pk}/change/")
            assert page.status_code == 200, path
            assert "style=" not in page.content.decode()


def test_facts_are_neither_added_nor_changed_nor_deleted(client: Client) -> None:
    facts = [model for model in TABLES if model._meta.model_name in APPEND_ONLY]
    assert len(facts) == len(APPEND_ONLY)
    for model in facts:
        path = f"/admin/annotate/{model._meta.model_name}/"
        assert client.get(f"{path}add/").status_code == 403
        row = model._default_manager.first()
        if row is not None:
            assert client.post(f"{path}{row.pk}/change/", {}).status_code == 403
            assert client.post(f"{path}{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_no_digest_of_a_secret_is_shown(client: Client) -> None:
    for model in (Token, Invitation):
        row = model._default_manager.get()
        path = f"/admin/annotate/{model._meta.model_name}/"
        pages = client.get(path).content + client.get(f"{path}{row.pk}/change/").content
        assert row.digest.encode() not in pages


def test_a_membership_made_here_is_in_the_audit(client: Client) -> None:
    stranger = User.objects.get(username="stranger")
    campaign = Membership.objects.first().campaign_id
    answer = client.post(
        "/admin/annotate/membership/add/", {"campaign": campaign, "user": stranger.pk, "role": "reviewer"}
    )
    assert answer.status_code == 302
    assert Membership.objects.get(user=stranger).role == "reviewer"
    event = AuditEvent.objects.filter(verb="member.joined").latest("pk")
    assert (event.actor.username, event.data["user"]) == ("root", stranger.pk)


def test_nobody_else_gets_in() -> None:
    cast = make_cast()
    assert signed_in(cast.mira).get("/admin/").status_code in (302, 403)
    answer = Client().get("/admin/")
    assert answer.url.startswith("/admin/login/") or answer.url.startswith("/accounts/login/")
