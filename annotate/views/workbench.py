"""The workbench: claim, read, judge, see what that reveals, decide."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotate.domain import access, citing, disclosure, leases, protocol, provenance, work
from annotate.domain.errors import Conflict, Gone, Invalid, Missing, OutOfOrder, Refused, Unqualified
from annotate.domain.protocol import Said
from annotate.domain.upcoming import upcoming
from annotate.forms.faults import show_faults
from annotate.forms.opinions import JudgementForm, OpinionForm, VerdictForm
from annotate.models import Claim
from annotate.models.campaign import Purpose, RevealPolicy
from annotate.reading import sheets
from annotate.reading.scale import preference_of
from annotate.views import receipts
from annotate.views.conflicts import conflict
from annotate.views.learning import learning_shown, next_url, set_next
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn, wants_json
from annotate.views.tools import tools_shown


@login_required
def next_pair(request: SignedIn, slug: str) -> HttpResponse:
    """The pair held already, held for longer now, or the next one."""
    if request.method != "POST":
        return redirect("work")  # where signing in again leads to when it interrupted the button
    return _next(request, slug)


def _next(request: SignedIn, slug: str) -> HttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="annotate")
    claim, new = leases.claim_next(campaign=campaign, user=request.user)
    if claim is None:
        return redirect("nothing_left", slug)
    if not new:
        leases.renew(claim=claim)
    return redirect("claim", claim.pk)


@require_GET
@login_required
def prepare(request: SignedIn, slug: str) -> HttpResponse:
    """Format the texts of the pair that this person will get, while they look at where to start: says nothing of it."""
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="annotate")
    if claim := upcoming(campaign=campaign, user=request.user):
        sheets.prepare(disclosure.show_pair(claim, claim.pair, masked=True))
    return HttpResponse(status=204)


@require_GET
@login_required
def nothing_left(request: SignedIn, slug: str) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="annotate")
    progress = work.own_progress(campaign_id=campaign.pk, user_id=request.user.pk)
    switches = work.own_switches(campaign_id=campaign.pk, user_id=request.user.pk)
    shown = campaign_page(campaign, role, "") | {"progress": progress, "switches": switches}
    return render(request, "nothing_left.html", shown)


@require_GET
@login_required
def show(request: SignedIn, claim_id: int) -> HttpResponse:
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    return _workbench(request, claim, None)


@login_required
def ahead(request: SignedIn, claim_id: int) -> HttpResponse:
    """The page of the pair after this one, reserved for this person: the script shows it the moment this one is over.
    204: there is none, or none is handed out ahead (practice, qualification)."""
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    if request.method != "POST":
        return redirect("claim", claim.pk)
    if claim.campaign.purpose != Purpose.WORK:
        return HttpResponse(status=204)
    access.require(user_id=request.user.pk, slug=claim.campaign.slug, act="annotate")
    reserved = leases.reserve_ahead(claim=claim, user=request.user)
    if reserved is None:
        return HttpResponse(status=204)
    return _workbench(request, leases.own_claim(claim_id=reserved.pk, user_id=request.user.pk), None)


def _workbench(request: SignedIn, claim: Claim, form: OpinionForm | None, *, status: int = 200) -> HttpResponse:
    page = disclosure.show_claim(claim)
    stamp = receipts.stamp(page)
    page["held_seconds"] = receipts.held_seconds(claim)
    shown = {
        "stamp": stamp,
        "campaign": page["campaign"],
        "progress": work.own_progress(campaign_id=claim.campaign_id, user_id=request.user.pk),
        "page": page,
    }
    if page["purpose"] != Purpose.WORK:
        shown |= learning_shown(claim, request.user)
    if page["stage"] == "done":
        shown["pieces"] = provenance.of_claim(claim)
    if page["feedback"]:
        page["verdict"] = disclosure.show_opinion(claim, claim.judgement.verdict)
        return render(request, "learning/feedback.html", shown | tools_shown(claim, page), status=status)
    if page["stage"] in ("done", "abandoned"):
        return render(request, "claim_over.html", shown | _ended(claim), status=status)
    shown["form"] = form or _fresh_form(page)
    shown["urls"] = {
        "submit": reverse("judge" if page["stage"] == "judgement" else "decide", args=[claim.pk]),
        "abandon": reverse("abandon", args=[claim.pk]),
        "renew": reverse("renew", args=[claim.pk]),
        "correct": reverse("correct", args=[claim.pk]),
        "ahead": reverse("ahead", args=[claim.pk]) if page["purpose"] == Purpose.WORK else "",
    }
    # This commit is the last of the pair: what comes after it needs no answer to it.
    shown["ends"] = page["stage"] == "verdict" or claim.reveal_policy == RevealPolicy.NEVER
    shown |= tools_shown(claim, page)
    shown["guide_open"] = request.user.guided is None
    return render(request, "workbench.html", shown, status=status)


def _ended(claim: Claim) -> dict[str, Any]:
    """What is recorded of a claim that is over."""
    judgement = getattr(claim, "judgement", None)
    verdict = disclosure.show_opinion(claim, getattr(judgement, "verdict", None))
    switches = work.own_switches(campaign_id=claim.campaign_id, user_id=claim.annotator_id)
    return {
        "verdict": verdict,
        "switches": switches,
        "ended": claim.abandoned,
        "next_url": next_url(claim.campaign),
        "expired": claim.cause == leases.EXPIRED,
    }


def _fresh_form(page: dict[str, Any]) -> OpinionForm:
    """Unbound; the verdict starts at what was judged."""
    if page["judgement"] is None:
        return JudgementForm()
    judged = page["judgement"]
    preference = preference_of(judged["choice"], judged["strength"])
    return VerdictForm(initial={"preference": preference, "confidence": judged["confidence"]})


@login_required
def judge(request: SignedIn, claim_id: int) -> HttpResponse:
    """Write the judgement; its page then shows what the policy reveals, or the next pair follows."""

    def commit(form: OpinionForm) -> HttpResponse:
        answer = protocol.judge(
            claim_id=claim_id,
            user=request.user,
            said=_said(request, claim_id, form),
            key=form.cleaned_data["idempotency_key"],
        )
        if answer.next == "verdict":
            return _recorded(request, redirect("claim", claim_id))
        return _go_on(request, claim_id, surplus=answer.surplus)

    return _submit(request, claim_id, JudgementForm(request.POST), commit)


@login_required
def decide(request: SignedIn, claim_id: int) -> HttpResponse:
    """Write the verdict and go on to the next pair."""

    def commit(form: OpinionForm) -> HttpResponse:
        verdict = protocol.decide(
            claim_id=claim_id,
            user=request.user,
            said=_said(request, claim_id, form),
            key=form.cleaned_data["idempotency_key"],
        )
        return _go_on(request, claim_id, surplus=verdict.surplus)

    return _submit(request, claim_id, VerdictForm(request.POST), commit)


def _said(request: SignedIn, claim_id: int, form: OpinionForm) -> Said:
    """What was sent, with the evidence that its reason names."""
    return form.said(citing.cited(claim_id=claim_id, user=request.user, names=form.cited()))


def _submit(
    request: SignedIn, claim_id: int, form: OpinionForm, commit: Callable[[OpinionForm], HttpResponse]
) -> HttpResponse:
    """One commit. What is incomplete comes back as it was typed (422); what came too late shows what stands (409). The
    script is told the same in JSON."""
    if request.method != "POST":
        return redirect("claim", claim_id)
    if request.headers.get("X-User", str(request.user.pk)) != str(request.user.pk):
        return JsonResponse({"error": _("Somebody else is signed in now.")}, status=401)
    try:
        if form.is_valid():
            return commit(form)
    except Invalid as error:
        show_faults(form, error)
    except Conflict as error:
        return conflict(request, claim_id, form, error)
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    if disclosure.stage_of(claim) != form.stage:
        return conflict(
            request, claim_id, form, OutOfOrder(_("This pair has moved on."), kept=_("Nothing was recorded."))
        )
    if wants_json(request):
        return receipts.incomplete(form)
    return _workbench(request, claim, form, status=422)


def _recorded(request: SignedIn, answer: HttpResponse, *, surplus: bool = False) -> HttpResponse:
    return receipts.receipt(request, answer, fresh=surplus) if wants_json(request) else answer


def _go_on(request: SignedIn, claim_id: int, *, surplus: bool) -> HttpResponse:
    if surplus:
        messages.warning(
            request,
            _("The pair had been given to somebody else meanwhile. What you wrote is kept, and does not count."),
        )
    try:
        answer = _onward(request, leases.own_claim(claim_id=claim_id, user_id=request.user.pk))
    except (Missing, Refused):  # it is recorded; only nothing follows for somebody who left the campaign meanwhile
        answer = redirect("work")
    return _recorded(request, answer, surplus=surplus)


def _onward(request: SignedIn, claim: Claim) -> HttpResponse:
    """Where a claim that is over leads: to the next pair; after practice to its answer; in a qualification to what is
    asked next. Whoever had a pair when the campaign began to ask for a qualification goes there."""
    if claim.campaign.purpose == Purpose.WORK:
        try:
            return _next(request, claim.campaign.slug)
        except Unqualified as error:
            return redirect("qualification", error.slug)
    if claim.campaign.purpose == Purpose.PRACTICE and claim.finished:
        return redirect("claim", claim.pk)
    return set_next(request, claim.campaign)


@login_required
def abandon(request: SignedIn, claim_id: int) -> HttpResponse:
    """Give the pair back with a cause, and go on to the next."""
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    if request.method != "POST":
        return redirect("claim", claim.pk)
    leases.abandon(claim=claim, cause=request.POST.get("cause", ""), actor=request.user)
    return _onward(request, claim)


@login_required
def renew(request: SignedIn, claim_id: int) -> HttpResponse:
    """Hold the pair for longer. Answers JSON to the page's script, the page itself to a browser without one."""
    claim = leases.own_claim(claim_id=claim_id, user_id=request.user.pk)
    if request.method != "POST":
        return redirect("claim", claim.pk)
    try:
        expires = leases.renew(claim=claim)
        leases.renew_ahead(claim=claim)
    except Gone as error:
        if not wants_json(request):
            raise
        return JsonResponse({"error": error.message, "kept": error.kept}, status=409)
    if not wants_json(request):
        return redirect("claim", claim.pk)
    return JsonResponse({"expires": expires, "held_seconds": claim.campaign.lease_minutes * 60})
