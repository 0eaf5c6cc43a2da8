"""What pages count: a person's own work and a campaign's progress. Each function takes a fixed number of statements."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from annotate.domain import adjudication, disclosure, leases, progress
from annotate.models import (
    Assistance,
    Attempt,
    Campaign,
    Claim,
    Gold,
    Judgement,
    KnownAnswer,
    Membership,
    Pair,
    QueueEntry,
    User,
)
from annotate.models.campaign import Purpose, Role
from annotate.models.gold import Origin
from annotate.models.pair import QueueState
from annotate.models.protocol import SIDES, UNOPENED

Shown = dict[str, Any]
LISTED = 100  # rows of a list on a page; the count beside it says how many there are
EXCERPT = 160


def midnight() -> datetime:
    """When today began, in the server's time zone."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def own_progress(*, campaign_id: int, user_id: int) -> dict[str, int]:
    """How many pairs of the campaign this person finished, ever and today. One statement."""
    finished = Claim.objects.filter(annotator_id=user_id, campaign_id=campaign_id, finished__isnull=False)
    return finished.aggregate(done=Count("pk"), today=Count("pk", filter=Q(finished__gte=midnight())))


# What a reveal did to a person's own judgements: verdicts that had one, those that changed anything, and those that
# went over to another choice.
_AFTER_REVEAL = Q(judgement__verdict__reveal__isnull=False)
SWITCHES = {
    "revealed": Count("pk", filter=_AFTER_REVEAL),
    "changed": Count("pk", filter=_AFTER_REVEAL & Q(judgement__verdict__changed=True)),
    "switched": Count("pk", filter=_AFTER_REVEAL & ~Q(judgement__verdict__choice=F("judgement__choice"))),
}


def own_switches(*, campaign_id: int, user_id: int) -> dict[str, int]:
    """This person's verdicts after a reveal in the campaign, how many changed, how many switched. One statement."""
    claims = Claim.objects.filter(annotator_id=user_id, campaign_id=campaign_id, finished__isnull=False)
    return claims.aggregate(**SWITCHES)


def my_work(*, user: User) -> list[Shown]:
    """The campaigns this person is in with what waits for them there, those with work first. Ten statements."""
    members = list(
        Membership.objects.filter(user=user).select_related("campaign").order_by("campaign__name", "campaign_id")
    )
    ids = [member.campaign_id for member in members]
    done, left = _done(user, ids), _left(user, ids)
    states, disputes = _states(ids), _disputes(user, ids)
    learning = _learning(user, [member.campaign_id for member in members if member.role == Role.ANNOTATOR])
    rows: list[Shown] = [
        {
            "slug": member.campaign.slug,
            "name": member.campaign.name,
            "role": member.role,
            "role_name": member.get_role_display(),
            **dict.fromkeys(("done", "today", "held", *SWITCHES), 0),
            **done.get(member.campaign_id, {}),
            "left": left.get(member.campaign_id, 0),
            "qualify": _qualify(member, learning.get((member.campaign_id, "attempts"), 0)),
            "practice": learning.get((member.campaign_id, "practice"), 0),
            "practised": learning.get((member.campaign_id, "practised"), 0),
            "disputes": disputes.get(member.campaign_id, 0),
            "pairs": sum(states.get(member.campaign_id, {}).values()),
            "settled": states.get(member.campaign_id, {}).get(QueueState.SETTLED, 0),
        }
        for member in members
    ]
    return sorted(rows, key=_idle)


def _idle(row: Shown) -> tuple[bool, bool]:
    """Sorts what is in the person's hands first, then what has work for them."""
    work = row["left"] if row["role"] == Role.ANNOTATOR else row["disputes"]
    return not row["held"], not work


def _done(user: User, ids: list[int]) -> dict[int, dict[str, int]]:
    rows = Claim.objects.filter(annotator=user, campaign_id__in=ids, abandoned__isnull=True).values("campaign_id")
    counted = rows.annotate(
        done=Count("pk", filter=Q(finished__isnull=False)),
        today=Count("pk", filter=Q(finished__gte=midnight())),
        held=Count("pk", filter=Q(finished__isnull=True)),
        **SWITCHES,
    )
    names = ("done", "today", "held", *SWITCHES)
    found: list[Shown] = [{**row} for row in counted.order_by()]
    return {row["campaign_id"]: {name: row[name] for name in names} for row in found}


