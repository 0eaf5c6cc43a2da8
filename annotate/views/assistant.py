"""The assistant beside the pair: its answer while it comes, no more of it, and the whole chat on a page of its own."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from annotate.domain import assistant, leases, running, tools
from annotate.models import Claim
from annotate.views.requests import SignedIn, wants_json, whole

Shown = dict[str, Any]


def coming_shown(claim: Claim, runs: list[Shown]) -> dict[int, Shown]:
    """Answers that still come, by run; no statement where none does."""
    waiting = [run for run in runs if run["kind"] == "llm" and run["status"] == "waiting"]
    return assistant.coming(claim) if waiting else {}


@require_GET
@login_required
def so_far(request: SignedIn, claim_id: int, number: int) -> HttpResponse:
    """What an answer says from character `from` on: a short request, so that a slow model holds no thread."""
    text = assistant.so_far(claim_id=claim_id, user=request.user, number=number)
    if not wants_json(request):
        return redirect(f"{reverse('claim', args=[claim_id])}#E{number}")
    known = whole(request.GET.get("from", "0"))
    start = known if text and known and known <= len(text) else 0
    told = {"done": text is None, "from": start, "text": (text or "")[start:], "next": len(text or "")}
    return JsonResponse(told, headers={"Cache-Control": "no-store"})


@require_POST
@login_required
def stop(request: SignedIn, claim_id: int, number: int) -> HttpResponse:
    running.stop(claim_id=claim_id, user=request.user, number=number)
    if wants_json(request):
        return JsonResponse({}, status=202)
    return redirect(f"{reverse('claim', args=[claim_id])}#E{number}")


@require_GET
@login_required
def chat(request: SignedIn, claim_id: int) -> HttpResponse:
    """Every turn of one's own under a claim, wide: a rail is narrow for code and tables."""
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    runs = [run for run in tools.runs_of(claim) if run["kind"] == "llm"]
    campaign = {"slug": claim.campaign.slug, "name": claim.campaign.name}
    shown = {"runs": runs, "coming": coming_shown(claim, runs), "claim_id": claim.pk, "campaign": campaign}
    return render(request, "chat.html", shown)
