"""The editor of a protocol: every button posts the whole form, and only Save records anything."""

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from annotate.domain import access, previewing, rules, versions
from annotate.domain.errors import Conflict, DomainError, Invalid, Missing, Overtaken
from annotate.domain.versions import Content
from annotate.forms import protocols as forms
from annotate.models import Campaign, Protocol, User
from annotate.reading.names import name_of
from annotate.views.diffs import difference
from annotate.views.nav import campaign_page
from annotate.views.requests import SignedIn, whole
from curation.attributes import CLOSED

Shown = dict[str, Any]
DRAFT, NEW = "draft", "new"


@dataclass
class Editing:
    """The form as it stands. `saves`: over the draft it was opened from, or as a new version; `seen` is the number
    of the draft's edits, or the id of the newest version, when its writer last looked."""

    base: int
    content: Content
    saves: str
    seen: int
    focus: tuple[int, str] = (-1, "")
    error: DomainError | None = None
    faults: dict[str, str] = field(default_factory=dict)
    theirs: Protocol | None = None  # what somebody else wrote meanwhile


@require_http_methods(["GET", "POST"])
@login_required
def edit(request: SignedIn, slug: str, protocol_id: int) -> HttpResponse:
    """GET: a version to start from. POST `act`: save, preview, add, or remove-2, up-2, down-2 for the row of a rule."""
    campaign, role = access.require(user_id=request.user.pk, slug=slug, act="manage")
    if request.method == "GET":
        editing = _opened(campaign, versions.get(campaign=campaign, protocol_id=protocol_id))
        return _page(request, campaign, role, editing)
    editing = _posted(campaign, protocol_id, request.POST)
    act = request.POST.get("act", "")
    if act == "save":
        return _saved(request, campaign, role, editing)
    arranged, editing.focus = forms.rearranged(editing.content.rules, act)
    editing.content = Content(editing.content.text, arranged, editing.content.attestation)
    return _page(request, campaign, role, editing)


def _opened(campaign: Campaign, base: Protocol) -> Editing:
    own = base.campaign_id == campaign.pk and not versions.is_used(base)
    seen = base.edits if own else versions.newest(campaign=campaign).pk
    return Editing(base.pk, versions.content_of(base), DRAFT if own else NEW, seen)


def _posted(campaign: Campaign, protocol_id: int, post: QueryDict) -> Editing:
    saves = post.get("saves", "")
    return Editing(
        base=protocol_id,
        content=forms.posted_content(post),
        saves=saves if saves in (DRAFT, NEW) else NEW,
        seen=whole(post.get("seen", "")) or 0,
    )


def _saved(request: SignedIn, campaign: Campaign, role: str, editing: Editing) -> HttpResponse:
    try:
        row = _save(campaign, request.user, editing)
    except Invalid as error:
        editing.error, editing.faults = error, error.fields
        return _page(request, campaign, role, editing, status=422)
    except (Conflict, Missing) as error:
        _after_conflict(campaign, editing, error)
        return _page(request, campaign, role, editing, status=409)
    messages.success(request, _("Version %(n)d is saved. It holds once it is put in force.") % {"n": row.version})
    return redirect("protocol_version", campaign.slug, row.pk)


def _save(campaign: Campaign, user: User, editing: Editing) -> Protocol:
    if editing.saves == DRAFT:
        return versions.change(
            campaign=campaign, actor=user, protocol_id=editing.base, content=editing.content, seen=editing.seen
        )
    base = versions.of(campaign).filter(pk=editing.base).first()
    row, _new = versions.make(campaign=campaign, actor=user, content=editing.content, seen=editing.seen, base=base)
    return row


def _after_conflict(campaign: Campaign, editing: Editing, error: Conflict | Missing) -> None:
    """What was written stays; the next Save counts as having seen what stands in the way now. A draft that is frozen
    or gone can only be saved as a new version."""
    editing.error = error
    if isinstance(error, Overtaken):
        editing.theirs = error.newer
        editing.seen = editing.theirs.edits if editing.saves == DRAFT else editing.theirs.pk
        return
    editing.saves, editing.seen = NEW, versions.newest(campaign=campaign).pk
    editing.theirs = versions.of(campaign).filter(pk=editing.base).first()


def _page(request: SignedIn, campaign: Campaign, role: str, editing: Editing, status: int = 200) -> HttpResponse:
    template = "protocol/editor.html" if request.headers.get("HX-Request") else "protocol/edit.html"
    newest = versions.newest(campaign=campaign)
    base = versions.of(campaign).filter(pk=editing.base).first()
    shown = {
        "editing": editing,
        "base": {"id": editing.base, "version": base.version if base else None},
        "next_version": base.version if base and editing.saves == DRAFT else newest.version + 1,
        "rows": forms.rows(editing.content.rules, faults=editing.faults, focus=editing.focus),
        "most_rules": rules.MOST_RULES,
        "diff": _their_diff(editing),
        **_preview(request, campaign, editing.content),
    }
    return render(request, template, {**campaign_page(campaign, role, "protocol"), **shown}, status=status)


def _their_diff(editing: Editing) -> Shown | None:
    """From what somebody else saved to what is written here."""
    if editing.theirs is None:
        return None
    return difference(versions.content_of(editing.theirs), editing.content)


def _preview(request: SignedIn, campaign: Campaign, content: Content) -> Shown:
    """The panel for the pair or the kind of pair that is chosen: by number first, else by its attributes."""
    asked = request.POST if request.method == "POST" else request.GET
    number = asked.get("pair", "").strip()
    chosen = {name: asked.get(f"kind-{name}", "") for name in CLOSED}
    attributes: Shown | None = previewing.supposed(**chosen)
    problem = ""
    try:
        if number:
            attributes = previewing.attributes_of(campaign=campaign, pair_id=_pair_id(number))
    except Invalid as error:
        problem = error.message
    counted = rules.spread(campaign=campaign)
    return {
        "preview": previewing.preview(campaign=campaign, content=content, attributes=attributes, spread=counted),
        "pair_number": number[:18],
        "pair_problem": problem,
        "kinds": [
            {
                "name": name,
                "label": name_of(name),
                "options": [(value, name_of(value), attributes and attributes[name] == value) for value in known],
            }
            for name, known in CLOSED.items()
        ],
    }


def _pair_id(text: str) -> int:
    if (number := whole(text)) is None:
        raise Invalid(_("A pair is chosen by its number."))
    return number