def _learning(user: User, ids: list[int]) -> dict[tuple[int, str], int]:
    """(campaign, what): pairs to practise, how many of them this person did, and their attempts to qualify."""
    if not ids:
        return {}
    here = {"pair__campaign__serves_id__in": ids, "pair__campaign__purpose": Purpose.PRACTICE}
    answers = KnownAnswer.objects.filter(retired__isnull=True, **here).order_by()
    did = Claim.objects.filter(annotator=user, finished__isnull=False, **here).order_by()
    attempts = Attempt.objects.filter(user=user, campaign_id__in=ids).order_by()
    found: dict[tuple[int, str], int] = {}
    for pk, n in answers.values_list("pair__campaign__serves_id").annotate(n=Count("pk")):
        found[pk, "practice"] = n
    for pk, n in did.values_list("pair__campaign__serves_id").annotate(n=Count("pair", distinct=True)):
        found[pk, "practised"] = n
    for pk, n in attempts.values_list("campaign_id").annotate(n=Count("pk")):
        found[pk, "attempts"] = n
    return found


def _qualify(member: Membership, attempts: int) -> Shown | None:
    """What still stands between this person and their first pair; None: nothing."""
    campaign = member.campaign
    if not campaign.qualify_pairs or member.qualified is not None:
        return None
    allowed = campaign.qualify_attempts + member.more_attempts
    return {"pairs": campaign.qualify_pairs, "percent": campaign.qualify_percent, "left": max(0, allowed - attempts)}


def _left(user: User, ids: list[int]) -> dict[int, int]:
    """Pairs that this person never held, with a seat that is free or that somebody else only reserved."""
    free = QueueEntry.objects.filter(campaign_id__in=ids, free__gt=0)
    held = Claim.objects.filter(~UNOPENED, annotator=user)
    mine = held.filter(pair_id__in=free.values("pair_id"))
    taken = dict(mine.values_list("campaign_id").annotate(n=Count("pk")).order_by())
    open_pairs = free.values_list("campaign_id").annotate(n=Count("pk")).order_by()
    reserved = Claim.objects.filter(leases.LIVE, ahead=True, campaign_id__in=ids, pair__queue__free=0)
    others = reserved.filter(~Exists(held.filter(pair_id=OuterRef("pair_id"))))
    found = {campaign_id: n - taken.get(campaign_id, 0) for campaign_id, n in open_pairs}
    for campaign_id, n in others.values_list("campaign_id").annotate(n=Count("pair", distinct=True)).order_by():
        found[campaign_id] = found.get(campaign_id, 0) + n
    return found


def _states(ids: list[int]) -> dict[int, dict[str, int]]:
    rows = QueueEntry.objects.filter(campaign_id__in=ids).values_list("campaign_id", "state")
    found: dict[int, dict[str, int]] = {}
    for campaign_id, state, count in rows.annotate(n=Count("pk")).order_by():
        found.setdefault(campaign_id, {})[state] = count
    return found


def _disputes(user: User, ids: list[int]) -> dict[int, int]:
    judged = Claim.objects.filter(annotator=user, judgement__isnull=False)
    rows = QueueEntry.objects.filter(campaign_id__in=ids, state=QueueState.DISPUTED)
    rows = rows.exclude(pair__claims__in=judged)
    return dict(rows.values_list("campaign_id").annotate(n=Count("pk")).order_by())


def funnel(*, campaign: Campaign) -> Shown:
    """From imported to gold, in pairs; strata and disputes beside it. Three statements."""
    states = adjudication.counts(campaign=campaign)
    judged = Judgement.objects.filter(claim__campaign=campaign, surplus=False).aggregate(
        pairs=Count("claim__pair", distinct=True), judgements=Count("pk")
    )
    current = Gold.objects.filter(campaign=campaign, superseded_by__isnull=True).values_list("label", "origin")
    labels: dict[str, int] = {}
    adjudicated = 0
    for label, origin, count in current.annotate(n=Count("pk")).order_by():
        labels[label] = labels.get(label, 0) + count
        adjudicated += count if origin == Origin.ADJUDICATION else 0
    return {
        "imported": sum(states.values()),
        "judged": judged["pairs"],
        "judgements": judged["judgements"],
        "settled": states.get(QueueState.SETTLED, 0),
        "disputed": states.get(QueueState.DISPUTED, 0),
        "adjudicated": adjudicated,
        "gold": sum(count for label, count in labels.items() if label in SIDES),
        "strata": {label: labels.get(label, 0) for label in ("equal", "undecidable", "broken")},
    }


