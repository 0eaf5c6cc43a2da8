"""The real thing for tests that need it: a fresh database, a fresh home, gunicorn and Celery as processes.

    @pytest.mark.stack
    @pytest.mark.parametrize("database", DATABASES)          # skips what does not answer here
    def test_something(database, tmp_path):
        with Stack(home=tmp_path, database=database, broker="filesystem") as stack:
            stack.manage("create_campaign", "bench", "--overlap", "2")
            url = stack.web(threads=8)                       # http://127.0.0.1:PORT, answers already
            worker = stack.worker("--pool", "solo")          # a Process: .kill(), .stop(), .log()
            stack.beat()
            stack.sql("SELECT count(*) FROM annotate_pair")  # [(0,)]
            stack.shell("from annotate.models import Pair; print(Pair.objects.count())")

Everything started is stopped by its own process group when the block ends, and the database is dropped.
PostgreSQL is looked for at TEST_DATABASE_URL, Redis at TEST_REDIS_URL; each Stack has its own Redis database.
"""

import atexit
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import urlopen

import psycopg
import pytest
import redis

ROOT = Path(__file__).resolve().parent.parent
POSTGRES = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379")
REQUIRED = os.environ.get("CI", "").lower() in ("1", "true")
DATABASES = ("sqlite", "postgresql")
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # the environment's own commands first

Database = Literal["sqlite", "postgresql"]
Broker = Literal["filesystem", "redis"]


def postgres_answers() -> bool:
    try:
        psycopg.connect(POSTGRES, connect_timeout=3).close()
    except psycopg.OperationalError:
        return False
    return True


def redis_answers() -> bool:
    try:
        with redis.Redis.from_url(REDIS, socket_connect_timeout=3) as server:
            return bool(server.ping())
    except redis.RedisError:
        return False


