"""Who may do what, decided here for pages, API and tools alike."""

from typing import Literal

from django.db.models import Q
from django.utils.translation import gettext as _

from annotate.domain.compiled import Compiled
from annotate.domain.errors import Missing, Refused, Unqualified
from annotate.models import Campaign, Claim, Membership, User
from annotate.models.protocol import UNOPENED

Act = Literal["annotate", "learn", "review", "manage"]

MAY: dict[str, frozenset[Act]] = {
    "annotator": frozenset({"annotate", "learn"}),
    "reviewer": frozenset({"review"}),
    "manager": frozenset({"review", "manage"}),
}

MEMBER = Compiled(
    lambda user_id, slug: Membership.objects.select_related("campaign__protocol").filter(
        user_id=user_id, campaign__slug=slug
    ),
    int,
    str,
)


def require(*, user_id: int, slug: str, act: Act | None = None) -> tuple[Campaign, str]:
    """The campaign and this person's role in it, in one statement.

    A campaign they are no member of is as missing as one that does not exist; an act their role lacks is refused, and
    so is `annotate` where it has to be earned first. `learn` is what earns it.
    """
    member = MEMBER.first(user_id, slug)
    if member is None:
        raise Missing(_("There is no campaign “%(slug)s” for you.") % {"slug": slug})
    if act is not None and act not in MAY[member.role]:
        raise Refused(_("Your role here, %(role)s, does not allow this.") % {"role": member.get_role_display()})
    if act == "annotate" and member.campaign.qualify_pairs and member.qualified is None:
        raise unqualified(member.campaign)
    return member.campaign, member.role


def unqualified(campaign: Campaign) -> Unqualified:
    words = _(
        "Qualify before you judge here: %(pairs)d pairs whose right answer is known, at least %(percent)d %% of them "
        "answered right. “Qualify” stands in My work; a program posts to campaigns/%(slug)s/qualification/claims."
    )
    asked = {"pairs": campaign.qualify_pairs, "percent": campaign.qualify_percent, "slug": campaign.slug}
    return Unqualified(words % asked, slug=campaign.slug)


def annotators_left(*, campaign_id: int, pair_id: int) -> int:
    """How many annotators of the campaign, who may judge, never held a claim on the pair."""
    may = Q(memberships__campaign__qualify_pairs=0) | Q(memberships__qualified__isnull=False)
    here = Q(is_active=True, memberships__campaign_id=campaign_id, memberships__role="annotator")
    held = Claim.objects.filter(~UNOPENED, pair_id=pair_id)
    return User.objects.filter(here & may).exclude(pk__in=held.values("annotator_id")).count()


def may_create_campaigns(*, user: User) -> bool:
    """Superusers, and whoever manages a campaign already."""
    return user.is_superuser or Membership.objects.filter(user=user, role="manager").exists()


def require_to_read_benchmarks(*, user: User) -> None:
    """Results name models, which annotators must not know: for managers and the operator."""
    if not may_create_campaigns(user=user):
        raise Refused(_("Results on benchmarks are for managers and the operator."))


def require_to_create(*, user: User) -> None:
    if not may_create_campaigns(user=user):
        raise Refused(_("Only managers and the operator make campaigns. Ask one of them."))
