"""Bearer tokens: random, scoped, expiring; only their SHA-256 is kept."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit
from annotate.domain.compiled import Compiled
from annotate.domain.errors import Invalid
from annotate.models import Token, User

SCOPES = ("pairs:write", "annotate", "gold:read", "releases:read", "releases:write", "assist")
PREFIX = "assay_"
DAYS = 90
LIVE = Compiled(
    lambda digest: (
        Token.objects.select_related("user")
        .filter(digest=digest, revoked__isnull=True, expires__gt=Now(), user__is_active=True)
        .defer("name", "created", *(f"user__{name}" for name in ("password", "first_name", "last_name", "date_joined")))
    ),
    str,
)


@transaction.atomic
def issue(*, user: User, scopes: Sequence[str], days: int = DAYS, name: str = "") -> str:
    """Make a token and return its text, which nobody can read again."""
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise Invalid(
            _("No such scope: %(unknown)s. There are %(scopes)s.")
            % {"unknown": ", ".join(unknown), "scopes": ", ".join(SCOPES)}
        )
    text = PREFIX + secrets.token_urlsafe(32)
    Token.objects.create(
        user=user,
        name=name,
        digest=digest(text),
        scopes=sorted(set(scopes)),
        expires=timezone.now() + timedelta(days=days),
    )
    audit.record(verb="token.issued", actor_id=user.pk, scopes=sorted(set(scopes)), days=days)
    return text


def digest(text: str) -> str:
    """SHA-256 suffices: the text has 256 random bits, so there is nothing to guess."""
    return hashlib.sha256(text.encode()).hexdigest()


def find(text: str) -> Token | None:
    """The live token with this text and its active user, in one statement; or None."""
    return LIVE.first(digest(text))


@transaction.atomic
def revoke(*, token: Token, actor: User) -> None:
    Token.objects.filter(pk=token.pk, revoked__isnull=True).update(revoked=timezone.now())
    audit.record(verb="token.revoked", actor_id=actor.pk, token=token.pk)
