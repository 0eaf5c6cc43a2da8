"""create_campaign and create_user."""

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotate.domain import tokens
from annotate.models import Campaign, Membership, Token, User

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def made(*words: str) -> dict[str, Any]:
    return dict(json.loads(run("create_user", *words, "--json")))


def test_a_campaign_with_its_settings() -> None:
    run("create_campaign", "bench", "--overlap", "3", "--reveal", "never")
    campaign = Campaign.objects.get()
    assert (campaign.slug, campaign.overlap, campaign.reveal) == ("bench", 3, "never")


@pytest.mark.parametrize("words", [("a/b",), ("..",), ("bench", "--overlap", "0"), ("there",)])
def test_what_cannot_be_a_campaign(words: tuple[str, ...]) -> None:
    run("create_campaign", "there")
    with pytest.raises(CommandError):
        run("create_campaign", *words)
    assert Campaign.objects.count() == 1


def test_a_person_a_campaign_and_a_token_at_once() -> None:
    found = made("ana", "--role", "annotator", "--campaign", "new", "--token", "annotate", "gold:read")
    assert set(found) == {"user", "token", "campaign", "role"}
    token = tokens.find(found["token"])
    assert token is not None
    assert (token.user.username, token.scopes) == ("ana", ["annotate", "gold:read"])
    assert Membership.objects.get().role == "annotator"
    assert not token.user.has_usable_password()


def test_token_several_times_and_with_commas() -> None:
    words = ("--token", "annotate", "--token", "gold:read,releases:read")
    found = made("ana", "--role", "manager", "--campaign", "new", *words)
    token = tokens.find(found["token"])
    assert token is not None
    assert token.scopes == ["annotate", "gold:read", "releases:read"]


def test_a_person_who_exists_is_brought_up_to_date() -> None:
    made("ana", "--role", "annotator", "--campaign", "new", "--password", "first-one-9")
    found = made("ana", "--role", "reviewer", "--campaign", "new")
    assert (found["role"], Membership.objects.get().role) == ("reviewer", "reviewer")
    user = User.objects.get()
    assert user.check_password("first-one-9")
    again = made("ana", "--role", "reviewer", "--campaign", "new", "--password")
    user.refresh_from_db()
    assert user.check_password(again["password"])
    assert not Token.objects.exists()


def test_nothing_is_made_where_something_is_wrong() -> None:
    for words in (
        ("ana", "--role", "annotator", "--campaign", "new", "--token", "everything"),
        ("ana", "--role", "annotator", "--campaign", "a/b"),
        ("a b\n", "--role", "annotator", "--campaign", "new"),
    ):
        with pytest.raises(CommandError):
            run("create_user", *words)
    assert not User.objects.exists()
    assert not Campaign.objects.exists()
