"""Practice and qualification over HTTP: claims of their own, judged through the same calls as any other."""

from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.domain import access, disclosure, leases, practice, qualification
from annotate.models import Claim
from api import schemas
from api.claims import ANNOTATE
from api.wire import Asked


class PracticeClaims(APIView):
    scope = {"POST": ANNOTATE}

    @schemas.practice_claims
    def post(self, request: Asked, slug: str) -> Response:
        """201: a new practice pair; 200: the one still held. Read the claim when it is done: `feedback`."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="learn")
        return _answer(request, *practice.claim_next(campaign=campaign, user=request.user))


class QualificationClaims(APIView):
    scope = {"POST": ANNOTATE}

    @schemas.qualification_claims
    def post(self, request: Asked, slug: str) -> Response:
        """201: the next pair of the attempt (the first begins by itself); 200: the one held; 204: it is over."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="learn")
        claim, new = qualification.claim_next(campaign=campaign, user=request.user)
        return Response(status=204) if claim is None else _answer(request, claim, new)


class Qualification(APIView):
    scope = {"GET": ANNOTATE, "POST": ANNOTATE}

    @schemas.begin
    def post(self, request: Asked, slug: str) -> Response:
        """Begin another attempt, or go on with the one under way."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="learn")
        qualification.begin(campaign=campaign, user=request.user)
        return Response(qualification.standing(campaign=campaign, user=request.user))

    @schemas.qualification
    def get(self, request: Asked, slug: str) -> Response:
        """What the campaign asks for, one's own attempts with their scores, and what is left."""
        campaign, _ = access.require(user_id=request.user.pk, slug=slug, act="learn")
        return Response(qualification.standing(campaign=campaign, user=request.user))


def _answer(request: Asked, claim: Claim, new: bool) -> Response:
    own = leases.own_claim(claim_id=claim.pk, user_id=request.user.pk)
    return Response(disclosure.show_claim(own), status=201 if new else 200)
