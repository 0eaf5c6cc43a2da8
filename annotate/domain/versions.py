"""Versions of a campaign's protocol: drafts are written and changed, one is put in force, what was used stays.

A draft is a version that is not in force and that nobody worked under. What somebody worked under is frozen by trigger;
what is in force is read by people already, so it is not changed here either.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit, rules
from annotate.domain.errors import AlreadyDone, Conflict, Invalid, Missing, Overtaken
from annotate.domain.rules import Rule
from annotate.models import Campaign, Claim, Gold, Protocol, User
from annotate.models.protocol import UNOPENED

Shown = dict[str, Any]
LONGEST_TEXT = 50_000
LONGEST_ATTESTATION = 500
PARTS = ("text", "rules", "attestation")


@dataclass(frozen=True)
class Content:
    """What a version says. `attestation` "" leaves the words that the pages have themselves."""

    text: str
    rules: list[Rule] = field(default_factory=list)
    attestation: str = ""


def content_of(protocol: Protocol) -> Content:
    return Content(**{name: getattr(protocol, name) for name in PARTS})


def check(given: Content) -> Content:
    """The content as it is stored. Invalid: no text, something too long, rules that are none."""
    faults = {}
    text, attestation = given.text.replace("\r\n", "\n").strip("\n "), " ".join(given.attestation.split())
    if not text:
        faults["text"] = _("say what people are to do")
    for name, value, most in (("text", text, LONGEST_TEXT), ("attestation", attestation, LONGEST_ATTESTATION)):
        if len(value) > most or "\x00" in value:
            faults[name] = _("at most %(n)d characters, and no NUL") % {"n": most}
    try:
        checked = rules.check(given.rules)
    except Invalid as error:
        faults |= error.fields
    if faults:
        raise Invalid(_("This version cannot be saved like this. Nothing was recorded."), fields=faults)
    return Content(text=f"{text}\n", rules=checked, attestation=attestation)


def of(campaign: Campaign) -> QuerySet[Protocol]:
    """The campaign's own versions and those that every campaign may start with, the newest first."""
    mine = Protocol.objects.filter(Q(campaign=campaign) | Q(campaign__isnull=True))
    return mine.select_related("created_by", "edited_by").order_by("-version", "-pk")


def listed(*, campaign: Campaign) -> list[Shown]:
    """Every version with who made it when, how many claims it has here and how many of those are in hand.

    Claims in the sets that serve this campaign count: they are judged under the same versions. Three statements.
    """
    counted = {row["protocol_id"]: row for row in _claims(campaign)}
    settled = set(Gold.objects.filter(protocol__in=of(campaign)).order_by().values_list("protocol_id", flat=True))
    return [_shown(campaign, row, counted.get(row.pk, {}), row.pk in settled) for row in of(campaign)]


def _claims(campaign: Campaign) -> Iterable[Any]:
    here = Claim.objects.filter(Q(campaign=campaign) | Q(campaign__serves=campaign))
    live = Q(finished__isnull=True, abandoned__isnull=True)
    counts = {"claims": Count("pk", filter=~UNOPENED), "held": Count("pk", filter=live), "any": Count("pk")}
    return here.values("protocol_id").annotate(**counts).order_by()


def _shown(campaign: Campaign, row: Protocol, counted: Shown, settled: bool) -> Shown:
    in_force = row.pk == campaign.protocol_id
    own = row.campaign_id == campaign.pk
    return {
        "id": row.pk,
        "name": row.name,
        "version": row.version,
        "created": row.created,
        "by": row.created_by.username if row.created_by else "",
        "edited": row.edited,
        "edited_by": row.edited_by.username if row.edited_by else "",
        "edits": row.edits,
        "rules": len(row.rules),
        "claims": counted.get("claims", 0),
        "held": counted.get("held", 0),
        "in_force": in_force,
        "own": own,
        "draft": own and not (in_force or settled or counted.get("any", 0)),
    }


def get(*, campaign: Campaign, protocol_id: int) -> Protocol:
    """One version of the campaign, or Missing: another campaign's is as missing as none."""
    found = of(campaign).filter(pk=protocol_id).first()
    if found is None:
        raise Missing(_("There is no such version of the protocol here."))
    return found


def newest(*, campaign: Campaign) -> Protocol:
    return of(campaign)[0]


