"""The tools of the workbench: ask for a run, and see what came of it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from annotate import nudge
from annotate.domain import assistant, citing, disclosure, leases, tools
from annotate.domain.errors import Gone, Invalid
from annotate.models import Claim
from annotate.views.assistant import coming_shown
from annotate.views.requests import SignedIn, wants_json

FIELDS = {
    "code": ("block", "language", "code"),
    "maths": ("expression", "other", "answer"),
    "search": ("query", "where"),
    "llm": ("question", "with", "fresh"),
}


def tools_shown(claim: Claim, page: dict[str, Any]) -> dict[str, Any]:
    """What the workbench's right rail needs: the runs so far, what could be run, what is still missing."""
    runs, ahead = tools.seen(claim)
    at_judgement = page["stage"] == "judgement"
    places = tools.places(campaign_id=claim.campaign_id)
    missing = citing.still_missing(claim=claim, attributes=page["pair"]["attributes"], runs=runs, places=places)
    return {
        "runs": runs,
        "ahead": ahead,
        "expecting": any(run["status"] == "waiting" for run in ahead),
        "waiting": any(run["status"] == "waiting" for run in runs if run["kind"] != "llm"),
        "claim_id": claim.pk,
        "coming": coming_shown(claim, runs),
        "assistant": assistant.is_there(),
        "still_missing": missing if at_judgement else [],
        "blocks": tools.runnable_blocks(claim),
        "languages": tools.CODE_LANGUAGES,
        "places": places,
        "tool_urls": {
            "ask": reverse("ask_tool", args=[claim.pk]),
            "evidence": reverse("evidence", args=[claim.pk]),
        },
    }


@require_GET
@login_required
def evidence(request: SignedIn, claim_id: int) -> HttpResponse:
    """The list of runs alone, as the page's script asks for it while one is waited for."""
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    page = disclosure.show_claim(claim)
    return render(request, "workbench/evidence.html", tools_shown(claim, page) | {"campaign": page["campaign"]})


@login_required
def ask(request: SignedIn, claim_id: int) -> HttpResponse:
    """Ask for a run, or use one that was made ahead. Answers JSON to the page's script, else the page itself."""
    if request.method != "POST":
        return redirect("claim", claim_id)
    kind = request.POST.get("kind", "")
    given = {name: " ".join(request.POST.getlist(name)) for name in FIELDS.get(kind, ())}
    used = request.POST.get("use", "")
    try:
        if used:
            run = tools.use(claim_id=claim_id, user=request.user, number=int(used[:3]) if used.isdecimal() else 0)
        else:
            run = tools.ask(claim_id=claim_id, user=request.user, kind=kind, input=given)
    except (Invalid, Gone) as error:
        return _not_asked(request, claim_id, error)
    if not used:
        nudge.for_run(kind)
    if wants_json(request):
        return JsonResponse({"number": run.number}, status=201)
    return redirect(f"{reverse('claim', args=[claim_id])}#evidence")


def _not_asked(request: SignedIn, claim_id: int, error: Invalid | Gone) -> HttpResponse:
    words = " ".join([error.message, *(f"{name}: {text}" for name, text in error.fields.items())])
    if wants_json(request):
        return JsonResponse({"error": words}, status=422)
    messages.error(request, words)
    return redirect("claim", claim_id)
