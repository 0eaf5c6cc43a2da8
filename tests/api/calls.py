"""The API as a client sees it: requests with a token, answers as JSON, and every byte of an answer."""

import json
from typing import Any

from django.test import Client

from annotate.domain import tokens
from annotate.models import User

API = "/api/v1/"
JUDGEMENT = {"choice": "left", "strength": 2, "confidence": 3, "reason": "It is right.", "evidence": []}


class Api:
    """One person's token; `scopes` defaults to all."""

    def __init__(self, user: User | None, *scopes: str) -> None:
        token = tokens.issue(user=user, scopes=scopes or tokens.SCOPES) if user else ""
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = Client(raise_request_exception=True)

    def get(self, path: str, **headers: str) -> Any:
        return read(self.client.get(address(path), headers=self.headers | headers))

    def head(self, path: str, **headers: str) -> Any:
        return read(self.client.head(address(path), headers=self.headers | headers))

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send(path, b"" if body is None else json.dumps(body).encode(), "application/json", **headers)

    def send(self, path: str, data: bytes, content_type: str = "application/x-ndjson", **headers: str) -> Any:
        given = {"data": data, "content_type": content_type, "headers": self.headers | headers}
        return read(self.client.post(address(path), **given))


def read(answer: Any) -> Any:
    """The whole answer; reading to its end also closes what it streams from."""
    answer.body = answer.getvalue() if answer.streaming else bytes(answer.content)
    return answer


def address(path: str) -> str:
    return path if path.startswith("/") else API + path


def body_of(answer: Any) -> bytes:
    body: bytes = answer.body
    return body


def every_byte(answer: Any) -> bytes:
    """Status, headers and body."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    return f"{answer.status_code}\n{headers}\n\n".encode() + body_of(answer)


def rows_of(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in body_of(answer).splitlines()]
