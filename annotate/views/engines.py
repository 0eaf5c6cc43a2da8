"""Engines at work in a campaign: watched while they work, asked again where they failed, computed anew."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate import nudge
from annotate.domain import access, failures, progress, provenance, wanting, watching
from annotate.domain.errors import Missing
from annotate.forms.assistance import AnewForm
from annotate.models import Campaign
from annotate.reading.names import name_of
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn, whole


@require_GET
@login_required
def engines(request: SignedIn, slug: str) -> HttpResponse:
    """The page; or, asked by its script, the part of it that lives."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    watched = watching.watched(campaign=campaign)
    stuck = [one for one in watched["engines"] if one["health"] in watching.STUCK]
    shown: dict[str, Any] = {"campaign": {"slug": campaign.slug, "name": campaign.name}, "watched": watched}
    shown |= {"stuck": stuck, "again": _again(watched["engines"])}
    if request.headers.get("HX-Request") == "true":
        return render(request, "engines/live.html", shown)
    return render(request, "engines/page.html", shown | campaign_page(campaign, role, "engines"))


def _again(engines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Per kind how many rows failed, where any did."""
    kinds = dict.fromkeys(one["kind"] for one in engines)
    failed = {kind: sum(one["failed"] for one in engines if one["kind"] == kind) for kind in kinds}
    return [{"kind": kind, "rows": rows} for kind, rows in failed.items() if rows]


@require_POST
@login_required
def ask_again(request: SignedIn, slug: str, kind: str) -> HttpResponse:
    """Want what was parked again: all of a kind, of an engine, or one row."""
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    one = whole(request.POST.get("row", ""))
    engine = request.POST.get("engine", "")
    rows = failures.ask_again(campaign=campaign, kind=kind, actor=request.user, engine=engine, row=one)
    nudge.after_commit("workers.tasks.tick")
    told = ngettext("Asked again for %(kind)s of %(rows)s pair.", "Asked again for %(kind)s of %(rows)s pairs.", rows)
    messages.success(request, told % {"kind": name_of(kind), "rows": rows})
    return redirect("engines", slug)


@require_http_methods(["GET", "POST"])
@login_required
def anew(request: SignedIn, slug: str) -> HttpResponse:
    """Choose a slice, see how much it is, and have it computed once more, beside what is there."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    given = request.POST if request.method == "POST" else request.GET
    form = AnewForm(given or None, totals=progress.totals(campaign=campaign))
    if form.is_valid():
        if request.method == "POST":
            return _want(request, campaign, form.cleaned_data)
        count = wanting.count_anew(campaign=campaign, **form.cleaned_data)
    else:
        count = None
    shown = {**campaign_page(campaign, role, "engines"), "form": form, "count": count, "estimate": None}
    if count:
        shown["estimate"] = watching.estimate(campaign=campaign, rows=count, kind=form.cleaned_data["kind"])
    return render(request, "engines/anew.html", shown, status=422 if form.errors else 200)


def _want(request: SignedIn, campaign: Campaign, chosen: dict[str, str]) -> HttpResponse:
    rows = wanting.want_anew(campaign=campaign, actor=request.user, **chosen)
    nudge.after_commit("workers.tasks.tick")
    told = ngettext(
        "Asked anew for %(kind)s of %(rows)s pair. What is there stays until the new answer is.",
        "Asked anew for %(kind)s of %(rows)s pairs. What is there stays until the new answer is.",
        rows,
    )
    messages.success(request, told % {"kind": name_of(chosen["kind"]), "rows": rows})
    return redirect("engines", campaign.slug)


@require_GET
@login_required
def find_pair(request: SignedIn, slug: str) -> HttpResponse:
    """From the number of a pair to its page."""
    access.require(user_id=request.user.pk, slug=slug, act="review")
    number = whole(request.GET.get("pair", "").strip())
    if number is None:
        raise Missing(_("There is no such pair in this campaign."))
    return redirect("provenance", slug, number)


@require_GET
@login_required
def pair(request: SignedIn, slug: str, pair_id: int) -> HttpResponse:
    """Where a settled pair's assistance comes from, and who was shown which."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="review")
    shown: dict[str, Any] = campaign_page(campaign, role, "")
    shown |= {"pair_id": pair_id, "pieces": provenance.of_pair(campaign=campaign, pair_id=pair_id)}
    return render(request, "engines/pair.html", shown)
