"""Bearer tokens: who asks, and with which scopes."""

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from annotate.domain import tokens
from annotate.models import Token, User


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer assay_…`; one statement finds the token and its user."""

    def authenticate(self, request: Request) -> tuple[User, Token] | None:
        kind, _, text = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        token = tokens.find(text.strip())
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="assay"'
