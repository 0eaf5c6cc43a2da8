"""Many people at once, as processes, on both engines: no pair twice, none forgotten, none too often."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import DATABASES, Process, Stack, wait_until

pytestmark = pytest.mark.stack
PAIRS, PEOPLE = 60, 6

FILL = f"""
from tests.cast import make_pair, make_user
from annotate.domain.campaigns import create_campaign, join
campaign = create_campaign(slug="race", overlap=2)
for number in range({PEOPLE}):
    join(campaign=campaign, user=make_user(f"p{{number}}"), role="annotator")
for number in range({PAIRS}):
    make_pair(campaign, number)
"""
EXPIRE = """
from annotate.models import Claim
from django.utils import timezone
Claim.objects.update(expires=timezone.now())
"""
LATE = """
from annotate.domain import protocol
from annotate.models import Claim
from tests.racer import favour
for claim in Claim.objects.filter(cause="expired"):
    said = favour(claim)
    protocol.judge(claim_id=claim.pk, user=claim.annotator, said=said)
    print(protocol.decide(claim_id=claim.pk, user=claim.annotator, said=said).surplus)
"""


@pytest.fixture(params=DATABASES)
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    with Stack(home=tmp_path, database=request.param) as stack:
        stack.shell(FILL)
        yield stack


def race(stack: Stack, name: str, *mode: str) -> Process:
    return stack.start(name, sys.executable, "-m", "tests.racer", "race", name, *mode)


def finish(racers: list[Process]) -> list[int]:
    """What each racer printed. A racer that failed fails the test with its traceback."""
    wait_until(lambda: not any(racer.running() for racer in racers), seconds=120)
    assert [racer.popen.returncode for racer in racers] == [0] * len(racers), [racer.log() for racer in racers]
    return [int(racer.log().split()[-1]) for racer in racers]


@pytest.mark.parametrize("mode", [[], ["ahead"]], ids=["one by one", "reserving ahead"])
def test_sixty_pairs_and_two_seats_end_with_exactly_120_verdicts(stack: Stack, mode: list[str]) -> None:
    given = finish([race(stack, f"p{number}", *mode) for number in range(PEOPLE)])
    assert sum(given) == 2 * PAIRS
    assert stack.sql("SELECT count(*) FROM annotate_judgement") == [(2 * PAIRS,)]
    assert stack.sql("SELECT count(*), count(DISTINCT pair_id) FROM annotate_gold") == [(PAIRS, PAIRS)]
    shape = """
        WITH c(pair, claims, seats, sides, people) AS (
          SELECT pair_id, count(*), count(DISTINCT seat), count(DISTINCT "left"), count(DISTINCT annotator_id)
          FROM annotate_claim WHERE finished IS NOT NULL GROUP BY pair_id)
        SELECT DISTINCT claims, seats, sides, people FROM c
    """
    assert stack.sql(shape) == [(2, 2, 2, 2)]
    assert stack.sql("SELECT count(*) FROM annotate_claim WHERE finished IS NULL AND NOT ahead") == [(0,)]


def test_seats_of_killed_people_come_back_and_what_they_send_late_is_surplus(stack: Stack) -> None:
    held = [race(stack, f"p{number}", "hold") for number in range(4)]
    wait_until(lambda: all(racer.log().strip() for racer in held), seconds=60)
    for racer in held:
        racer.kill()
    stack.shell(EXPIRE)
    others = [race(stack, f"p{number}") for number in (4, 5)]
    assert sum(finish(others)) == 2 * PAIRS
    assert stack.shell(LATE).split() == ["True"] * 4
    assert stack.sql("SELECT surplus, count(*) FROM annotate_verdict GROUP BY surplus ORDER BY surplus") == [
        (False, 2 * PAIRS),
        (True, 4),
    ]
    assert stack.sql("SELECT count(*) FROM annotate_gold") == [(PAIRS,)]
