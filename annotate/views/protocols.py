"""The protocol of a campaign: what is in force for everybody; its versions, and putting one in force, for managers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotate.domain import access, versions
from annotate.domain.errors import Missing
from annotate.models import Campaign, Protocol
from annotate.views.diffs import difference
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn, whole


@require_GET
@login_required
def protocol(request: SignedIn, slug: str) -> HttpResponse:
    """The version in force, for every member."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug)
    settings = {"overlap": campaign.overlap, "reveal": campaign.get_reveal_display()}
    page = campaign_page(campaign, role, "protocol")
    shown = {"protocol": _content(campaign.protocol), "settings": settings, "manages": "manage" in access.MAY[role]}
    return render(request, "protocol.html", {**page, **shown})


def _content(row: Protocol) -> dict[str, Any]:
    names = ("id", "name", "version", "text", "rules", "attestation")
    return {name: getattr(row, name) for name in names}


@require_GET
@login_required
def listing(request: SignedIn, slug: str) -> HttpResponse:
    """Every version, who made it when, how much was done under it."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    rows = versions.listed(campaign=campaign)
    force = next(row for row in rows if row["in_force"])
    shown = {"versions": rows, "force": force, "newest": rows[0], "others": len(rows) > 1}
    return render(request, "protocol/versions.html", {**campaign_page(campaign, role, "protocol"), **shown})


@require_GET
@login_required
def version(request: SignedIn, slug: str, protocol_id: int) -> HttpResponse:
    """One version, what it changes of the one in force, and what may be done with it."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    row = versions.get(campaign=campaign, protocol_id=protocol_id)
    rows = versions.listed(campaign=campaign)
    about = next(one for one in rows if one["id"] == row.pk)
    diff = None
    if not about["in_force"]:
        diff = difference(versions.content_of(campaign.protocol), versions.content_of(row))
    shown = {
        "protocol": _content(row),
        "about": about,
        "force": next(one for one in rows if one["in_force"]),
        "held": sum(one["held"] for one in rows),
        "diff": diff,
    }
    return render(request, "protocol/version.html", {**campaign_page(campaign, role, "protocol"), **shown})


@require_GET
@login_required
def compare(request: SignedIn, slug: str) -> HttpResponse:
    """`old` and `new` are ids of versions."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    old, new = (_chosen(campaign, request.GET.get(name, "")) for name in ("old", "new"))
    shown = {
        "versions": versions.listed(campaign=campaign),
        "old": _content(old),
        "new": _content(new),
        "diff": difference(versions.content_of(old), versions.content_of(new)),
    }
    return render(request, "protocol/compare.html", {**campaign_page(campaign, role, "protocol"), **shown})


def _chosen(campaign: Campaign, text: str) -> Protocol:
    if (number := whole(text)) is None:
        raise Missing(_("Choose two versions to compare."))
    return versions.get(campaign=campaign, protocol_id=number)


@require_POST
@login_required
def force(request: SignedIn, slug: str, protocol_id: int) -> HttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    put = versions.put_in_force(
        campaign=campaign,
        actor=request.user,
        protocol_id=protocol_id,
        instead_of=whole(request.POST.get("instead_of", "")),
    )
    words = _("Version %(n)d is in force. Pairs claimed before keep the version they were claimed under.")
    messages.success(request, words % {"n": put.version})
    return redirect("protocols", slug)


@require_POST
@login_required
def delete(request: SignedIn, slug: str, protocol_id: int) -> HttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    versions.delete(campaign=campaign, actor=request.user, protocol_id=protocol_id)
    messages.success(request, _("The draft is deleted."))
    return redirect("protocols", slug)
