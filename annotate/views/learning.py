"""Practice, qualification, the guide of the workbench; and the manager's page of known answers."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotate.domain import access, guiding, known, practice, qualification, teaching
from annotate.domain.errors import Conflict, Invalid, Missing
from annotate.forms.faults import show_faults
from annotate.forms.learning import ReplaceForm, RulesForm
from annotate.models import Campaign, Claim, User
from annotate.models.campaign import Purpose
from annotate.models.learning import AnswerPurpose
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn, wants_json


@login_required
def practise(request: SignedIn, slug: str) -> HttpResponse:
    """The practice pair held already, or the one this person had least often."""
    if request.method != "POST":
        return redirect("work")
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="learn")
    claim, _new = practice.claim_next(campaign=campaign, user=request.user)
    return redirect("claim", claim.pk)


@require_http_methods(["GET", "POST"])
@login_required
def qualify(request: SignedIn, slug: str) -> HttpResponse:
    """Where one stands; the button begins an attempt or goes on with it."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="learn")
    if request.method == "POST":
        qualification.begin(campaign=campaign, user=request.user)
        claim, _new = qualification.claim_next(campaign=campaign, user=request.user)
        return redirect("claim", claim.pk) if claim else redirect("qualification", slug)
    shown = {
        **campaign_page(campaign, role, ""),
        "standing": qualification.standing(campaign=campaign, user=request.user),
        "practice": practice.there_is(campaign=campaign),
    }
    return render(request, "learning/qualification.html", shown)


def set_next(request: SignedIn, home: Campaign) -> HttpResponse:
    """After a pair of a set: the next one, or the result where there is none."""
    campaign = served(home)
    if home.purpose == Purpose.PRACTICE:
        return redirect("claim", practice.claim_next(campaign=campaign, user=request.user)[0].pk)
    try:
        claim, _new = qualification.claim_next(campaign=campaign, user=request.user)
    except Conflict:  # passed with that pair
        claim = None
    return redirect("claim", claim.pk) if claim else redirect("qualification", campaign.slug)


def served(home: Campaign) -> Campaign:
    if home.serves is None:
        raise ValueError("only a set serves a campaign")
    return home.serves


def next_url(campaign: Campaign) -> str:
    """Where the button posts that asks for another pair like the last."""
    if campaign.purpose == Purpose.WORK:
        return reverse("next_pair", args=[campaign.slug])
    return reverse(
        "practise" if campaign.purpose == Purpose.PRACTICE else "qualification", args=[served(campaign).slug]
    )


def learning_shown(claim: Claim, user: User) -> dict[str, Any]:
    """What the workbench says beside a pair of a set: how far the practice or the qualification is."""
    home = claim.campaign
    shown: dict[str, Any] = {"serves": {"slug": served(home).slug, "name": served(home).name}}
    if home.purpose == Purpose.PRACTICE:
        return shown | {"practised": practice.progress(home=home, user=user), "next_url": next_url(home)}
    return shown | {"standing": qualification.standing(campaign=served(home), user=user)}


@require_GET
@login_required
def guide(request: SignedIn) -> HttpResponse:
    """All steps of the guide on one page."""
    return render(request, "learning/guide.html")


@login_required
def close_guide(request: SignedIn) -> HttpResponse:
    """Remember that this person has seen the guide; 204 for the page's script, else back to where they were."""
    if request.method == "POST":
        guiding.close(user=request.user)
    if wants_json(request):
        return HttpResponse(status=204)
    claim_id = request.POST.get("claim", "")
    return redirect("claim", int(claim_id)) if claim_id.isdecimal() and len(claim_id) < 19 else redirect("work")


@require_http_methods(["GET", "POST"])
@login_required
def answers(request: SignedIn, slug: str) -> HttpResponse:
    """Known answers, people and their attempts; the form changes the qualification's rules."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    form = RulesForm(request.POST or None, initial=_rules(campaign))
    if request.method == "POST" and form.is_valid():
        try:
            qualification.set_rules(campaign=campaign, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            campaign.refresh_from_db()
            show_faults(form, error)
        else:
            messages.success(request, _("The qualification holds from now on."))
            return redirect("learning", slug)
    shown = {
        **campaign_page(campaign, role, "learning"),
        "form": form,
        "asked": _rules(campaign),
        **teaching.overview(campaign=campaign),
        "people": qualification.results(campaign=campaign),
    }
    return render(request, "learning/answers.html", shown, status=422 if form.errors else 200)


def _rules(campaign: Campaign) -> dict[str, Any]:
    return {
        "pairs": campaign.qualify_pairs,
        "percent": campaign.qualify_percent,
        "attempts": campaign.qualify_attempts,
        "keep_present": True,
    }


@require_POST
@login_required
def promote(request: SignedIn, slug: str, pair_id: int) -> HttpResponse:
    """Make a gold pair a known answer; the button pressed says for what."""
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    said = {name: request.POST.get(name, "") for name in ("purpose", "explanation")}
    found = known.promote(campaign=campaign, pair_id=pair_id, actor=request.user, **said)
    words = _("Pair %(pair)s is a known answer now, for: %(purpose)s.")
    messages.success(request, words % {"pair": pair_id, "purpose": AnswerPurpose(found.purpose).label})
    return redirect("learning", slug)


@require_http_methods(["GET", "POST"])
@login_required
def answer(request: SignedIn, slug: str, answer_id: int) -> HttpResponse:
    """One known answer with its pair; the form puts another in its place."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    found = known.one(campaign=campaign, answer_id=answer_id)
    form = ReplaceForm(request.POST or None, initial={"choice": found.choice, "explanation": found.explanation})
    if request.method == "POST" and form.is_valid():
        try:
            new = known.replace(campaign=campaign, answer_id=answer_id, actor=request.user, **form.cleaned_data)
        except Invalid as error:
            show_faults(form, error)
        else:
            messages.success(request, _("The new answer is in force; the one before it is retired."))
            return redirect("answer", slug, new.pk)
    shown = {**campaign_page(campaign, role, "learning"), "form": form, "answer": teaching.show(found)}
    return render(request, "learning/answer.html", shown, status=422 if form.errors else 200)


@require_POST
@login_required
def retire(request: SignedIn, slug: str, answer_id: int) -> HttpResponse:
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    found = known.retire(campaign=campaign, answer_id=answer_id, actor=request.user)
    messages.success(request, _("The known answer of pair %(pair)s is retired.") % {"pair": found.pair_id})
    return redirect("learning", slug)


@require_POST
@login_required
def people(request: SignedIn, slug: str, user_id: int, act: str) -> HttpResponse:
    """Exempt somebody from the qualification, or allow them another attempt."""
    campaign, _role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    acts = {
        "exempt": (qualification.exempt, _("They may judge from now on.")),
        "another": (qualification.allow_another, _("They have one attempt more.")),
    }
    if act not in acts:
        raise Missing(_("There is nothing here for you."))
    do, said = acts[act]
    do(campaign=campaign, user_id=user_id, actor=request.user)
    messages.success(request, said)
    return redirect("learning", slug)
