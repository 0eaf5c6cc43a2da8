"""docker-compose.yml and Dockerfile, as far as they can be held to account without an engine; and the production
commands themselves, run outside containers against PostgreSQL and Redis over sockets."""

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml

from tests.stack import PATH, ROOT, Stack, answers, free_port, wait_until

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"migrate", "web", "worker-cpu", "worker-gpu", "worker-chat", "beat"}
SERVICE_KEYS = {
    "image", "build", "restart", "command", "environment", "volumes", "ports", "depends_on", "healthcheck", "deploy",
    "security_opt",
}  # fmt: skip
HEALTH_KEYS = {"test", "interval", "timeout", "retries", "start_period"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
INTERPOLATION = re.compile(r"\$\{([A-Z_]+)(:-[^}]*|:\?[^}]*)?\}")


def test_the_file_has_the_shape_of_a_compose_file() -> None:
    assert {key for key in COMPOSE if not key.startswith("x-")} == {"name", "services", "volumes"}
    assert set(SERVICES) == OURS | {"postgres", "redis"}
    for service in SERVICES.values():
        assert set(service) <= SERVICE_KEYS
        assert service["restart"] in ("no", "always", "on-failure", "unless-stopped")
        assert all(isinstance(value, str) for value in service.get("environment", {}).values())
        for name, needs in service.get("depends_on", {}).items():
            assert name in SERVICES
            assert needs["condition"] in CONDITIONS
            assert "healthcheck" in SERVICES[name] or needs["condition"] != "service_healthy"
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in COMPOSE["volumes"]


def test_every_lasting_service_has_a_health_check() -> None:
    for name, service in SERVICES.items():
        if name != "migrate":
            assert set(service["healthcheck"]) <= HEALTH_KEYS
            assert service["healthcheck"]["test"][0] == "CMD"


def test_no_secret_has_a_value_or_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    used = {name: rest or "" for name, rest in INTERPOLATION.findall(text)}
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD", "ALLOWED_HOSTS"):
        assert used[secret].startswith(":?"), secret
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if "PASSWORD" in name or "SECRET" in name or "KEY" in name:
                assert INTERPOLATION.fullmatch(value), name


def test_every_variable_is_one_that_something_reads() -> None:
    readers = ("config/settings.py", "config/gunicorn.py", "workers/engines/posting.py")
    read = "".join((ROOT / path).read_text() for path in readers)
    for name in OURS:
        for variable in SERVICES[name].get("environment", {}):
            assert re.search(rf"""['\"]{variable}['\"]""", read), variable


def test_every_command_starts_with_a_thing_that_exists() -> None:
    for name in OURS:
        command = SERVICES[name]["command"]
        assert shutil.which(command[0], path=PATH), command
    assert {"CMD", "FROM base AS web", "FROM base AS worker"} <= {
        line if line.startswith("FROM") else line.split(" ")[0] for line in dockerfile()
    }


def test_the_images_are_built_of_things_that_exist() -> None:
    for line in dockerfile():
        if line.startswith("COPY") and "--from" not in line:
            for source in shlex.split(line)[1:-1]:
                assert (ROOT / source).exists(), line
    web = "\n".join(dockerfile()).partition("FROM base AS worker")[0]
    assert "torch" not in web
    assert "workers" not in web
    for service in SERVICES.values():
        if "build" in service:
            assert f"FROM base AS {service['build']['target']}" in dockerfile()


def dockerfile() -> list[str]:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


@pytest.mark.stack
def test_the_same_commands_serve_on_postgresql_and_redis(tmp_path: Path) -> None:
    fakes = {f"{kind}_MODEL": "fake:" for kind in ("ATTRIBUTES", "EMBED", "REWARD")}
    with Stack(home=tmp_path, database="postgresql", broker="redis", environment=fakes) as stack:
        stack.manage("collectstatic", "--noinput", "-v0")
        stack.manage(*SERVICES["migrate"]["command"][2:])
        port = free_port()
        stack.start("web", *SERVICES["web"]["command"], EXTRA_APPS="", PORT=str(port), WEB_WORKERS="2")
        for name in ("worker-cpu", "worker-gpu", "worker-chat"):
            stack.start(name, *SERVICES[name]["command"], "-n", f"{name}@test")
        schedule = str(tmp_path / "schedule")
        stack.start("beat", *SERVICES["beat"]["command"], "-s", schedule)
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz/"))
        with urlopen(f"http://127.0.0.1:{port}/healthz/") as answer:
            assert answer.read() == b"ok"
        pairs = tmp_path / "pairs.jsonl"
        rows = [{"prompt": f"{n}?", "response_a": f"yes {n}", "response_b": f"no {n}"} for n in range(10)]
        pairs.write_text("\n".join(map(json.dumps, rows)))
        stack.manage("import_pairs", str(pairs), "--campaign", "composed")
        count = "SELECT count(*) FROM annotate_assistance WHERE state = 'done'"
        wait_until(lambda: stack.sql(count) == [(40,)], seconds=60)
        assert [process.running() for process in stack.processes] == [True] * 5
