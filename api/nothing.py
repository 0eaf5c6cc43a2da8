"""What is no address of the API answers like the rest of it."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from annotate.domain.errors import Missing


@extend_schema(exclude=True)
class Nothing(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whatever the method."""
        raise Missing("There is no such address; /api/v1/schema/ lists them all.")
