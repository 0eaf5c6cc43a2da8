"""A person's corrections of a pair's five attributes: beside what the data or a model says, never in its place.

They are theirs alone until adjudication. What they do to the rules: annotate.domain.attributes.held_to.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit, disclosure, leases
from annotate.domain.attributes import Attributes, Corrected, standing
from annotate.domain.errors import Gone, Invalid, one_of
from annotate.models import AttributeCorrection, Claim, User
from curation.attributes import ATTRIBUTES, CLOSED

LONGEST = 4_000
MOST = 100  # rows of one claim


def correct(*, claim_id: int, user: User, values: dict[str, Any]) -> Claim:
    """Write a row for each of these attributes that is not as it stands for this person, with its event.

    `values` are texts by attribute; those that are left out stay as they are. What the data or the model says takes a
    correction back, on the record as well. Invalid names every value that cannot be one. Gone: the pair is not in
    their hands any more.
    """
    with transaction.atomic():
        claim = leases.own_claim(claim_id=claim_id, user_id=user.pk, lock=True)
        if disclosure.stage_of(claim) not in ("judgement", "verdict") or claim.abandoned:
            raise Gone(_("This pair is no longer in your hands."), kept=_("What you corrected before is kept."))
        given = disclosure.given_attributes(claim)
        stands: Attributes = standing(given, claim.corrected) or {}
        wanted = {name: text for name, text in _read(values).items() if text != _text(stands.get(name))}
        if not wanted:
            return claim
        if AttributeCorrection.objects.filter(claim=claim).count() + len(wanted) > MOST:
            raise Invalid(_("At most %(n)d corrections a pair.") % {"n": MOST})
        if claim.ahead:
            leases.open_reserved(claim=claim)
        _write(claim, user, wanted, given or {})
        return claim


def _read(values: dict[str, Any]) -> Attributes:
    read = {name: _text(value) for name, value in values.items()}
    if wrong := {name: words for name, text in read.items() if (words := _fault(name, text))}:
        raise Invalid(_("This cannot be an attribute. Nothing was recorded."), fields=wrong)
    return {name: text or "" for name, text in read.items()}


def _text(value: Any) -> str | None:
    return "\n".join(value.splitlines()).strip() if isinstance(value, str) else None


def _fault(name: str, text: str | None) -> str:
    if name not in ATTRIBUTES:
        return _("there is no such attribute")
    if name in CLOSED:
        return "" if text in CLOSED[name] else one_of(CLOSED[name])
    if not text or len(text) > LONGEST or "\x00" in text:
        return _("a text of at most %(n)d characters, without NUL") % {"n": LONGEST}
    return ""


def _write(claim: Claim, user: User, wanted: Attributes, given: Attributes) -> None:
    for name, value in wanted.items():
        was = given.get(name, "")
        row = AttributeCorrection(claim=claim, attribute=name, was=was, value=value, created=timezone.now())
        row.save(force_insert=True)
        audit.record(
            verb="attribute.corrected",
            actor_id=user.pk,
            campaign_id=claim.campaign_id,
            pair_id=claim.pair_id,
            claim=claim.pk,
            correction=row.pk,
            attribute=name,
        )
    rows = AttributeCorrection.objects.filter(claim=claim).order_by("pk")
    claim.corrected = come_to(list(rows))
    claim.save(update_fields=["corrected"])


def come_to(rows: list[AttributeCorrection]) -> Corrected:
    """What one claim's corrections, oldest first, come to: the newest of each attribute, unless it took them back."""
    newest = {row.attribute: row for row in rows}
    return {
        name: {"was": newest[name].was, "value": newest[name].value}
        for name in ATTRIBUTES
        if name in newest and newest[name].value != newest[name].was
    }


def show(claim: Claim) -> dict[str, Any]:
    """The attributes as they were given, as this person left them, every correction, and the rules that then apply."""
    shown = disclosure.show_claim(claim)
    rows = AttributeCorrection.objects.filter(claim=claim).order_by("pk")
    return {
        **{name: shown["pair"][name] for name in ("attributes", "corrected", "wanted")},
        "rules": shown["protocol"]["rules"],
        "corrections": [
            {"id": row.pk, "attribute": row.attribute, "was": row.was, "value": row.value, "created": row.created}
            for row in rows
        ],
    }
