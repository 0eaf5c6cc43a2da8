"""What people said of a campaign's pairs, in canonical terms, for figures on agreement. Read only."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from django.db.models import F

from annotate.domain.record import pseudonym
from annotate.models import Campaign, Judgement, Verdict
from annotate.models.protocol import Choice

Fact = Literal["judgements", "verdicts"]
CHOICES: list[str] = list(Choice.values)
CLAIM = {"judgements": "claim", "verdicts": "judgement__claim"}
PAGE = 2000


@dataclass(frozen=True, slots=True)
class Opinion:
    """One person's choice of one pair: "a", "b", "equal", "undecidable" or "broken". `person` is a pseudonym."""

    pair_id: int
    person: str
    choice: str
    strength: int | None

    @property
    def signed(self) -> int | None:
        return signed(self.choice, self.strength)


def signed(choice: str, strength: int | None) -> int | None:
    """-3 (clearly b) to 3 (clearly a), 0 for equal; None where no preference was stated."""
    if choice == "equal":
        return 0
    return None if strength is None else strength if choice == "a" else -strength


def of_campaign(*, campaign: Campaign, fact: Fact) -> Iterator[Opinion]:
    """Those of the campaign's own work that count, in the order in which they came.

    Judgements are what each person said alone, before any reveal; verdicts what they said after it. What came too
    late is kept but does not count; practice and qualification are no work.
    """
    claim = CLAIM[fact]
    facts = Judgement.objects.all() if fact == "judgements" else Verdict.objects.all()
    rows = (
        facts.filter(**{f"{claim}__campaign": campaign, f"{claim}__round": 0}, surplus=False)
        .order_by("created", "pk")
        .values_list(F(f"{claim}__pair_id"), F(f"{claim}__annotator_id"), "choice", "strength")
    )
    for pair_id, annotator_id, choice, strength in rows.iterator(PAGE):
        yield Opinion(pair_id, pseudonym(annotator_id), choice, strength)


def named(slug: str) -> Campaign | None:
    return Campaign.objects.filter(slug=slug).first()
