"""How well people agree, for reviewers and managers: figures that workers stored; no request computes any."""

import csv
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from annotate.domain import access
from annotate.domain import quality as domain
from annotate.reading.names import name_of
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn


@require_GET
@login_required
def quality(request: SignedIn, slug: str) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="review")
    table = domain.table(campaign=campaign, dimension=request.GET.get("by", domain.DIMENSIONS[0]))
    here = reverse("quality", args=[slug])
    dimensions = _dimensions()
    shown: dict[str, Any] = {
        "table": table,
        "title": dimensions[table["dimension"]],
        "dimensions": [
            {"url": f"{here}?by={name}", "label": label, "current": name == table["dimension"]}
            for name, label in dimensions.items()
        ],
    }
    return render(request, "campaign/quality.html", shown | campaign_page(campaign, role, "quality"))


def _dimensions() -> dict[str, str]:
    named = {"length": _("length"), "writers": _("who wrote them"), "week": _("week")}
    named |= {"reward_model": _("reward model"), "annotator": _("annotator")}
    return {name: str(named.get(name, name_of(name))) for name in domain.DIMENSIONS}


class _Line:
    """A file to csv that gives back what is written."""

    def write(self, line: str) -> str:
        return line


@require_GET
@login_required
def quality_file(request: SignedIn, slug: str) -> StreamingHttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="review")
    writer = csv.writer(_Line())
    lines = (writer.writerow(row) for row in domain.every(campaign=campaign))
    headers = {"Content-Disposition": f'attachment; filename="{slug}-figures.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)