def need(name: str, answers: Callable[[], bool]) -> None:
    """Skip a test whose server is not here; in CI it has to be."""
    if not answers():
        (pytest.fail if REQUIRED else pytest.skip)(f"no {name} server answers")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(holds: Callable[[], Any], *, seconds: float = 60, every: float = 0.1) -> Any:
    """The first true answer of `holds`; fails the test when there is none in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := holds():
            return answer
        time.sleep(every)
    pytest.fail(f"waited {seconds} s in vain for {holds}")


@dataclass
class Process:
    """One started command, the leader of its own process group."""

    popen: subprocess.Popen[bytes]
    log_path: Path

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def running(self) -> bool:
        return self.popen.poll() is None

    def kill(self) -> None:
        """SIGKILL to the whole group: nobody gets to tidy up."""
        self._signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self, *, seconds: float = 15) -> int:
        """SIGTERM to the leader, then SIGKILL to the group if it takes too long. Returns the exit status."""
        if self.running():
            self.popen.terminate()
        try:
            self.popen.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        self._signal(signal.SIGKILL)
        return self.popen.wait()

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.popen.pid, number)
        except ProcessLookupError:
            pass


def _address(database: str) -> str:
    return urlsplit(POSTGRES)._replace(path=f"/{database}").geturl()


def _migrate(url: str) -> None:
    environment = os.environ | {"DATABASE_URL": url, "REDIS_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=ROOT, env=environment, check=True, timeout=300)


@cache
def _migrated_file() -> Path:
    folder = tempfile.TemporaryDirectory(prefix="assay-migrated-")
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "assay.sqlite3"
    _migrate(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:  # all of it in the one file that is copied
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@cache
def _migrated_database() -> str:
    name = f"assay_migrated_{secrets.token_hex(6)}"

    def drop() -> None:
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(f'CREATE DATABASE "{name}"')
    atexit.register(drop)
    _migrate(_address(name))
    return name


@dataclass
class Stack:
    """A whole Assay of its own. Use as a context manager."""

    home: Path
    database: Database = "sqlite"
    broker: Broker = "filesystem"
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    def __enter__(self) -> "Stack":
        self.name = f"assay_stack_{secrets.token_hex(6)}"
        self.redis_number = self._take_redis() if self.broker == "redis" else None
        self.database_url = self._create_database()
        self.env = os.environ | {
            "PATH": PATH,
            "ASSAY_HOME": str(self.home),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"{REDIS}/{self.redis_number}" if self.redis_number else "",
            "SECRET_KEY": secrets.token_hex(32),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
            **self.environment,
        }
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self.processes):
            process.stop()
        if self.database == "postgresql":
            with psycopg.connect(POSTGRES, autocommit=True) as server:
                server.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        if self.redis_number:
            self.flush_broker()
            with redis.Redis.from_url(REDIS) as server:
                server.delete(f"assay-stack-{self.redis_number}")

    def _create_database(self) -> str:
        """A copy of the one that this run of tests migrated."""
        if self.database == "sqlite":
            self.home.mkdir(parents=True, exist_ok=True)
            shutil.copy(_migrated_file(), self.home / "assay.sqlite3")
            return f"sqlite:///{self.home / 'assay.sqlite3'}"
        need("PostgreSQL", postgres_answers)
        with psycopg.connect(POSTGRES, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{_migrated_database()}"')
        return _address(self.name)

    def _take_redis(self) -> int:
        """A Redis database nobody else uses: 1 to 15, claimed in database 0."""
        need("Redis", redis_answers)
        with redis.Redis.from_url(REDIS) as server:
            number = next(n for n in range(1, 16) if server.set(f"assay-stack-{n}", os.getpid(), nx=True, ex=900))
        with redis.Redis.from_url(f"{REDIS}/{number}") as own:
            own.flushdb()
        return number

    def flush_broker(self) -> None:
        """Lose every message."""
        if self.redis_number:
            with redis.Redis.from_url(f"{REDIS}/{self.redis_number}") as own:
                own.flushdb()
        for message in (self.home / "broker" / "queue").glob("*"):
            message.unlink(missing_ok=True)

    def manage(self, *arguments: str, check: bool = True, timeout: float = 120) -> str:
        """Run manage.py to its end; its output. `check`: a status other than 0 fails the test with the output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout,
        )  # fmt: skip
        if check and done.returncode:
            pytest.fail(f"manage.py {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}")
        return done.stdout

    def shell(self, code: str, *, timeout: float = 120) -> str:
        """Run Python with Django set up; what it prints."""
        return self.manage("shell", "-v0", "-c", code, timeout=timeout)

    def start(self, name: str, *command: str, **environment: str) -> Process:
        log = self.home / f"{name}-{len(self.processes)}.log"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                command, cwd=ROOT, env=self.env | environment, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        process = Process(popen, log)
        self.processes.append(process)
        return process

    def web(self, *, workers: int = 1, threads: int = 4, port: int = 0) -> str:
        """Start gunicorn; its address, once it answers. With the `port` of one that was killed: a restart."""
        if not port:
            self.manage("collectstatic", "--noinput", "-v0")
        port = port or free_port()
        server = self.start(
            "web",
            *(sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)),
            PORT=str(port),
        )
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: not server.running() or answers(url), seconds=40)
        if not server.running():
            pytest.fail(f"gunicorn did not start:\n{server.log()}")
        return url

    def worker(self, *arguments: str, **environment: str) -> Process:
        """Start a Celery worker on both queues."""
        pool = [] if "--pool" in arguments else ["--pool", "solo"]
        command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "cpu,gpu", "-l", "INFO"]
        return self.start("worker", *command, *pool, *arguments, **environment)

    def beat(self, **environment: str) -> Process:
        schedule = str(self.home / "beat")
        return self.start("beat", sys.executable, "-m", "celery", "-A", "config", "beat", "-s", schedule, **environment)

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of one query, straight from the database."""
        if self.database == "postgresql":
            with psycopg.connect(self.database_url) as connection:
                return connection.execute(query).fetchall()
        connection = sqlite3.connect(self.home / "assay.sqlite3", timeout=30)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except HTTPError as error:
        error.close()
        return True
    except (URLError, OSError):
        return False
