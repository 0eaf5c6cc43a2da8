"""A campaign's overview and settings, and making a new one."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate.domain import access, campaigns, work
from annotate.domain.errors import Conflict, Invalid
from annotate.forms.campaigns import NewCampaignForm, SettingsForm
from annotate.forms.faults import show_faults
from annotate.models import Campaign
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn

SHOWN_PEOPLE = 12


@require_GET
@login_required
def overview(request: SignedIn, slug: str) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    people = work.people(campaign=campaign)
    shown = {
        **campaign_page(campaign, role, "campaign"),
        "funnel": work.funnel(campaign=campaign),
        "people": people[:SHOWN_PEOPLE],
        "people_count": len(people),
        "assistance": (table := work.assistance_table(campaign=campaign)),
        "parked": sum(row["parked"] for row in table),
        "settings": _settings(campaign),
    }
    return render(request, "campaign/overview.html", shown)


def _settings(campaign: Campaign) -> dict[str, Any]:
    return {
        "overlap": campaign.overlap,
        "reveal": campaign.get_reveal_display(),
        "lease_minutes": campaign.lease_minutes,
        "protocol": str(campaign.protocol),
    }


@require_http_methods(["GET", "POST"])
@login_required
def new(request: SignedIn) -> HttpResponse:
    access.require_to_create(user=request.user)
    form = NewCampaignForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            campaign = campaigns.create_campaign(actor=request.user, **form.cleaned_data)
        except Conflict as error:
            form.add_error("slug", error.message)
        except Invalid as error:
            show_faults(form, error)
        else:
            messages.success(request, _("The campaign is there. Import pairs and invite people."))
            return redirect("campaign", campaign.slug)
    return render(request, "campaign/new.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@login_required
def settings(request: SignedIn, slug: str) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    form = SettingsForm(request.POST or None, initial=_initial(campaign))
    if request.method == "POST" and form.is_valid() and _change(request, campaign, form):
        messages.success(request, _("The settings hold from now on."))
        return redirect("settings", slug)
    shown = {**campaign_page(campaign, role, "settings"), "form": form, "protocol": str(campaign.protocol)}
    return render(request, "campaign/settings.html", shown, status=422 if form.errors else 200)


def _initial(campaign: Campaign) -> dict[str, Any]:
    names = ("name", "overlap", "reveal", "lease_minutes")
    return {name: getattr(campaign, name) for name in names}


def _change(request: SignedIn, campaign: Campaign, form: SettingsForm) -> bool:
    try:
        campaigns.change_settings(campaign=campaign, actor=request.user, **form.cleaned_data)
    except Invalid as error:
        show_faults(form, error)
        return False
    return True
