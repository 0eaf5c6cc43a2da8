"""Set up the demo: a campaign of our own pairs with known right answers, and people to sign in as."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from annotate.domain import disclosure, documents, known, protocol, qualification
from annotate.domain.campaigns import get_or_create_campaign, join
from annotate.domain.imports import import_rows
from annotate.domain.protocol import Said
from annotate.models import Campaign, Document, KnownAnswer, User
from annotate.models.campaign import Purpose, Role
from annotate.models.protocol import SIDES
from curation.mapping import FieldMap
from curation.shapes import NO_MAP
from curation.sources import stream_rows

SLUG = "demo"
PASSWORD = "assay-demo"  # noqa: S105 printed on purpose; production is refused
PEOPLE = {"ana": "annotator", "ben": "annotator", "nora": "annotator", "rita": "reviewer", "mira": "manager"}
NEW_HERE = "nora"  # has neither practised nor qualified
PAIRS = Path(settings.BASE_DIR, "demo", "pairs.jsonl")
DOCUMENTS = Path(settings.BASE_DIR, "demo", "documents")
LEARNING = Path(settings.BASE_DIR, "demo", "learning.jsonl")
KNOWN = FieldMap.parse(["known_answer=answer", "explanation=why"])
ASKED = 5


class Command(BaseCommand):
    help = "Load the demo campaign and its people; run again, it changes nothing that is there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anyway", action="store_true", help="on PostgreSQL or with Redis too: passwords are public"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if (connection.vendor != "sqlite" or settings.REDIS_URL) and not options["anyway"]:
            raise CommandError(
                "The demo's passwords are public, and this looks like production. Say --anyway to do it."
            )
        campaign = get_or_create_campaign(slug=SLUG)
        for name, role in PEOPLE.items():
            invite(campaign, name, role)
        pairs = load(campaign, PAIRS, lambda row: True, NO_MAP)
        upload(campaign)
        if known.existing_set(campaign=campaign, purpose=Purpose.QUALIFICATION) is None:
            teach(campaign)
        self.stdout.write(banner(pairs=pairs))


def load(campaign: Campaign, path: Path, wanted: Callable[[Any], bool], fields: FieldMap) -> int:
    """Import the rows that are wanted; how many pairs there are of them."""
    with path.open("rb") as file:
        rows = ((number, row) for number, row in stream_rows(file, name=path.name) if wanted(row))
        report = import_rows(campaign=campaign, rows=rows, source="assay-demo", fields=fields)
    if report.rejected:
        raise CommandError(f"{path}: {report.rejected} rows were rejected, the first: {report.errors[0]}")
    return report.new + report.duplicate


def teach(campaign: Campaign) -> None:
    """Pairs to practise and to qualify on; all annotators but the newcomer have passed, each with an attempt."""
    for purpose in (Purpose.PRACTICE, Purpose.QUALIFICATION):
        home = known.set_of(campaign=campaign, purpose=purpose)
        load(home, LEARNING, lambda row, purpose=purpose: row["set"] == purpose, KNOWN)  # type: ignore[misc]
    mira = User.objects.get(username="mira")
    qualification.set_rules(campaign=campaign, actor=mira, pairs=ASKED, percent=80, attempts=3)
    for name, role in PEOPLE.items():
        if role == Role.ANNOTATOR and name != NEW_HERE:
            qualify(campaign, User.objects.get(username=name))


def qualify(campaign: Campaign, person: User) -> None:
    """Answer an attempt as is known, like somebody who passes; who judged here before has qualified already."""
    if qualification.standing(campaign=campaign, user=person)["qualified"]:
        return
    for _ in range(ASKED):
        claim, _new = qualification.claim_next(campaign=campaign, user=person)
        if claim is None:
            return
        answer = KnownAnswer.objects.get(pair_id=claim.pair_id, retired__isnull=True)
        said = Said(
            choice=disclosure.side(claim, answer.choice),
            strength=2 if answer.choice in SIDES else None,
            confidence=3,
            reason=answer.explanation,
        )
        protocol.judge(claim_id=claim.pk, user=person, said=said)


def upload(campaign: Campaign) -> None:
    """What the facts of the pairs can be looked up in. What a manager retired stays retired."""
    for path in sorted(DOCUMENTS.glob("*.md")):
        if not Document.objects.filter(campaign=campaign, source=path.name).exists():
            with path.open("rb") as file:
                documents.upload(campaign=campaign, actor=None, file=file, name=path.name)


@transaction.atomic
def invite(campaign: Campaign, name: str, role: str) -> None:
    """The person, made at the first time, and their role. Mira also looks into the admin."""
    person, new = User.objects.get_or_create(
        username=name, defaults={"email": f"{name}@example.org", "password": make_password(PASSWORD)}
    )
    if new:
        person.is_staff = person.is_superuser = role == "manager"
        person.save(update_fields=["is_staff", "is_superuser"])
        join(campaign=campaign, user=person, role=role)


def banner(*, pairs: int) -> str:
    people = "\n".join(
        f"    {name:<6}{PASSWORD}   {role}{', new here: practises and qualifies first' if name == NEW_HERE else ''}"
        for name, role in PEOPLE.items()
    )
    return f"""
  Assay, demo campaign: {pairs} pairs

    http://127.0.0.1:{settings.PORT}/

  Sign in as
{people}
"""
