"""Engines over HTTP: how they are at work in a campaign, and, after the verdict, what they did for a pair."""

from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.domain import access, leases, provenance, watching
from annotate.domain.tokens import SCOPES
from api import engine_schemas as schemas
from api.wire import Asked


class Engines(APIView):
    scope = {"GET": SCOPES}

    @schemas.engines
    def get(self, request: Asked, slug: str) -> Response:
        """Health, depth, speed, failures, spending and model cards, for managers; cheap to ask often."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="manage")
        return Response(watching.watched(campaign=campaign))


class PairProvenance(APIView):
    scope = {"GET": ("gold:read",)}

    @schemas.pair_provenance
    def get(self, request: Asked, slug: str, pair_id: int) -> Response:
        """Which assistance a settled pair had, by which models, and whose verdict was shown which."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="review")
        pieces = provenance.of_pair(campaign=campaign, pair_id=pair_id)
        return Response({"settled": pieces is not None, "assistance": pieces or []})


class Provenance(APIView):
    scope = {"GET": ("annotate",)}

    @schemas.provenance
    def get(self, request: Asked, claim_id: int) -> Response:
        """Which assistance the pair had and how it was shown here: after one's verdict, where anything was revealed."""
        pieces = provenance.of_claim(leases.own_claim(claim_id=claim_id, user_id=request.user.pk))
        return Response({"told": pieces is not None, "assistance": pieces or []})
