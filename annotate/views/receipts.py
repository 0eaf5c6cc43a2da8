"""What the page's script is told of a commit: JSON where a browser without one is sent on to a page."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseRedirectBase
from django.urls import resolve
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import disclosure, leases, work
from annotate.domain.errors import DomainError
from annotate.forms.opinions import OpinionForm
from annotate.models import Claim
from annotate.views.requests import SignedIn


def receipt(request: SignedIn, answer: HttpResponse, *, fresh: bool) -> HttpResponse:
    """A commit was recorded: where it leads. `fresh`: that page has something to say which no page made ahead says."""
    if not isinstance(answer, HttpResponseRedirectBase):
        return answer
    told: dict[str, Any] = {"recorded": True, "url": answer.url}
    place = resolve(answer.url)
    if place.url_name == "claim":
        told |= _of_claim(leases.own_claim(claim_id=place.kwargs["claim_id"], user_id=request.user.pk))
    return JsonResponse(told | ({"stamp": ""} if fresh else {}))


def _of_claim(claim: Claim) -> dict[str, Any]:
    page = disclosure.show_claim(claim)
    return {
        "claim": claim.pk,
        "stage": page["stage"],
        "stamp": stamp(page),
        "held_seconds": held_seconds(claim),
        "progress": progress_line(work.own_progress(campaign_id=claim.campaign_id, user_id=claim.annotator_id)),
    }


def stamp(page: dict[str, Any]) -> str:
    """The same for two pages exactly where they show the same: what was made ahead and shows less is not used."""
    return disclosure.digest({name: value for name, value in page.items() if name not in ("expires", "held_seconds")})


def held_seconds(claim: Claim) -> int:
    """How long the pair is still held; one that is only reserved, once it is opened."""
    if claim.ahead:
        return claim.campaign.lease_minutes * 60
    return max(0, int((claim.expires - timezone.now()).total_seconds()))


def progress_line(progress: dict[str, int]) -> str:
    return _("%(today)s today, %(done)s in all") % progress


def not_taken(error: DomainError, *, status: int) -> JsonResponse:
    return JsonResponse({"error": error.message, "kept": error.kept}, status=status)


def incomplete(form: OpinionForm) -> JsonResponse:
    return JsonResponse({"error": " ".join(str(text) for texts in form.errors.values() for text in texts)}, status=422)