@transaction.atomic
def make(
    *, campaign: Campaign, actor: User, content: Content, seen: int | None = None, base: Protocol | None = None
) -> tuple[Protocol, bool]:
    """Write the next version, a draft; with whether it is new: the newest one sent again is that one.

    `seen` is the id of the newest version that the writer knew. Overtaken: there is a newer one by now, which the
    error carries.
    """
    checked = check(content)
    # Two managers take turns: each sees what the other made.
    Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    last = newest(campaign=campaign)
    if last.campaign_id and content_of(last) == checked:
        return last, False
    if seen is not None and last.pk > seen:
        raise Overtaken(
            _("Version %(n)d was made while you were writing. Nothing was recorded.") % {"n": last.version},
            kept=_("Your text is still here. Compare, then save it as the next version if it still stands."),
            newer=last,
        )
    made = Protocol.objects.create(
        name=campaign.slug,
        version=last.version + 1,
        campaign=campaign,
        created=timezone.now(),
        created_by=actor,
        **{name: getattr(checked, name) for name in PARTS},
    )
    _record("protocol.made", campaign, actor, made, base=base.pk if base else None)
    return made, True


@transaction.atomic
def change(*, campaign: Campaign, actor: User, protocol_id: int, content: Content, seen: int) -> Protocol:
    """Change a draft. `seen` is its number of edits when the writer read it.

    Overtaken: somebody else changed it meanwhile. Conflict: it is used by now, and frozen.
    """
    checked = check(content)
    draft = _locked_draft(campaign, protocol_id)
    if content_of(draft) == checked:
        return draft
    if seen != draft.edits:
        raise Overtaken(
            _("%(who)s changed this draft while you were writing. Nothing was recorded.") % {"who": draft.edited_by},
            kept=_("Your text is still here. Compare, then save it over the other if it still stands."),
            newer=draft,
        )
    for name in PARTS:
        setattr(draft, name, getattr(checked, name))
    draft.edits, draft.edited, draft.edited_by = draft.edits + 1, timezone.now(), actor
    draft.save(update_fields=[*PARTS, "edits", "edited", "edited_by"])
    _record("protocol.changed", campaign, actor, draft, edits=draft.edits)
    return draft


@transaction.atomic
def delete(*, campaign: Campaign, actor: User, protocol_id: int) -> None:
    """A draft goes, and its number may be used again. Conflict: it is used, and stays."""
    draft = _locked_draft(campaign, protocol_id)
    _record("protocol.deleted", campaign, actor, draft)
    draft.delete()


def _locked_draft(campaign: Campaign, protocol_id: int) -> Protocol:
    """The lock keeps it from being put in force meanwhile, and so from being claimed under."""
    row = Protocol.objects.select_for_update(no_key=True, of=("self",)).filter(pk=protocol_id, campaign=campaign)
    draft = row.select_related("edited_by").first()
    if draft is None:
        get(campaign=campaign, protocol_id=protocol_id)  # Missing, or one that every campaign may start with
        raise Conflict(_("This version is not the campaign's own. Make a new version from it."))
    if is_used(draft):
        raise Conflict(_("This version is in use and does not change any more. Make a new version from it."))
    return draft


def is_used(protocol: Protocol) -> bool:
    """In force somewhere, claimed under or named by gold. Three statements at most."""
    facts: tuple[QuerySet[Any], ...] = (
        Campaign.objects.filter(protocol=protocol),
        Claim.objects.filter(protocol=protocol),
        Gold.objects.filter(protocol=protocol),
    )
    return any(rows.exists() for rows in facts)


@transaction.atomic
def put_in_force(*, campaign: Campaign, actor: User, protocol_id: int, instead_of: int | None = None) -> Protocol:
    """What is claimed from now on is claimed under this version, in the campaign and in the sets that serve it.

    Claims in hand or reserved keep the version they were made under. `instead_of` is the id of the version that the
    manager saw in force; Conflict: it is another one by now.
    """
    home = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    chosen = get(campaign=campaign, protocol_id=protocol_id)
    Protocol.objects.select_for_update(no_key=True).get(pk=chosen.pk)
    if home.protocol_id == chosen.pk:
        raise AlreadyDone(_("This version is in force already."))
    if instead_of is not None and instead_of != home.protocol_id:
        raise Conflict(
            _("Another version was put in force meanwhile: %(name)s. Look at it first.") % {"name": home.protocol},
            kept=_("Nothing was changed."),
        )
    before, home.protocol = home.protocol_id, chosen
    home.save(update_fields=["protocol"])
    home.sets.update(protocol=chosen)
    _record("protocol.in_force", campaign, actor, chosen, instead_of=before)
    campaign.protocol = chosen
    return chosen


def _record(verb: str, campaign: Campaign, actor: User, protocol: Protocol, **data: Any) -> None:
    said = {"protocol": protocol.pk, "version": protocol.version}
    audit.record(verb=verb, actor_id=actor.pk, campaign_id=campaign.pk, **said, **data)
