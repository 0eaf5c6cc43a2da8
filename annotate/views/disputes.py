"""Adjudication: what waits for a reviewer, and one case."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate.domain import access, adjudication, disclosure, provenance, work
from annotate.domain.errors import Invalid
from annotate.forms.faults import show_faults
from annotate.forms.opinions import SettleForm
from annotate.models import Campaign, Claim
from annotate.reading.scale import STEPS, WAYS_OUT
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn


@require_GET
@login_required
def queue(request: SignedIn, slug: str) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="review")
    shown = {**campaign_page(campaign, role, "disputes"), **work.dispute_list(campaign=campaign, user=request.user)}
    return render(request, "disputes/queue.html", shown)


@require_http_methods(["GET", "POST"])
@login_required
def case(request: SignedIn, slug: str, pair_id: int) -> HttpResponse:
    """Both ways to a verdict side by side, and the form that settles them."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="review")
    page = adjudication.open_case(campaign=campaign, pair_id=pair_id, user=request.user)
    first: Claim = page.pop("first_claim")
    page["judgement"] = None  # it is one of the verdicts, not where the reviewer starts
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _settle(request, campaign, first, form):
        messages.success(request, _("Pair %(pair)s is settled.") % {"pair": pair_id})
        return _next_case(request, campaign)
    shown = {**campaign_page(campaign, role, "disputes"), "page": page, "form": form, "ballot": _ballot(form)}
    shown["pieces"] = provenance.of_pair(campaign=campaign, pair_id=pair_id)
    return render(request, "disputes/case.html", shown, status=422 if form.errors else 200)


def _ballot(form: SettleForm) -> dict[str, Any]:
    return {"steps": STEPS, "ways_out": WAYS_OUT, "chosen": form["preference"].value() or ""}


def _settle(request: SignedIn, campaign: Campaign, first: Claim, form: SettleForm) -> bool:
    """Undo the orientation of the first seat and write the adjudication. False: the form says what is wrong."""
    choice, strength = form.chosen()
    said: dict[str, Any] = {name: form.cleaned_data[name] for name in ("cause", "reason")}
    try:
        adjudication.adjudicate(
            campaign=campaign,
            pair_id=first.pair_id,
            user=request.user,
            choice=disclosure.canonical(first, choice),
            strength=strength,
            **said,
        )
    except Invalid as error:
        show_faults(form, error)
        return False
    return True


def _next_case(request: SignedIn, campaign: Campaign) -> HttpResponse:
    """The oldest dispute left, or the queue when there is none."""
    left = adjudication.disputes(campaign=campaign, user=request.user).values_list("pair_id", flat=True).first()
    return redirect("dispute", campaign.slug, left) if left else redirect("disputes", campaign.slug)
