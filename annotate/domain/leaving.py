"""Taking somebody out of a campaign: what they did stays, what they hold goes back."""

from django.db import transaction
from django.utils.translation import gettext as _

from annotate.domain import audit, leases
from annotate.domain.errors import Conflict, Missing
from annotate.models import Campaign, Membership, User
from annotate.models.campaign import Role


@transaction.atomic
def remove(*, campaign: Campaign, user_id: int, actor: User) -> User:
    """End a membership and free the seats of the pairs in hand. Judgements and verdicts stay and count as before.

    Conflict: they are the last manager. The managers' rows are locked, so that of two who remove each other one stays.
    """
    managers = Membership.objects.select_for_update().filter(campaign=campaign, role=Role.MANAGER, user__is_active=True)
    managing = set(managers.order_by("pk").values_list("user_id", flat=True))
    member = Membership.objects.select_related("user").filter(campaign=campaign, user_id=user_id).first()
    if member is None:
        raise Missing(_("This person is not in the campaign."))
    if managing == {user_id}:
        raise Conflict(_("A campaign keeps at least one manager."), kept=_("Nothing was changed."))
    role = member.role
    member.delete()
    leases.give_back_all(campaign=campaign, user_id=user_id, actor=actor)
    audit.record(verb="member.removed", actor_id=actor.pk, campaign_id=campaign.pk, user=user_id, role=role)
    return member.user
