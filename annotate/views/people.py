"""Who is in a campaign, and the links that let more people in."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotate.domain import access, invitations, leaving, work
from annotate.forms.campaigns import InviteForm
from annotate.invitations import SESSION_KEY
from annotate.models import Invitation, User
from annotate.models.campaign import Role
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn


@require_POST
@login_required
def remove(request: SignedIn, slug: str, user_id: int) -> HttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    gone = leaving.remove(campaign=campaign, user_id=user_id, actor=request.user)
    messages.success(
        request, _("%(name)s is no longer in this campaign. What they judged stays.") % {"name": gone.username}
    )
    return redirect("work" if gone == request.user else "people", *([] if gone == request.user else [slug]))


@require_http_methods(["GET", "POST"])
@login_required
def people(request: SignedIn, slug: str) -> HttpResponse:
    """A new link is in the answer to its own POST and nowhere else: only its hash is stored."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    form, link = InviteForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        secret = invitations.invite(campaign=campaign, actor=request.user, **form.cleaned_data)
        link, form = request.build_absolute_uri(reverse("invitation", args=[secret])), InviteForm()
    shown: dict[str, Any] = {
        **campaign_page(campaign, role, "people"),
        "people": work.people(campaign=campaign),
        "invitations": [_show(row) for row in invitations.open_in(campaign=campaign)],
        "form": form,
        "link": link,
    }
    return render(request, "campaign/people.html", shown, status=422 if form.errors else 200)


def _show(row: Invitation) -> dict[str, Any]:
    return {
        "id": row.pk,
        "role": Role(row.role).label,
        "note": row.note,
        "expires": row.expires,
        "invited_by": row.invited_by.username,
    }


@require_POST
@login_required
def withdraw(request: SignedIn, slug: str, invitation_id: int) -> HttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    invitations.withdraw(campaign=campaign, invitation_id=invitation_id, actor=request.user)
    messages.success(request, _("The link no longer works."))
    return redirect("people", slug)


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Somebody signed in joins with one button; anybody else makes an account first."""
    found = invitations.find(secret=secret)
    shown = {"id": found.pk, "campaign": found.campaign.name, "role": str(Role(found.role).label)}
    if not isinstance(request.user, User):
        request.session[SESSION_KEY] = shown | {"path": request.path}
        return redirect("account_signup")
    if request.method == "POST":
        invitations.accept(invitation_id=found.pk, user=request.user)
        return redirect("work")
    return render(request, "invitation.html", {"invitation": shown})
