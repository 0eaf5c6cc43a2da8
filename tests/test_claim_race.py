"""One person in several windows at once, over HTTP, on both engines: however many ask, they hold one claim."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from urllib.request import Request, urlopen

import pytest

from tests.stack import DATABASES, Stack

pytestmark = pytest.mark.stack
PEOPLE, WINDOWS = 6, 5

FILL = f"""
from tests.cast import make_pair, make_user
from annotate.domain import tokens
from annotate.domain.campaigns import create_campaign, join
campaign = create_campaign(slug="race", overlap=2)
for number in range(20):
    make_pair(campaign, number)
for number in range({PEOPLE}):
    user = make_user(f"p{{number}}")
    join(campaign=campaign, user=user, role="annotator")
    print(tokens.issue(user=user, scopes=["annotate"]))
"""
HELD = "SELECT count(*), count(DISTINCT annotator_id), count(DISTINCT pair_id || ':' || seat) FROM annotate_claim"
FREE = "SELECT sum((free & 1) + (free >> 1)) FROM annotate_queueentry"


def claim(url: str, token: str, together: Barrier) -> tuple[int, int]:
    """The answer's status and the claim's id."""
    request = Request(f"{url}/api/v1/campaigns/race/claims", b"", {"Authorization": f"Bearer {token}"})
    together.wait(30)
    with urlopen(request, timeout=60) as answer:
        return answer.status, json.load(answer)["id"]


@pytest.mark.parametrize("database", DATABASES)
def test_who_asks_several_times_at_once_holds_one_claim(database: str, tmp_path: Path) -> None:
    with Stack(home=tmp_path, database=database) as stack, ThreadPoolExecutor(WINDOWS) as windows:
        given = stack.shell(FILL).split()
        url = stack.web(workers=2, threads=4)
        for token in given:
            together = Barrier(WINDOWS)
            answers = list(windows.map(lambda _: claim(url, token, together), range(WINDOWS)))  # noqa: B023
            assert len({claim_id for _, claim_id in answers}) == 1
            assert sorted(status for status, _ in answers) == [200] * (WINDOWS - 1) + [201]
        assert stack.sql(HELD) == [(PEOPLE, PEOPLE, PEOPLE)]
        assert stack.sql(FREE) == [(2 * 20 - PEOPLE,)]
