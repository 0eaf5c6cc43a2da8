"""Documents to search in: a manager uploads, tries the search and retires; members read what a search found."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.domain import access, documents, finding, work
from annotate.domain.documents import Added
from annotate.domain.errors import Invalid
from annotate.domain.tools import LONGEST_QUERY
from annotate.forms.documents import DocumentsForm
from annotate.forms.faults import show_faults
from annotate.models import Campaign
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn


@require_http_methods(["GET", "POST"])
@login_required
def listing(request: SignedIn, slug: str) -> HttpResponse:
    """What is in the index, and what annotators would find; an upload's counts are shown in its answer itself."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    form = DocumentsForm(request.POST, request.FILES) if request.method == "POST" else DocumentsForm()
    uploads: list[tuple[str, Added]] = []
    if form.is_valid():
        uploads = _upload(request, campaign, form)
    shown = {
        **campaign_page(campaign, role, "documents"),
        "form": DocumentsForm() if uploads and not form.errors else form,
        "uploads": uploads,
        "documents": documents.listed(campaign=campaign)[: work.LISTED],
        "counts": documents.counts(campaign=campaign),
        **_tried(campaign, request.GET.get("q", "")),
    }
    return render(request, "campaign/documents.html", shown, status=422 if form.errors else 200)


def _upload(request: SignedIn, campaign: Campaign, form: DocumentsForm) -> list[tuple[str, Added]]:
    """Each file for itself: what one cannot give does not keep the others out."""
    done = []
    for file in form.cleaned_data["documents"]:
        try:
            added = documents.upload(campaign=campaign, actor=request.user, file=file.file, name=file.name)
        except Invalid as error:
            error.fields = {"documents": f"{file.name}: {error.fields.get('file', error.message)}"}
            show_faults(form, error)
        else:
            done.append((file.name, added))
    return done


def _tried(campaign: Campaign, asked: str) -> dict[str, Any]:
    query = " ".join(asked.replace("\x00", "").split())[:LONGEST_QUERY]
    results = finding.find(campaign_id=campaign.pk, query=query).results if query else []
    return {"query": query, "results": results}


@require_POST
@login_required
def retire(request: SignedIn, slug: str, document_id: int) -> HttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    documents.retire(campaign=campaign, document_id=document_id, actor=request.user)
    messages.success(request, _("The document is found no more. What was found in it stays."))
    return redirect("documents", slug)


@require_GET
@login_required
def document(request: SignedIn, slug: str, document_id: int) -> HttpResponse:
    campaign, role = access.require(user_id=request.user.pk, slug=slug)
    shown = documents.read(campaign=campaign, document_id=document_id)
    return render(request, "document.html", {**campaign_page(campaign, role, ""), "document": shown})
