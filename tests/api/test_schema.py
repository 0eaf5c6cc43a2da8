"""The OpenAPI document names every route, and is valid without a warning."""

import io
import re

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from api.urls import urlpatterns
from tests.api.calls import Api


@pytest.mark.django_db
def test_every_route_is_in_the_document() -> None:
    document = yaml.safe_load(Api(None).get("schema/").content)
    routes = {"/api/v1/" + re.sub(r"<\w+:(\w+)>", r"{\1}", str(route.pattern)) for route in urlpatterns if route.name}
    assert set(document["paths"]) == routes - {"/api/v1/schema/"}
    for path in document["paths"].values():
        for call in path.values():
            assert call["security"] == [{"bearer": []}]
            assert any(code.startswith("2") for code in call["responses"])
            assert {"401", "403"} <= set(call["responses"])


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_what_is_no_address_answers_in_json(method: str) -> None:
    answer = getattr(Client(), method)("/api/v1/nowhere")
    assert (answer.status_code, set(answer.json())) == (404, {"error", "kept", "fields"})


def test_the_document_is_valid() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())
