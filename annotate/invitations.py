"""allauth's door: an account is made by invitation only, and making it uses the invitation up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.db import transaction
from django.http import HttpRequest

from annotate.domain import invitations
from annotate.models import User

SESSION_KEY = "invitation"  # {"id", "campaign", "role"}: what the sign-up page says, and what signing up accepts


class InvitedOnly(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        held = request.session.get(SESSION_KEY)
        return held is not None and invitations.live().filter(pk=held["id"]).exists()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """The account and the membership come together or not at all."""
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit=commit)
            invitations.accept(invitation_id=request.session[SESSION_KEY]["id"], user=saved)
        del request.session[SESSION_KEY]
        return saved
