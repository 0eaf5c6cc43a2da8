"""Import by upload, in the request; what was rejected can be fetched for a day."""

import secrets
from typing import Any

import orjson
from django.contrib.auth.decorators import login_required
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotate import nudge
from annotate.domain import access, known
from annotate.domain.errors import Invalid, Missing
from annotate.domain.imports import ImportReport
from annotate.domain.uploads import import_upload
from annotate.forms.campaigns import ImportForm
from annotate.forms.faults import show_faults
from annotate.models import Campaign
from annotate.models.campaign import Purpose
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn

KEPT_SECONDS = 24 * 3600
SHOWN = 100


@require_http_methods(["GET", "POST"])
@login_required
def upload(request: SignedIn, slug: str) -> HttpResponse:
    """Counts and rejected rows are shown in the answer itself: importing the file again would change nothing."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    wanted = request.GET.get("for", Purpose.WORK)
    form = ImportForm(request.POST or None, request.FILES or None, initial={"purpose": wanted})
    shown: dict[str, Any] = {**campaign_page(campaign, role, "import"), "form": form}
    if request.method == "POST" and form.is_valid() and (result := _import(request, campaign, form)):
        report, problems = result
        key = _keep(campaign, problems) if problems else ""
        shown |= {"report": report, "problems": problems[:SHOWN], "problem_count": len(problems), "key": key}
        shown["form"] = ImportForm(initial={name: request.POST.get(name, "") for name in ("mapping", "purpose")})
    return render(request, "campaign/import.html", shown, status=422 if form.errors else 200)


def _import(
    request: SignedIn, campaign: Campaign, form: ImportForm
) -> tuple[ImportReport, list[dict[str, Any]]] | None:
    file, purpose = form.cleaned_data["file"], form.cleaned_data["purpose"]
    try:
        if purpose != Purpose.WORK:
            campaign = known.set_of(campaign=campaign, purpose=purpose, actor=request.user)
        result = import_upload(
            campaign=campaign,
            actor=request.user,
            file=file.file,
            name=file.name,
            assignments=form.cleaned_data["mapping"],
            select=form.cleaned_data["select"],
        )
    except Invalid as error:
        show_faults(form, error)
        return None
    nudge.after_commit("workers.tasks.tick")
    return result


def _keep(campaign: Campaign, problems: list[dict[str, Any]]) -> str:
    key = secrets.token_urlsafe(12)
    lines = b"".join(orjson.dumps(problem) + b"\n" for problem in problems)
    cache.set(f"rejected:{campaign.pk}:{key}", lines, KEPT_SECONDS)
    return key


@require_GET
@login_required
def rejected(request: SignedIn, slug: str, key: str) -> HttpResponse:
    """The rows that did not get in, one JSON object a line."""
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    lines = cache.get(f"rejected:{campaign.pk}:{key}")
    if lines is None:
        raise Missing(_("These rejected rows are kept for a day only. Import the file again to see them."))
    response = HttpResponse(lines, content_type="application/x-ndjson")
    response["Content-Disposition"] = f'attachment; filename="{campaign.slug}-rejected.jsonl"'
    return response
