"""docs/api.md names every call, with its scope, and nothing that is not there."""

import re
from pathlib import Path

from django.core.management import get_commands
from django.urls import URLPattern, resolve

from annotate.domain.tokens import SCOPES
from api.errors import STATUS
from api.urls import urlpatterns

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
CALL = re.compile(r"^\| `(GET|POST) ([^`]+)` \| (?:`([a-z:]+)`|any) \|", re.MULTILINE)


def declared() -> set[tuple[str, str, str]]:
    found = set()
    for route in urlpatterns:
        if isinstance(route, URLPattern) and route.name and route.callback.view_class.__module__.startswith("api."):
            path = re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern))
            for method, scopes in route.callback.view_class.scope.items():
                found.add((method, path, "" if set(scopes) == set(SCOPES) else " ".join(scopes)))
    return found


def test_the_table_of_calls_is_the_api() -> None:
    assert set(CALL.findall(TEXT)) == declared()


def test_every_address_in_an_example_exists() -> None:
    examples = re.findall(r"\$ASSAY/([^\s\"?]+)", TEXT)
    assert len(examples) > 8
    for example in examples:
        assert resolve("/api/v1/" + example).url_name, example


def test_every_command_exists() -> None:
    named = set(re.findall(r"manage\.py (\w+)", TEXT))
    assert {"create_user", "freeze_release", "verify_audit"} <= named
    assert named <= set(get_commands())


def test_every_status_of_the_domain_is_told() -> None:
    told = {int(code) for line in re.findall(r"^\| ([\d, ]+) \|", TEXT, re.MULTILINE) for code in line.split(",")}
    assert set(STATUS.values()) <= told
