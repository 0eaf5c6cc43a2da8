"""Workers that die, brokers that forget: no row is lost and none is answered twice. Real processes throughout."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.stack import Broker, Database, Process, Stack, wait_until

pytestmark = pytest.mark.stack

PAIRS = 24
BOTH = pytest.mark.parametrize(("database", "broker"), [("sqlite", "filesystem"), ("postgresql", "redis")])
SETTINGS = {
    "ASSISTANCE_KINDS": "embed,reward",
    "EMBED_MODEL": "fake:100",
    "REWARD_MODEL": "fake:100",
    "EMBED_BATCH": "6",
    "REWARD_BATCH": "6",
    "ASSISTANCE_LEASE": "3",
    "TICK_SECONDS": "1",
}


def start(home: Path, database: Database, broker: Broker, **changes: str) -> Stack:
    return Stack(home=home, database=database, broker=broker, environment=SETTINGS | changes)


def load(stack: Stack, pairs: int = PAIRS) -> None:
    """Import pairs, each of which wants assistance of both kinds."""
    path = stack.home / "pairs.jsonl"
    lines = [
        {"prompt": f"What is {n}+1?", "response_a": f"{n + 1}", "response_b": f"{n}", "label": 1} for n in range(pairs)
    ]
    path.write_text("\n".join(map(json.dumps, lines)))
    stack.manage("import_pairs", str(path), "--campaign", "killed")


def count(stack: Stack, where: str) -> int:
    return int(stack.sql(f"SELECT count(*) FROM annotate_assistance WHERE {where}")[0][0])


def in_the_middle(stack: Stack) -> bool:
    return count(stack, "state = 'done'") >= 6 and count(stack, "state = 'leased'") > 0


def finish(stack: Stack, *workers: Process, pairs: int = PAIRS) -> None:
    """Every row gets done, and every answer was recorded exactly once."""
    try:
        wait_until(lambda: count(stack, "state <> 'done'") == 0, seconds=60)
    except pytest.fail.Exception:
        pytest.fail("\n".join(worker.log()[-4000:] for worker in workers))
    recorded = [event_row(data) for (data,) in stack.sql(RECORDED)]
    assert len(recorded) == len(set(recorded)) == 2 * pairs


RECORDED = "SELECT data FROM annotate_auditevent WHERE verb = 'assistance.recorded'"


def event_row(data: Any) -> int:
    return int((json.loads(data) if isinstance(data, str) else data)["assistance"])


@BOTH
def test_a_worker_killed_in_the_middle_of_a_batch(database: Database, broker: Broker, tmp_path: Path) -> None:
    with start(tmp_path, database, broker) as stack:
        load(stack)
        stack.beat()
        first = stack.worker()
        wait_until(lambda: in_the_middle(stack))
        first.kill()
        assert count(stack, "state = 'leased'") > 0
        stack.flush_broker()
        second = stack.worker()
        finish(stack, first, second)
        assert count(stack, "attempts = 2") > 0


@BOTH
def test_a_flushed_broker(database: Database, broker: Broker, tmp_path: Path) -> None:
    with start(tmp_path, database, broker) as stack:
        load(stack)
        stack.beat()
        worker = stack.worker()
        wait_until(lambda: in_the_middle(stack))
        for _ in range(5):
            stack.flush_broker()
            time.sleep(0.2)
        finish(stack, worker)
        assert worker.running()


@BOTH
def test_two_workers_share_the_work_and_one_is_told_to_stop(database: Database, broker: Broker, tmp_path: Path) -> None:
    with start(tmp_path, database, broker, EMBED_MODEL="fake:800", REWARD_MODEL="fake:800") as stack:
        load(stack, pairs=12)
        stack.beat()
        one, two = stack.worker("-n", "one@%h"), stack.worker("-n", "two@%h")
        wait_until(lambda: count(stack, "state = 'leased'") == 12)
        time.sleep(3.5)  # longer than the lease: a batch of five seconds keeps its own
        assert one.stop() == 0, one.log()  # by itself, before it is killed
        finish(stack, one, two, pairs=12)
        assert count(stack, "attempts > 1") == 0