def people(*, campaign: Campaign) -> list[Shown]:
    """Everybody in the campaign with what they finished, today and ever; who does most today first. Two statements."""
    finished = Claim.objects.filter(campaign=campaign, finished__isnull=False).values("annotator_id")
    rows = finished.annotate(
        done=Count("pk"), today=Count("pk", filter=Q(finished__gte=midnight())), last=Max("finished")
    )
    counted: dict[int, Shown] = {row["annotator_id"]: {**row} for row in rows.order_by()}
    members = Membership.objects.filter(campaign=campaign).select_related("user")
    none: Shown = {"done": 0, "today": 0, "last": None}
    shown = [
        {
            "id": member.user_id,
            "username": member.user.username,
            "active": member.user.is_active,
            "role": member.role,
            "role_name": member.get_role_display(),
            "joined": member.created,
            **{name: counted.get(member.user_id, none)[name] for name in none},
        }
        for member in members.order_by("user__username")
    ]
    return sorted(shown, key=lambda person: (-person["today"], -person["done"], person["role"]))


def dispute_list(*, campaign: Campaign, user: User) -> Shown:
    """What waits for a reviewer and what waits for a third person, oldest first. Nine statements."""
    disputed = adjudication.disputes(campaign=campaign, user=user)
    waiting = adjudication.waiting_for_third(campaign=campaign)
    return {
        "disputed": _listed(disputed),
        "disputed_count": disputed.count(),
        "waiting": _listed(waiting),
        "waiting_count": waiting.count(),
    }


def _listed(entries: QuerySet[QueueEntry]) -> list[Shown]:
    """The first rows, with since when their verdicts differ, their category and how the conversation begins."""
    dated = entries.annotate(
        since=Max("pair__verdicts__created"),
        verdicts=Count("pair__verdicts", filter=Q(pair__verdicts__surplus=False)),
    )
    rows = list(dated.values("pair_id", "since", "verdicts")[:LISTED])
    ids = [row["pair_id"] for row in rows]
    categories = _categories(ids)
    asked = dict(Pair.objects.filter(pk__in=ids).values_list("pk", "conversation"))
    return [
        row | {"category": categories.get(row["pair_id"], ""), "asked": excerpt(asked[row["pair_id"]])} for row in rows
    ]


def _categories(ids: Iterable[int]) -> dict[int, str]:
    of_pair: dict[int, list[Assistance]] = {}
    for row in Assistance.objects.filter(pair_id__in=ids, kind="attributes").defer("blob"):
        of_pair.setdefault(row.pair_id, []).append(row)
    best = {pair_id: disclosure.best_of(rows)["attributes"] for pair_id, rows in of_pair.items()}
    shown = {pair_id: disclosure.show_attributes(row) for pair_id, row in best.items()}
    return {pair_id: attributes["task_category"] for pair_id, attributes in shown.items() if attributes}


def excerpt(conversation: list[dict[str, str]]) -> str:
    """How the last thing the user said begins, on one line."""
    said = [message["content"] for message in conversation if message["role"] == "user"]
    text = " ".join((said or [""])[-1].split())
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1].rstrip() + "…"


def assistance_table(*, campaign: Campaign) -> list[Shown]:
    """Per kind how much is ready, in work and parked. One statement."""
    counted = progress.progress(campaign=campaign)
    return [
        {
            "kind": kind,
            "ready": states.get("done", 0),
            "in_work": states.get("wanted", 0) + states.get("leased", 0),
            "parked": states.get("parked", 0),
            "all": sum(states.values()),
        }
        for kind, states in counted.items()
    ]
