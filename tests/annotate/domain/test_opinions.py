"""What counts as an opinion of a campaign, in canonical terms."""

import pytest

from annotate.domain import opinions
from annotate.domain.opinions import Opinion
from annotate.domain.record import pseudonym
from annotate.models import Claim, Judgement
from tests.cast import make_cast, make_pair
from tests.gold import decide

pytestmark = pytest.mark.django_db


def test_choices_are_canonical_and_people_pseudonyms() -> None:
    cast = make_cast(third=False)
    pair = make_pair(cast.campaign)
    decide(cast, cast.ana, "b", strength=3)
    decide(cast, cast.ben, "equal")
    expected = [
        Opinion(pair.pk, pseudonym(cast.ana.pk), "b", 3),
        Opinion(pair.pk, pseudonym(cast.ben.pk), "equal", None),
    ]
    assert list(opinions.of_campaign(campaign=cast.campaign, fact="judgements")) == expected
    assert list(opinions.of_campaign(campaign=cast.campaign, fact="verdicts")) == expected


def test_what_came_too_late_does_not_count() -> None:
    cast = make_cast(third=False)
    make_pair(cast.campaign)
    decide(cast, cast.ana, "a")
    claim = Claim.objects.get()
    late = Claim.objects.create(
        pair=claim.pair, campaign=cast.campaign, annotator=cast.ben, protocol=claim.protocol, seat=1, left="a",
        reveal_policy="always", expires=claim.expires, abandoned=claim.claimed,
    )  # fmt: skip
    Judgement.objects.create(claim=late, choice="a", strength=1, confidence=1, reason="Late.", surplus=True)
    assert len(list(opinions.of_campaign(campaign=cast.campaign, fact="judgements"))) == 1


@pytest.mark.parametrize(
    ("choice", "strength", "signed"),
    [("a", 3, 3), ("b", 2, -2), ("equal", None, 0), ("undecidable", None, None), ("broken", None, None)],
)
def test_signed_strength(choice: str, strength: int | None, signed: int | None) -> None:
    assert Opinion(1, "p", choice, strength).signed == signed
