"""Releases: what is frozen, asking for a version, its manifest and its files."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate import nudge
from annotate.domain import access
from annotate.domain import releases as domain
from annotate.domain.errors import Conflict, Invalid, Missing
from annotate.forms.campaigns import ReleaseForm
from annotate.forms.faults import show_faults
from annotate.models import Campaign, Release
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn


@require_http_methods(["GET", "POST"])
@login_required
def releases(request: SignedIn, slug: str) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _ask(request, campaign, form):
        messages.success(request, _("The rows are fixed; a worker writes the files now."))
        return redirect("releases", slug)
    rows = Release.objects.filter(campaign=campaign).select_related("requested_by").order_by("-pk")
    shown = {
        **campaign_page(campaign, role, "releases"),
        "releases": [_show(row) for row in rows],
        "form": form,
    }
    return render(request, "releases/list.html", shown, status=422 if form.errors else 200)


def _ask(request: SignedIn, campaign: Campaign, form: ReleaseForm) -> bool:
    try:
        domain.request(campaign=campaign, version=form.cleaned_data["version"], actor=request.user)
    except Conflict as error:
        form.add_error("version", error.message)
        return False
    except Invalid as error:
        show_faults(form, error)
        return False
    nudge.after_commit("workers.tasks.build_releases")
    return True


def _show(row: Release) -> dict[str, Any]:
    manifest = row.manifest or {}
    return {
        "id": row.pk,
        "version": row.version,
        "state": row.state,
        "error": row.error,
        "rows": manifest.get("rows", ""),
        "gold": manifest.get("counts", {}).get("label", {}).get("clear", 0 if manifest else ""),
        "files": manifest.get("files", {}),
        "counts": manifest.get("counts", {}),
        "models": manifest.get("models", []),
        "manifest_sha256": manifest.get("sha256", ""),
        "requested": row.requested,
        "requested_by": row.requested_by.username if row.requested_by else "",
        "frozen": row.frozen,
    }


def _of(campaign: Campaign, release_id: int) -> Release:
    found = Release.objects.select_related("campaign", "requested_by").filter(campaign=campaign, pk=release_id).first()
    if found is None:
        raise Missing(_("There is no such release in this campaign."))
    return found


@require_GET
@login_required
def release(request: SignedIn, slug: str, release_id: int) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    row = _of(campaign, release_id)
    return render(
        request, "releases/release.html", {**campaign_page(campaign, role, "releases"), "release": _show(row)}
    )


@require_POST
@login_required
def ask_again(request: SignedIn, slug: str, release_id: int) -> HttpResponse:
    """Want the files of a failed release again; its rows stay those of the first time."""
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    domain.ask_again(release=_of(campaign, release_id), actor=request.user)
    nudge.after_commit("workers.tasks.build_releases")
    return redirect("release", slug, release_id)


@require_GET
@login_required
def file(request: SignedIn, slug: str, release_id: int, name: str) -> FileResponse:
    """One file of a frozen release. Programs fetch them by token, with ranges, from the API."""
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    path, _sha256 = domain.file_of(release=_of(campaign, release_id), name=name)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{slug}-{name}")
