"""The small cast all tests share: two annotators, a third, a reviewer, a manager, and somebody who must be refused."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from annotate.domain import audit, documents
from annotate.domain.campaigns import create_campaign, join
from annotate.models import Assistance, Campaign, Document, Pair, QueueEntry, User
from curation import documents as reading


@dataclass(frozen=True)
class Cast:
    campaign: Campaign
    ana: User
    ben: User
    chen: User
    rita: User
    mira: User
    stranger: User


ROLES = {"ana": "annotator", "ben": "annotator", "chen": "annotator", "rita": "reviewer", "mira": "manager"}


def make_cast(*, third: bool = True, slug: str = "bench", **settings: Any) -> Cast:
    """A campaign with its people; `third=False` leaves chen out of it."""
    campaign = create_campaign(slug=slug, **settings)
    people = {name: make_user(name) for name in [*ROLES, "stranger"]}
    for name, role in ROLES.items():
        if third or name != "chen":
            join(campaign=campaign, user=people[name], role=role)
    return Cast(campaign=campaign, **people)


def make_user(name: str) -> User:
    return User.objects.filter(username=name).first() or User.objects.create_user(
        name, f"{name}@example.org", "demo-pass-1"
    )


def make_pair(campaign: Campaign, number: int = 1, **fields: Any) -> Pair:
    """One pair, queued with the campaign's overlap, with no assistance. Content differs by number."""
    content = {
        "conversation": [{"role": "user", "content": f"Question {number}?"}],
        "response_a": [{"role": "assistant", "content": f"First answer {number}"}],
        "response_b": [{"role": "assistant", "content": f"Second answer {number}"}],
    }
    pair = Pair.objects.create(
        campaign=campaign, digest=sha256(f"{campaign.pk}:{number}".encode()).digest(), **(content | fields)
    )
    turn = audit.record(verb="pairs.imported", actor_id=None, campaign_id=campaign.pk, new=1)
    seats = campaign.overlap
    QueueEntry.objects.create(pair=pair, campaign=campaign, seats=seats, free=(1 << seats) - 1, turn=turn)
    return pair


def make_assistance(pair: Pair, kind: str, payload: dict[str, Any] | None = None, **fields: Any) -> Assistance:
    """A done row with a payload; without one, a wanted row."""
    from django.utils import timezone

    done = {"state": "done", "finished": timezone.now()} if payload is not None else {}
    return Assistance.objects.create(
        pair=pair, campaign_id=pair.campaign_id, kind=kind, payload=payload, **(done | fields)
    )


def make_document(
    campaign: Campaign, title: str = "Leap years", text: str = "2000 was one.", **fields: Any
) -> Document:
    """A document in the campaign's index."""
    made = reading.document(title=title, text=text, **fields)
    assert isinstance(made, reading.Document)
    documents.add(campaign=campaign, actor=None, documents=[(1, made)], source="cast.md")
    return Document.objects.latest("pk")


REWARD = {"score_a": 2.5, "score_b": -1.25, "margin": 3.75, "p": 0.977, "truncated": False}
ATTRIBUTES = {
    "task_category": "math",
    "objectivity": "objective",
    "controversiality": "low",
    "desired_attributes": "A right number.",
    "annotation_guideline": "The number decides.",
}
