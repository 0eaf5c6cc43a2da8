"""A training pipeline reads a release over HTTP: datasets loads both formats, TRL's RewardTrainer takes a step."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stack import DATABASES, Stack, wait_until

pytestmark = pytest.mark.stack

MAKE = """
from tests.cast import make_cast
from tests.gold import make_gold
cast = make_cast()
for number in range(8):
    make_gold(cast, number, "ab"[number % 2], "ab"[number % 2], help=number % 3 == 0)
make_gold(cast, 99, "equal", "equal")
"""


@pytest.mark.parametrize("database", DATABASES)
def test_a_release_loads_over_http_and_trains(database: Any, tmp_path: Path) -> None:
    with Stack(home=tmp_path / "home", database=database, broker="filesystem") as stack:
        stack.shell(MAKE)
        who = ("mira", "--role", "manager", "--campaign", "bench", "--token", "releases:read", "--json")
        token = json.loads(stack.manage("create_user", *who))["token"]
        stack.manage("freeze_release", "bench", "1.0")
        address = f"{stack.web()}/api/v1/releases/1/files"
        reader = stack.start("pipeline", sys.executable, "-m", "tests.api.pipeline", address, token, str(tmp_path))
        wait_until(lambda: not reader.running(), seconds=180)
        assert reader.log().endswith("trained\n"), reader.log()
