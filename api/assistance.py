"""Model assistance by external workers: lease rows of a campaign, return results. A GPU cluster needs no database."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.domain import access, external, progress
from annotate.models import Campaign
from api import assistance_wire as wire
from api.wire import Asked

ASSIST = ("assist",)


def _campaign(request: Asked, slug: str) -> Campaign:
    """The texts of every pair go out here, so it takes who may manage the campaign."""
    return access.require(user_id=request.user.pk, slug=slug, act="manage")[0]


class Progress(APIView):
    scope = {"GET": ASSIST}

    @wire.PROGRESS
    def get(self, request: Asked, slug: str) -> Response:
        """Rows by kind and state."""
        return Response({"kinds": progress.progress(campaign=_campaign(request, slug))})


class Leases(APIView):
    scope = {"POST": ASSIST}

    @wire.LEASE
    def post(self, request: Asked, slug: str) -> Response:
        """201: rows of one kind with the texts that it reads; 204: none are due now."""
        found = external.lease(campaign=_campaign(request, slug), **wire.wanted_lease(request.data))
        if found is None:
            return Response(status=204)
        shown: dict[str, Any] = {"lease": found.lease, "seconds": found.seconds, "rows": found.rows}
        return Response(shown, status=201)


class RenewLease(APIView):
    scope = {"POST": ASSIST}

    @wire.RENEW
    def post(self, request: Asked, slug: str, lease: str) -> Response:
        """Hold what is left of it longer. 0 rows held: there is no use in going on."""
        seconds = wire.whole_or_none(request.data, "seconds")
        return Response({"held": external.renew(campaign=_campaign(request, slug), lease=lease, seconds=seconds)})


class Results(APIView):
    scope = {"POST": ASSIST}

    @wire.RESULTS
    def post(self, request: Asked, slug: str, lease: str) -> Response:
        """Payloads and errors, as many rows of the lease at a time as are ready. Sent again, it is answered alike."""
        by, results = wire.results(request.data)
        campaign = _campaign(request, slug)
        taken = external.take(campaign=campaign, lease=lease, results=results, by=by, actor=request.user)
        shown = {"recorded": taken.recorded, "failed": taken.failed, "rejected": taken.rejected, "lost": taken.lost}
        return Response(shown)


class Release(APIView):
    scope = {"POST": ASSIST}

    @wire.RELEASE
    def post(self, request: Asked, slug: str, lease: str) -> Response:
        """Give back what is left of it, with an `error` where the worker's model is out of reach."""
        campaign = _campaign(request, slug)
        return Response({"released": external.release(campaign=campaign, lease=lease, **wire.released(request.data))})
