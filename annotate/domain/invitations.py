"""Invitations: a link that lets one person into one campaign, once, for a week. Only the secret's SHA-256 is kept."""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotate.domain import audit, campaigns
from annotate.domain.errors import Conflict, Gone, Invalid, Missing, one_of
from annotate.domain.tokens import digest
from annotate.models import Campaign, Invitation, Membership, User
from annotate.models.campaign import Role

DAYS = 7


def live() -> QuerySet[Invitation]:
    return Invitation.objects.filter(Q(accepted__isnull=True), expires__gt=timezone.now())


@transaction.atomic
def invite(*, campaign: Campaign, role: str, actor: User, note: str = "", days: int = DAYS) -> str:
    """Make an invitation and return its secret, which nobody can read again."""
    if role not in Role.values:
        raise Invalid(_("No such role."), fields={"role": one_of(Role.values)})
    secret = secrets.token_urlsafe(24)
    row = Invitation.objects.create(
        campaign=campaign,
        role=role,
        note=note,
        digest=digest(secret),
        invited_by=actor,
        expires=timezone.now() + timedelta(days=days),
    )
    audit.record(verb="member.invited", actor_id=actor.pk, campaign_id=campaign.pk, invitation=row.pk, role=role)
    return secret


def find(*, secret: str) -> Invitation:
    """The live invitation of a link. Missing: there is none, it ran out, or somebody used it."""
    row = live().select_related("campaign", "invited_by").filter(digest=digest(secret)).first()
    if row is None:
        raise Missing(_("This invitation does not exist, ran out, or was used already. Ask for a new link."))
    return row


@transaction.atomic
def accept(*, invitation_id: int, user: User) -> Membership:
    """Use the invitation up and join the campaign, by compare-and-set: of two people with one link, one joins.

    Conflict: this person is in the campaign already; their role stays and the link stays good for somebody else.
    """
    row = Invitation.objects.select_related("campaign").filter(pk=invitation_id).first()
    if row is None or not live().filter(pk=row.pk).update(accepted=timezone.now(), accepted_by=user):
        raise Gone(
            _("This invitation ran out or was used already."), kept=_("Nothing was changed. Ask for a new link.")
        )
    member = Membership.objects.filter(campaign=row.campaign, user=user).first()
    if member is not None:
        raise Conflict(
            _("You are in this campaign already, as %(role)s.") % {"role": member.get_role_display()},
            kept=_("Your role stays; the link is unused."),
        )
    return campaigns.join(campaign=row.campaign, user=user, role=row.role, actor=row.invited_by)


@transaction.atomic
def withdraw(*, campaign: Campaign, invitation_id: int, actor: User) -> None:
    """Let an unused invitation run out now."""
    if not live().filter(pk=invitation_id, campaign=campaign).update(expires=timezone.now()):
        raise Conflict(_("This invitation was used or ran out already."))
    audit.record(verb="invitation.withdrawn", actor_id=actor.pk, campaign_id=campaign.pk, invitation=invitation_id)


def open_in(*, campaign: Campaign) -> QuerySet[Invitation]:
    """The campaign's unused invitations, the next to run out first."""
    return live().filter(campaign=campaign).select_related("invited_by").defer("digest").order_by("expires")
