"""External workers as processes without the server's database: killed, stopped, and nothing lost or doubled."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.stack import DATABASES, ROOT, Database, Process, Stack, wait_until
from tests.workers.engines import tiny
from tests.workers.test_killed import RECORDED, count, event_row

pytestmark = [pytest.mark.stack, pytest.mark.model]

FILE = ROOT / "demo" / "pairs.jsonl"
KINDS = ("embed", "differences", "reward")
SETTINGS = {"ASSISTANCE_KINDS": ",".join(KINDS), "REWARD_MODEL": "big = external:", "ASSISTANCE_LEASE": "5"}


class Cluster:
    """Another machine: its own home, models and settings, an empty database, and a token in a file."""

    def __init__(self, stack: Stack, home: Path) -> None:
        made = stack.manage(
            *("create_user", "gpu", "--role", "manager", "--campaign", "demo", "--token", "assist", "--json")
        )
        home.mkdir()
        (home / "token").write_text(json.loads(made)["token"])
        model = tiny.reward_model(home / "reward", shape="qwen3", bos=False)
        self.environment = {
            "ASSAY_HOME": str(home),
            "DATABASE_URL": f"sqlite:///{home / 'nothing.sqlite3'}",
            "REDIS_URL": "",
            "REWARD_MODEL": f"big = {model}",
            "EMBED_BATCH": "4",
            "REWARD_BATCH": "4",
            "DIFFERENCES_BATCH": "4",
        }
        self.stack, self.home = stack, home

    def worker(self, url: str, *arguments: str) -> Process:
        given = ("--campaign", "demo", "--remote", url, "--token-file", str(self.home / "token"))
        command = (sys.executable, "manage.py", "assist", *given, *arguments)
        return self.stack.start("external", *command, **self.environment)


def kill_while_it_holds_rows(stack: Stack, worker: Process) -> None:
    """Stopped first, so that it holds what it held when it was looked at."""

    def holding() -> bool:
        if not worker.running() or count(stack, "state = 'done'") < 6:
            return False
        os.killpg(worker.popen.pid, signal.SIGSTOP)
        time.sleep(0.1)  # what it asked for before has happened by then
        if count(stack, "state = 'leased'"):
            return True
        os.killpg(worker.popen.pid, signal.SIGCONT)
        return False

    wait_until(holding, every=0.05)
    worker.kill()


@pytest.mark.parametrize("database", DATABASES)
def test_killed_in_the_middle_another_finishes(database: Database, tmp_path: Path) -> None:
    with Stack(home=tmp_path / "server", database=database, environment=SETTINGS) as stack:
        stack.manage("import_pairs", str(FILE), "--campaign", "demo")
        pairs = count(stack, "kind = 'embed'")
        cluster = Cluster(stack, tmp_path / "cluster")
        url = stack.web(threads=4)
        first = cluster.worker(url)
        kill_while_it_holds_rows(stack, first)
        left = count(stack, "state <> 'done'")
        assert left > 0
        second = cluster.worker(url, "--stay")
        try:
            wait_until(lambda: count(stack, "state <> 'done'") == 0, seconds=90)
        except pytest.fail.Exception:
            pytest.fail("\n".join(worker.log()[-4000:] for worker in (first, second)))
        recorded = [event_row(data) for (data,) in stack.sql(RECORDED)]
        assert len(recorded) == len(set(recorded)) == len(KINDS) * pairs
        assert count(stack, "attempts = 2") > 0
        assert count(stack, "attempts > 2") == 0
        assert count(stack, "kind = 'reward' AND engine = 'big' AND model <> ''") == pairs
        assert second.stop() == 0, second.log()
        assert "Stopped. What was returned stays" in second.log()


def test_told_to_stop_it_gives_its_lease_back_at_once(tmp_path: Path) -> None:
    with Stack(home=tmp_path / "server", environment=SETTINGS | {"ASSISTANCE_LEASE": "600"}) as stack:
        stack.manage("import_pairs", str(FILE), "--campaign", "demo")
        cluster = Cluster(stack, tmp_path / "cluster")
        cluster.environment |= {"EMBED_MODEL": "fake:500", "ASSISTANCE_LEASE": "600"}
        worker = cluster.worker(stack.web(), "--kind", "embed")
        wait_until(lambda: count(stack, "state = 'leased'") > 0)
        assert worker.stop() == 0, worker.log()
        assert count(stack, "state = 'leased'") == 0
        assert count(stack, "state = 'wanted' AND attempts > 0") == 0
