"""What a token may do at all. What its owner may do in a campaign, annotate.domain.access decides for all."""

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from annotate.models import Token

if TYPE_CHECKING:  # rest_framework.views imports this module, by the settings
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Each view declares `scope = {"POST": ("annotate",)}`: any of these does. A method without one is refused."""

    message = ""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        token = request.auth
        if not isinstance(token, Token):
            return False
        if not hasattr(view, str(request.method).lower()):
            return True  # it is answered with 405
        scope: dict[str, tuple[str, ...]] = getattr(view, "scope", {})
        wanted = scope.get("GET" if request.method == "HEAD" else str(request.method), ())
        self.message = f"This token lacks the scope {' or '.join(wanted)}."
        return not set(wanted).isdisjoint(token.scopes)
