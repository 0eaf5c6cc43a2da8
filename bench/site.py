"""What is measured: a database of its own; Assay and both floors behind gunicorn with the same settings; people."""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import psycopg

from bench import fill
from bench.meter import Meter
from tests.stack import ROOT, Process, Stack, answers, free_port, wait_until


@dataclass
class Server:
    url: str
    process: Process
    database_url: str

    def meter(self) -> Meter:
        return Meter(self.process.popen.pid, self.database_url)


class Site:
    """Assay and both floors on one fresh PostgreSQL database (a Stack), for as long as the stack lives."""

    def __init__(self, stack: Stack, *, slugs: list[str], people: int) -> None:
        self.stack, self.people = stack, people
        stack.manage("collectstatic", "--noinput", "-v0")
        self.assay = self._serve("assay", "config.wsgi")
        self.floor = self._serve("floor", "bench.floor.wsgi", "bench.floor.settings")
        self.barest = self._serve("barest", "bench.floor.wsgi", "bench.floor.barest")
        said = stack.shell(f"from bench import people; people.make({slugs!r}, {people})")
        made = json.loads(said.splitlines()[-1])
        self.campaigns: dict[str, int] = made["campaigns"]
        self.manager: str = made["manager"]["token"]
        self._annotators: list[dict[str, Any]] = made["annotators"]
        with self.connect() as connection:
            fill.texts(connection)

    def _serve(self, name: str, application: str, settings: str = "config.settings") -> Server:
        port = free_port()
        command = [sys.executable, "-m", "gunicorn", "-c", "python:config.gunicorn", application]
        environment = {"PORT": str(port), "BIND": "127.0.0.1", "DJANGO_SETTINGS_MODULE": settings}
        process = self.stack.start(name, *command, **environment)
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: not process.running() or answers(url), seconds=60)
        if not process.running():
            raise RuntimeError(f"{name} did not start:\n{process.log()}")
        return Server(url, process, self.stack.database_url)

    def connect(self) -> psycopg.Connection[Any]:
        """A transaction: committed where the block ends well."""
        return psycopg.connect(self.stack.database_url)

    def tidy(self) -> None:
        with psycopg.connect(self.stack.database_url, autocommit=True) as connection:
            fill.settle_down(connection)

    def annotators(self, many: int) -> list[dict[str, Any]]:
        """The first of them, as {"id", "token"}."""
        return self._annotators[:many]

    def load(self, server: Server, **plan: Any) -> dict[str, Any]:
        """Run the load generator to its end; a request that failed ends the measurement."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=json.dumps(plan | {"url": server.url}), cwd=ROOT, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        seen: dict[str, Any] = json.loads(done.stdout)
        if seen["problems"]:
            raise RuntimeError(f"{seen['problems']}\n{server.process.log()[-4000:]}")
        return seen
