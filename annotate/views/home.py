"""My work: the campaigns a person is in and what waits for them there."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotate.domain import access, work
from annotate.views.requests import SignedIn


@require_GET
@login_required
def my_work(request: SignedIn) -> HttpResponse:
    rows = work.my_work(user=request.user)
    manages = any(row["role"] == "manager" for row in rows)
    shown = {
        "annotating": [row for row in rows if row["role"] == "annotator"],
        "reviewing": [row for row in rows if row["role"] == "reviewer"],
        "managing": [row for row in rows if row["role"] == "manager"],
        "may_create": manages or access.may_create_campaigns(user=request.user),
    }
    return render(request, "work.html", shown)
