"""Accounts are made by invitation only."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from annotate.domain import invitations
from annotate.domain.errors import Conflict, Gone, Invalid, Missing
from annotate.models import AuditEvent, Invitation, Membership, User
from tests.annotate.views.browsing import fields_of, signed_in
from tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db
NEW = {"username": "dana", "email": "", "password1": "a-long-pass-7", "password2": "a-long-pass-7"}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    memory = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    settings.CACHES = {name: {**memory, "LOCATION": str(tmp_path / name)} for name in settings.CACHES}
    settings.STATIC_ROOT = tmp_path


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def invite(cast: Cast, role: str = "annotator") -> str:
    return invitations.invite(campaign=cast.campaign, role=role, actor=cast.mira)


def role_of(name: str) -> list[str]:
    return list(Membership.objects.filter(user__username=name).values_list("role", flat=True))


def test_a_link_leads_to_an_account_with_the_role_and_is_used_up(cast: Cast) -> None:
    secret, client = invite(cast, "reviewer"), Client()
    page = client.get(f"/invitations/{secret}/", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/signup/"
    assert "reviewer" in page.content.decode()
    answer = client.post("/accounts/signup/", {**fields_of(page, "/accounts/signup/"), **NEW})
    assert answer.url == "/"
    assert role_of("dana") == ["reviewer"]
    assert client.get("/").context["user"].username == "dana"
    row = Invitation.objects.get()
    assert (row.accepted_by.username, row.accepted is not None) == ("dana", True)
    assert Client().get(f"/invitations/{secret}/").status_code == 404
    assert AuditEvent.objects.filter(verb="member.joined", actor=cast.mira).exists()


def test_nobody_signs_up_without_a_link(cast: Cast) -> None:
    client = Client()
    assert "by invitation" in client.get("/accounts/signup/").content.decode()
    client.post("/accounts/signup/", NEW)
    assert not User.objects.filter(username="dana").exists()


@pytest.mark.parametrize("spoil", ["used", "out", "withdrawn"])
def test_a_link_spoilt_between_page_and_button_makes_no_account(cast: Cast, spoil: str) -> None:
    client = Client()
    client.get(f"/invitations/{invite(cast)}/")
    row = Invitation.objects.get()
    if spoil == "used":
        invitations.accept(invitation_id=row.pk, user=cast.stranger)
    elif spoil == "out":
        Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    else:
        invitations.withdraw(campaign=cast.campaign, invitation_id=row.pk, actor=cast.mira)
    client.post("/accounts/signup/", NEW)
    assert not User.objects.filter(username="dana").exists()


def test_somebody_with_an_account_joins_with_one_button(cast: Cast) -> None:
    path = f"/invitations/{invite(cast)}/"
    client = signed_in(cast.stranger)
    assert "Join the campaign" in client.get(path).content.decode()
    assert role_of("stranger") == []
    assert client.post(path).url == "/"
    assert role_of("stranger") == ["annotator"]


def test_who_is_in_keeps_the_role_and_the_link_stays_good(cast: Cast) -> None:
    path = f"/invitations/{invite(cast)}/"
    assert signed_in(cast.mira).post(path).status_code == 409
    assert role_of("mira") == ["manager"]
    assert signed_in(cast.stranger).post(path).status_code == 302


def test_of_two_people_with_one_link_one_joins(cast: Cast) -> None:
    found = invitations.find(secret=invite(cast))
    other = User.objects.create_user("other")
    invitations.accept(invitation_id=found.pk, user=cast.stranger)
    with pytest.raises(Gone):
        invitations.accept(invitation_id=found.pk, user=other)
    assert role_of("other") == []


def test_only_the_hash_of_a_link_is_stored(cast: Cast) -> None:
    secret = invite(cast)
    assert secret not in str(list(Invitation.objects.values())) + str(list(AuditEvent.objects.values()))


def test_what_is_refused(cast: Cast) -> None:
    with pytest.raises(Invalid):
        invite(cast, "king")
    with pytest.raises(Missing):
        invitations.find(secret="nonsense")
    with pytest.raises(Conflict):
        invitations.withdraw(campaign=cast.campaign, invitation_id=0, actor=cast.mira)
