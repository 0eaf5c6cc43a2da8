"""Correcting the five attributes of a pair in hand."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from annotate.domain import corrections
from annotate.domain.errors import Conflict, Invalid
from annotate.reading.names import name_of
from annotate.views.requests import SignedIn, wants_json
from curation.attributes import ATTRIBUTES


@login_required
def correct(request: SignedIn, claim_id: int) -> HttpResponse:
    """Keep what differs. Answers JSON to the page's script, the page itself to a browser without one.

    A field that was left empty says nothing.
    """
    if request.method != "POST":
        return redirect("claim", claim_id)
    values = {name: request.POST[name] for name in ATTRIBUTES if request.POST.get(name, "").strip()}
    try:
        claim = corrections.correct(claim_id=claim_id, user=request.user, values=values)
    except (Invalid, Conflict) as error:
        return _refused(request, claim_id, error)
    if wants_json(request):
        return JsonResponse({"corrected": sorted(claim.corrected)})
    messages.success(request, _("Your corrections are kept."))
    return redirect(f"{reverse('claim', args=[claim_id])}#criteria")


def _refused(request: SignedIn, claim_id: int, error: Invalid | Conflict) -> HttpResponse:
    words = " ".join([error.message, *(f"{name_of(name)}: {text}" for name, text in error.fields.items())])
    if wants_json(request):
        return JsonResponse({"error": words}, status=422 if isinstance(error, Invalid) else 409)
    messages.error(request, words)
    return redirect("claim", claim_id)
