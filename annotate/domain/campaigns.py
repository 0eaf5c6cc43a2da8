"""Campaigns, their protocol and their people."""

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.domain import audit
from annotate.domain.defaults import DEFAULT_RULES, DEFAULT_TEXT
from annotate.domain.errors import Conflict, Invalid, one_of
from annotate.models import Campaign, Membership, Protocol, User
from annotate.models.campaign import Purpose, RevealPolicy, Role


def default_protocol() -> Protocol:
    """Version 1 of the protocol of docs/protocol.md, made at first need."""
    protocol, _new = Protocol.objects.get_or_create(
        name="Assay protocol", version=1, campaign=None, defaults={"text": DEFAULT_TEXT, "rules": DEFAULT_RULES}
    )
    return protocol


def check_settings(*, overlap: int, reveal: str, lease_minutes: int) -> None:
    """Refuse settings outside overlap 1 to 9, a known reveal policy, leases of 1 minute to 8 hours."""
    wrong = {}
    if not 1 <= overlap <= 9:
        wrong["overlap"] = _("between 1 and 9 people a pair")
    if reveal not in RevealPolicy.values:
        wrong["reveal"] = one_of(RevealPolicy.values)
    if not 1 <= lease_minutes <= 480:
        wrong["lease_minutes"] = _("between 1 and 480 minutes")
    if wrong:
        raise Invalid(_("The campaign's settings are not acceptable."), fields=wrong)


@transaction.atomic
def create_campaign(
    *,
    slug: str,
    name: str = "",
    overlap: int = 2,
    reveal: str = RevealPolicy.ALWAYS,
    lease_minutes: int = 30,
    actor: User | None = None,
) -> Campaign:
    """A new campaign under the default protocol; its slug must be free. Whoever makes it manages it."""
    check_settings(overlap=overlap, reveal=reveal, lease_minutes=lease_minutes)
    if Campaign.objects.filter(slug=slug).exists():
        raise Conflict(_("There is a campaign “%(slug)s” already.") % {"slug": slug})
    campaign = Campaign.objects.create(
        slug=slug,
        name=name or slug,
        overlap=overlap,
        reveal=reveal,
        lease_minutes=lease_minutes,
        protocol=default_protocol(),
    )
    if actor is not None:
        Membership.objects.create(campaign=campaign, user=actor, role=Role.MANAGER)
    audit.record(
        verb="campaign.created",
        actor_id=actor.pk if actor else None,
        campaign_id=campaign.pk,
        overlap=overlap,
        reveal=reveal,
        lease_minutes=lease_minutes,
    )
    return campaign


def get_or_create_campaign(*, slug: str) -> Campaign:
    """The campaign, made with the defaults where it is missing (commands name campaigns that way)."""
    return Campaign.objects.filter(slug=slug).first() or create_campaign(slug=slug)


@transaction.atomic
def change_settings(
    *,
    campaign: Campaign,
    actor: User,
    overlap: int,
    reveal: str,
    lease_minutes: int,
    name: str = "",
) -> None:
    """Change what holds from now on: claims keep the policy they were made under, pairs already queued keep their
    seats. Which protocol is in force is not among it (versions.put_in_force)."""
    check_settings(overlap=overlap, reveal=reveal, lease_minutes=lease_minutes)
    campaign.overlap, campaign.reveal, campaign.lease_minutes = overlap, reveal, lease_minutes
    campaign.name = name or campaign.name
    campaign.save(update_fields=["overlap", "reveal", "lease_minutes", "name"])
    campaign.sets.update(lease_minutes=lease_minutes)
    campaign.sets.filter(purpose=Purpose.PRACTICE).update(reveal=reveal)
    audit.record(
        verb="campaign.changed",
        actor_id=actor.pk,
        campaign_id=campaign.pk,
        overlap=overlap,
        reveal=reveal,
        lease_minutes=lease_minutes,
    )


@transaction.atomic
def join(*, campaign: Campaign, user: User, role: str, actor: User | None = None) -> Membership:
    """Give a person their one role in the campaign, or change it."""
    if role not in Role.values:
        raise Invalid(_("No such role."), fields={"role": one_of(Role.values)})
    if campaign.purpose != Purpose.WORK:
        raise Invalid(_("Nobody joins a set: join the campaign that it serves."), fields={"campaign": _("not a set")})
    member, _new = Membership.objects.update_or_create(campaign=campaign, user=user, defaults={"role": role})
    audit.record(
        verb="member.joined", actor_id=actor.pk if actor else None, campaign_id=campaign.pk, user=user.pk, role=role
    )
    return member
