"""NDJSON in, over HTTP."""

import gzip
import io
import json
from typing import Any

import pytest
import zstandard
from django.test import RequestFactory

from annotate.models import Pair
from api.errors import LengthRequired
from api.wire import body_pieces
from tests.api.calls import Api
from tests.cast import make_cast

pytestmark = pytest.mark.django_db
PATH = "campaigns/bench/pairs"


def row(number: int, **fields: Any) -> dict[str, Any]:
    return {"prompt": f"Question {number}?", "chosen": f"Yes {number}", "rejected": f"No {number}"} | fields


def ndjson(*rows: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def test_good_rows_land_and_bad_ones_are_named_by_line() -> None:
    api = Api(make_cast().mira, "pairs:write")
    data = ndjson(row(1), row(2, chosen=None)) + b"{nonsense\n" + ndjson(row(3))
    answer = api.send(PATH, data)
    told = answer.json()
    assert answer.status_code == 200
    assert set(told) == {"new", "duplicate", "rejected", "contradictions", "errors"}
    assert (told["new"], told["duplicate"], told["rejected"], told["contradictions"]) == (2, 0, 2, 0)
    assert [error["line"] for error in told["errors"]] == [2, 3]
    assert all(error["reason"] for error in told["errors"])
    again = api.send(PATH, data).json()
    assert (again["new"], again["duplicate"]) == (0, 2)


def test_a_repeat_with_the_opposite_label_is_a_contradiction() -> None:
    api = Api(make_cast().mira)
    turned = {"prompt": "Question 1?", "chosen": "No 1", "rejected": "Yes 1"}
    told = api.send(PATH, ndjson(row(1), turned)).json()
    assert (told["new"], told["duplicate"], told["contradictions"]) == (1, 1, 1)
    assert told["errors"][0]["line"] == 2


@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.ZstdCompressor().compress)])
def test_compressed(encoding: str, pack: Any) -> None:
    api = Api(make_cast().mira)
    told = api.send(PATH, pack(ndjson(row(1), row(2))), **{"Content-Encoding": encoding}).json()
    assert told["new"] == 2
    assert api.send(PATH, pack(ndjson(row(1))), "application/gzip").json()["duplicate"] == 1


def test_what_cannot_be_unpacked_keeps_what_came_before() -> None:
    api = Api(make_cast().mira)
    whole = gzip.compress(ndjson(*(row(number, reason="x" * 500) for number in range(500))))
    told = api.send(PATH, whole[: len(whole) // 2], **{"Content-Encoding": "gzip"}).json()
    assert told["new"] == Pair.objects.count() > 0
    assert told["rejected"] == 1
    unknown = api.send(PATH, b"", **{"Content-Encoding": "br"})
    assert unknown.status_code == 422


def test_an_empty_body_is_no_error() -> None:
    assert Api(make_cast().mira).send(PATH, b"").json()["new"] == 0


class Counted(io.BytesIO):
    """A server's input that says how much was read of it."""

    largest = 0

    def read(self, size: int | None = -1) -> bytes:
        self.largest = max(self.largest, size or -1)
        assert size is not None
        assert size > 0, "read as a whole"
        return super().read(size)


class Asked:
    """The part of a REST framework request that body_pieces looks at."""

    def __init__(self, **environ: Any) -> None:
        self._request = RequestFactory().post("/", **environ)
        self.META = self._request.META


def test_the_body_is_read_in_pieces_chunked_or_not() -> None:
    data = b"x" * 300_000
    body = Counted(data)
    asked: Any = Asked(**{"wsgi.input": body, "CONTENT_LENGTH": str(len(data))})
    assert b"".join(body_pieces(asked)) == data
    assert body.largest <= 64 * 1024
    chunked = {"wsgi.input": Counted(data), "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    asked = Asked(**chunked, **{"wsgi.input_terminated": True})
    assert b"".join(body_pieces(asked)) == data
    asked = Asked(**chunked)
    with pytest.raises(LengthRequired):
        body_pieces(asked)
